"""Canned request views: one for each screen that is photographed, in the very form of the wire."""

from __future__ import annotations

import json
import time
from typing import Any

ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
OTHER = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
ROUTER = "0x66a9893cC07D91D95644AEDD05D03f95e1dBA8Af"
TX_ID = "0x" + "3f9a1c" * 10 + "77d0"
WORDS = ["amber", "willow", "kettle"]
NOTCHES = [0 * 3 + 1, 2 * 3 + 2, 3 * 3 + 0, 6 * 3 + 1, 8 * 3 + 2, 10 * 3 + 0, 13 * 3 + 2, 15 * 3 + 1]
PARTIES = [
    {"index": 1, "name": "This computer", "kind": "device", "state": "waiting"},
    {"index": 2, "name": "Co-signer on this computer", "kind": "cosigner", "state": "waiting"},
]
SIMULATED: dict[str, Any] = {
    "level": "simulated",
    "sentence": "Simulated by your node.",
    "changes": [],
    "failure": None,
}


def change(direction: str, amount: str | None, symbol: str | None, **more: Any) -> dict[str, Any]:
    """A change as the wire has it."""
    blank = {
        "direction": direction,
        "asset": "native",
        "amount": amount,
        "symbol": symbol,
        "token_name": None,
        "decimals": 18,
        "counterparty": None,
        "expires_at": None,
    }
    return blank | more


def finding(code: str, level: str, sentence: str, why: str, action: str) -> dict[str, str]:
    """A finding as the wire has it."""
    return {"code": code, "level": level, "sentence": sentence, "why": why, "action": action}


def detail(label: str, value: Any) -> dict[str, str]:
    """A detail as the wire has it."""
    return {"label": label, "value": json.dumps(value)}


def base(kind: str, request_id: str, origin: str, **more: Any) -> dict[str, Any]:
    """A view with everything that most requests share."""
    now = int(time.time())
    host = origin.split("//")[-1].split(":")[0]
    blank: dict[str, Any] = {
        "request_id": request_id,
        "seq": 1,
        "state": "proposed",
        "kind": kind,
        "method": "eth_sendTransaction",
        "origin": origin,
        "asked_by": None,
        "registrable_domain": ".".join(host.split(".")[-2:]),
        "created_at": now,
        "expires_at": now + 300,
        "account_id": "11" * 16,
        "account_name": "Savings",
        "address": ADDRESS,
        "chain": "eip155:1",
        "chain_name": "Ethereum",
        "testnet": False,
        "act": kind,
        "sentence": "",
        "to": None,
        "changes": [],
        "fee": {"cap": "1260000000000000", "symbol": "ETH", "decimals": 18},
        "findings": [],
        "refusal": None,
        "text": None,
        "details": [],
        "words": WORDS,
        "notches": NOTCHES,
        "site_passkey": "present",
        "account_choices": [],
        "parties": [dict(party) for party in PARTIES],
        "transaction_id": None,
        "reverted": False,
        "explorer_url": None,
        "error": None,
        "position": 1,
        "waiting": 1,
        "simulation": SIMULATED if kind == "transaction" else None,
        "parent_id": None,
        "choices": [],
        "note": None,
    }
    return blank | more


def connect(request_id: str, origin: str) -> dict[str, Any]:
    """A site asks to see an account."""
    return base(
        "connect",
        request_id,
        origin,
        method="eth_requestAccounts",
        sentence="Connect to this site",
        account_id=None,
        account_name=None,
        address=None,
        fee=None,
        words=[],
        notches=[],
        site_passkey="none",
        parties=[],
        account_choices=[
            {"account_id": "11" * 16, "name": "Savings", "address": ADDRESS, "kind": "vault"},
            {"account_id": "22" * 16, "name": "Everyday", "address": OTHER, "kind": "safe"},
        ],
        findings=[
            finding(
                "first_visit",
                "info",
                "You have not used this site with Counterfoil before.",
                "New sites are where fakes are met.",
                "Check the address of the site, letter by letter.",
            )
        ],
    )


def send(request_id: str, origin: str) -> dict[str, Any]:
    """Plain money to someone new."""
    return base(
        "transaction",
        request_id,
        origin,
        sentence="Send 1.5 ETH to 0xfB69…d359",
        to=OTHER,
        changes=[change("out", "1500000000000000000", "ETH", token_name="Ether", counterparty=OTHER)],
        findings=[
            finding(
                "first_time_recipient",
                "info",
                "You have never sent anything to this address.",
                "A changed address is the most common way to lose money.",
                "Compare it with the one you were given.",
            )
        ],
        details=[
            detail("Nonce", 12),
            detail("Digest", "0x" + "9c" * 32),
            detail("Bytes to be signed", "0x02f8" + "6b01830c" * 30),
        ],
    )


def approval(request_id: str, origin: str) -> dict[str, Any]:
    """An allowance without a limit."""
    return base(
        "transaction",
        request_id,
        origin,
        sentence="Let 0x66a9…A8Af spend any amount of your USDC, for ever",
        to=USDC,
        changes=[
            change("permission", None, "USDC", asset=USDC, decimals=6, token_name="USD Coin", counterparty=ROUTER)
        ],
        findings=[
            finding(
                "unlimited_allowance",
                "danger",
                "This lets the other side take all your USDC, today or in years.",
                "A permission without a limit stays until you take it back, whatever happens to the site.",
                "Refuse, and ask the site for exactly the amount that you need.",
            ),
            finding(
                "unknown_spender",
                "caution",
                "Counterfoil does not know who stands behind this address.",
                "It is a contract; its owner could be anyone.",
                "Look it up before you go on.",
            ),
        ],
        details=[detail("Nonce", 13), detail("Bytes to be signed", "0x02f8b1" + "00ff12ab" * 40)],
    )


PERMIT = {
    "domain": {"name": "USD Coin", "version": "2", "chainId": 1, "verifyingContract": USDC},
    "primaryType": "Order",
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}],
        "Order": [{"name": "maker", "type": "address"}, {"name": "items", "type": "Item[]"}],
        "Item": [{"name": "token", "type": "address"}, {"name": "amount", "type": "uint256"}],
    },
    "message": {
        "maker": ADDRESS,
        "items": [
            {"token": USDC, "amount": "2500000000"},
            {
                "token": OTHER,
                "amount": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
            },
        ],
        "note": "Sell 2,500 USDC for at least 1 ETH",
        "deadline": 1795999999,
    },
}


def typed_data(request_id: str, origin: str) -> dict[str, Any]:
    """Typed data that no rule of ours knows."""
    return base(
        "typed_data",
        request_id,
        origin,
        method="eth_signTypedData_v4",
        sentence="Sign an Order for USD Coin",
        fee=None,
        to=USDC,
        text=json.dumps(PERMIT),
        findings=[
            finding(
                "unknown_typed_data",
                "caution",
                "Counterfoil can show this message, but does not know what the site can do with it.",
                "Signed messages can move tokens later, without asking again.",
                "Sign only if you know this site and started this yourself.",
            )
        ],
        details=[detail("Domain separator", "0x" + "ab" * 32), detail("Digest", "0x" + "cd" * 32)],
    )


def message(request_id: str, origin: str) -> dict[str, Any]:
    """A sign-in text."""
    return base(
        "message",
        request_id,
        origin,
        method="personal_sign",
        sentence="Sign a message for this site",
        fee=None,
        text=json.dumps(f"{origin} wants you to sign in.\n\nI accept the terms.\nNonce: 8f3c1a"),
    )


def refusal(request_id: str, origin: str) -> dict[str, Any]:
    """What is never signed."""
    return base(
        "message",
        request_id,
        origin,
        method="eth_sign",
        state="refused",
        sentence="Sign 32 bytes that nobody can read",
        fee=None,
        text=json.dumps("0x" + "5e" * 32),
        refusal=finding(
            "unsafe_to_sign",
            "danger",
            "Counterfoil never signs bare bytes. Nothing was signed.",
            "32 bytes without a frame can be the hash of a transaction that empties your account.",
            "Tell the site to use personal_sign or typed data.",
        ),
    )


def failed(request_id: str, origin: str) -> dict[str, Any]:
    """A party did not answer."""
    view = send(request_id, origin)
    return view | {
        "state": "failed",
        "seq": 4,
        "error": {
            "code": 3004,
            "reason": "party_unavailable",
            "message": "Your other device does not answer. Nothing was signed.",
            "remedy": "Wake it up and try again.",
            "details": {"party": 2},
        },
    }


def long_text(request_id: str, origin: str) -> dict[str, Any]:
    """Everything too long, turned round or invisible."""
    name = "A\u202eevil\u200b" + "VeryLongTokenNameWithoutAnyBreak" * 6
    view = send(request_id, "https://" + "a-very-long-sub-domain." * 9 + "example.co.uk:8443")
    return view | {
        "registrable_domain": "example.co.uk",
        "account_name": "The account whose name goes on and on and on",
        "chain_name": "A test network with quite a long name",
        "testnet": True,
        "sentence": "Send 115,792,089,237,316,195,423,570,985 " + name[:80] + " to 0xfB69…d359",
        "changes": [
            change("out", "115792089237316195423570985008687907853269", name, token_name=name, counterparty=OTHER),
            change("in", "1", "DUST", token_name="Dust", counterparty=OTHER),
            change(
                "permission", "2500000000", "USDC", asset=USDC, decimals=6, counterparty=ROUTER, expires_at=1795999999
            ),
            change("in", "77", None, decimals=None, asset=ROUTER),
        ],
        "position": 1,
        "waiting": 3,
    }


def swap(request_id: str, origin: str) -> dict[str, Any]:
    """A call that nobody can read, and what the node expects of it."""
    moves = [
        change("out", "1500000000000000000", "ETH", token_name="Ether"),
        change("in", "4512330000", "USDC", asset=USDC, decimals=6, token_name="USD Coin"),
    ]
    return base(
        "transaction",
        request_id,
        origin,
        sentence="Call 0x3593564c of the contract 0x66a989…bA8Af, and send it 1.5 ETH",
        to=ROUTER,
        changes=[change("out", "1500000000000000000", "ETH", token_name="Ether", counterparty=ROUTER)],
        findings=[
            finding(
                "unknown_contract",
                "caution",
                "Counterfoil does not know what 0x66a989…bA8Af does with this call.",
                "The contract can do anything that you allowed it before, and keep what you send with the call.",
                "Approve only if you trust this site with what it says.",
            )
        ],
        simulation=SIMULATED | {"changes": moves},
    )


def would_fail(request_id: str, origin: str) -> dict[str, Any]:
    """The same, and the node says that it fails."""
    failure = finding(
        "would_fail",
        "caution",
        "Your node says that this would fail: “Too little output”.",
        "The fee would be paid, and nothing else would happen.",
        "Refuse, unless you know why it will work.",
    )
    simulation = SIMULATED | {"sentence": "Simulated by your node: it would fail.", "failure": failure}
    return swap(request_id, origin) | {"findings": [], "simulation": simulation}


def cancellation(request_id: str, _origin: str) -> dict[str, Any]:
    """The wallet's own: nothing, in the place of what waits."""
    return base(
        "transaction",
        request_id,
        "wallet",
        registrable_domain="wallet",
        method="request_cancel",
        sentence="Do nothing but use up number 12",
        parent_id="22" * 16,
        simulation=None,
        findings=[
            finding(
                "calls_off",
                "info",
                "It takes the place of: Send 1.5 ETH to 0xfB6916…c5d359",
                "If the network takes this one first, the other can never be done. If not, this one is not done and"
                " costs nothing.",
                "",
            )
        ],
    )


KINDS = {
    "swap": swap,
    "would-fail": would_fail,
    "cancellation": cancellation,
    "connect": connect,
    "send": send,
    "token-approval-unlimited": approval,
    "typed-data": typed_data,
    "message": message,
    "refusal": refusal,
    "error": failed,
    "long": long_text,
}


ASKED_AT = 1_790_000_000


def a_change(**changes: Any) -> dict[str, Any]:
    """Another device asks for a home passkey."""
    return {
        "change_id": "cd" * 16,
        "act": "enrol_home_passkey",
        "sentence": "Let “Phone” (synced) unlock Savings and approve changes to it, as a home passkey.",
        "asked_by": "Laptop",
        "asked_here": False,
        "can_agree": True,
        "agreed_by": [],
        "waits_for": ["This computer"],
        "heard_at": ASKED_AT,
        "ready_at": ASKED_AT + 86_400,
        "state": "waiting",
        **changes,
    }
