"""Messages as an agent would answer them; ``**changes`` replaces fields."""

from __future__ import annotations

from typing import Any

VAULT_ID = "ab" * 16
REQUEST_ID = "cd" * 16
ACCOUNT_ID = "ef" * 16


def a_vault(**changes: Any) -> dict[str, Any]:
    """The starter vault, just made."""
    parties = [("This computer", "device"), ("Co-signer", "cosigner"), ("Recovery file", "recovery_file")]
    return {
        "vault_id": VAULT_ID,
        "name": "My vault",
        "epoch": 0,
        "threshold": 2,
        "parties": [
            {"index": n, "name": name, "kind": kind, "is_this": n == 1, "poisoned": False}
            for n, (name, kind) in enumerate(parties, 1)
        ],
        "state": "ready",
        "recovery_proven": False,
        "second_file_proven": False,
        "receive_ready": False,
        "created_at": 1_700_000_000,
        **changes,
    }


def a_request(**changes: Any) -> dict[str, Any]:
    """A site wants to send 1.5 ETH."""
    return {
        "request_id": REQUEST_ID,
        "seq": 7,
        "state": "proposed",
        "kind": "transaction",
        "method": "eth_sendTransaction",
        "origin": "https://app.example",
        "asked_by": None,
        "registrable_domain": "app.example",
        "created_at": 1_700_000_000,
        "expires_at": 1_700_000_600,
        "account_id": ACCOUNT_ID,
        "account_name": "Account 1",
        "address": "0x" + "11" * 20,
        "chain": "eip155:1",
        "chain_name": "Ethereum",
        "testnet": False,
        "act": "native_transfer",
        "sentence": "Send 1.5 ETH to 0x22…22",
        "to": "0x" + "22" * 20,
        "changes": [a_change()],
        "fee": {"cap": "21000000000000", "symbol": "ETH", "decimals": 18},
        "findings": [],
        "refusal": None,
        "text": None,
        "details": [],
        "words": ["amber", "bread", "cloud", "dune"],
        "notches": [1, 4, 9],
        "site_passkey": "present",
        "account_choices": [],
        "parties": [],
        "transaction_id": None,
        "reverted": False,
        "explorer_url": None,
        "error": None,
        "position": 1,
        "waiting": 1,
        "simulation": None,
        "parent_id": None,
        "choices": [],
        "note": None,
        **changes,
    }


def a_change(**changes: Any) -> dict[str, Any]:
    """1.5 ETH leave."""
    return {
        "direction": "out",
        "asset": "native",
        "amount": "1500000000000000000",
        "symbol": "ETH",
        "token_name": None,
        "decimals": 18,
        "counterparty": "0x" + "22" * 20,
        "expires_at": None,
        **changes,
    }


def an_explanation(**changes: Any) -> dict[str, Any]:
    """What ``tx explain`` is told."""
    names = ("sentence", "act", "to", "changes", "fee", "findings", "refusal", "details")
    return {**{name: a_request()[name] for name in names}, **changes}


def a_pairing(**changes: Any) -> dict[str, Any]:
    """A browser waits."""
    return {
        "pairing_id": "12" * 16,
        "code": "123456",
        "name": "Chromium",
        "browser": "Chromium",
        "extension": "chrome-extension://" + "a" * 32 + "/",
        "expires_at": 1_700_000_600,
        **changes,
    }


def a_profile(**changes: Any) -> dict[str, Any]:
    """A paired browser."""
    return {
        "profile_id": "34" * 16,
        "name": "Chromium",
        "browser": "Chromium",
        "created_at": 1_700_000_000,
        "last_seen_at": None,
        **changes,
    }


def a_lock_state(**changes: Any) -> dict[str, Any]:
    """Everything is unlocked."""
    return {"agent_unlocked": True, "cosigner_unlocked": True, "idle_lock_at": None, **changes}
