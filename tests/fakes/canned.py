"""What the fake native host knows: accounts, sites, passkeys, options of ceremonies."""

from __future__ import annotations

import json
import secrets
import time
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlsplit

import views

SCENARIO: dict[str, Any] = {
    "protocols": [1],
    "hello_fault": None,
    "onboarding": "done",
    "locked": False,
    "accounts": [],
    "next": None,
    "patch": {},
    "faults": {},
    "fails": None,
    "silent": [],
    "die_on": [],
    "pace": 0.02,
    "confirm_pairing": False,
    "site_credential": None,
    "home_credential": None,
    "prf": True,
    "passphrase": False,
    "wrong_secret": False,
    "vault_name": "Savings",
    "proven": False,
    "try_it": "http://localhost:1/",
    "size": "some",
    "history": 3,
    "revoked": [],
    "home_passkeys": {},
    "removed_passkeys": [],
    "passkey_names": {},
    "changes": [],
    "needs_person": False,
}
REQUEST_OF = {
    "eth_requestAccounts": "connect",
    "wallet_requestPermissions": "connect",
    "eth_sendTransaction": "send",
    "personal_sign": "message",
    "eth_signTypedData_v4": "typed-data",
    "eth_sign": "refusal",
}
STEPS = {"connect": ["assert_home_passkey", "create_site_passkey"], "sign": ["assert_site_passkey"]}
CONTEXT = {"origin": "https://app.uniswap.org", "tab_id": 1, "frame_id": 0, "document_id": "D" * 32}
RECOVERY_FILE = urlsafe_b64encode(b"age-encryption.org/v1\nnot a real recovery file\n" * 4).rstrip(b"=").decode()
NOW = 1_795_000_000
CHAINS = {
    "chains": [
        {
            "chain": "eip155:1",
            "name": "Ethereum",
            "symbol": "ETH",
            "decimals": 18,
            "testnet": False,
            "rpc_url": "https://ethereum.example",
            "explorer": "https://etherscan.io",
            "own": False,
        },
        {
            "chain": "eip155:31337",
            "name": "Local chain",
            "symbol": "ETH",
            "decimals": 18,
            "testnet": True,
            "rpc_url": "http://127.0.0.1:8545",
            "explorer": None,
            "own": False,
        },
    ],
    "current": "eip155:1",
}


def b64(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def prf_salts() -> dict[str, Any]:
    """Two salts: the first output is for the agent, the second for the co-signer."""
    return {"prf": {"eval": {"first": b64(b"a" * 32), "second": b64(b"c" * 32)}}}


def begin_home() -> dict[str, Any]:
    """Creation options of the home passkey."""
    options = {
        "rp": {"name": "Counterfoil"},
        "user": {"id": b64(secrets.token_bytes(64)), "name": "Counterfoil", "displayName": "Counterfoil"},
        "challenge": b64(secrets.token_bytes(32)),
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "timeout": 120000,
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
        "extensions": prf_salts(),
    }
    return {"ceremony_id": secrets.token_hex(16), "options_json": json.dumps(options)}


def step_options(step: str, origin: str, world: dict[str, Any]) -> str:
    """WebAuthn options of one step of a decision."""
    challenge = b64(secrets.token_bytes(32))
    host = urlsplit(origin).hostname
    if step == "create_site_passkey":
        options = {
            "rp": {"id": host, "name": host},
            "user": {
                "id": b64(secrets.token_bytes(64)),
                "name": "Counterfoil: Savings",
                "displayName": "Counterfoil: Savings",
            },
            "challenge": challenge,
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
            "authenticatorSelection": {"residentKey": "discouraged", "userVerification": "required"},
            "attestation": "none",
            "excludeCredentials": [],
        }
    else:
        site = step == "assert_site_passkey"
        credential = world["site_credential"] if site else world["home_credential"]
        options = {"challenge": challenge, "userVerification": "required", "allowCredentials": []}
        if credential:
            options["allowCredentials"] = [{"type": "public-key", "id": credential}]
        if site:
            options["rpId"] = host
    return json.dumps(options)


def pairing(params: dict[str, Any]) -> dict[str, Any]:
    """A code to compare."""
    return {
        "pairing_id": "cc" * 16,
        "code": "482916",
        "name": params["name"],
        "browser": params["browser"],
        "extension": "pfcpkdhmdgfblbabcifpkdjfepjmdnnj",
        "expires_at": int(time.time()) + 300,
    }


def seal_open(params: dict[str, Any]) -> dict[str, Any]:
    """Keys that nobody opens again: the low-order check aside, any 32 bytes are an X25519 key."""
    keys = [
        {"recipient": r, "session_id": secrets.token_hex(16), "public_key": b64(bytes([9]) + bytes(31))}
        for r in params["recipients"]
    ]
    return {"keys": keys}


def lock_options(world: dict[str, Any]) -> dict[str, Any]:
    """How to unlock."""
    options = {"challenge": b64(secrets.token_bytes(32)), "userVerification": "required", "extensions": prf_salts()}
    if world["home_credential"]:
        options["allowCredentials"] = [{"type": "public-key", "id": world["home_credential"]}]
    by_passkey = world["prf"] and (world["home_credential"] is not None or world["locked"])
    return {
        "request_options_json": json.dumps(options) if by_passkey else None,
        "passphrase": world["passphrase"],
        "cosigner": True,
    }


def lock_state(world: dict[str, Any]) -> dict[str, Any]:
    """Open or shut."""
    is_open = not world["locked"]
    return {
        "agent_unlocked": is_open,
        "cosigner_unlocked": is_open,
        "idle_lock_at": int(time.time()) + 900 if is_open else None,
    }


def passkey(credential: str, role: str, unlocks: bool, origin: str = "") -> dict[str, Any]:
    """A passkey as people see it."""
    return {
        "credential_id": credential,
        "role": role,
        "origin": origin or "chrome-extension://pfcpkdhmdgfblbabcifpkdjfepjmdnnj",
        "name": "Home passkey" if role == "home" else "Site passkey",
        "place": "device" if role == "home" else "synced",
        "maker": "Windows Hello" if role == "home" else "Google Password Manager",
        "uses": [{"kind": role, "name": origin or "Counterfoil"}],
        "may": ["Unlocks Counterfoil on this computer", "Lets sites in", "Approves where a site's own passkey can't"]
        if role == "home"
        else [f"Approves what {origin} asks for, with one address", "Can't approve for another site"],
        "advice": "It lives on one device only and is lost with it. Have a second home passkey somewhere else."
        if role == "home"
        else "It is copied to your other devices. If it goes, the site makes a new one; nothing else is lost.",
        "can_unlock": unlocks,
        "unlocks_here": unlocks,
        "created_at": NOW,
        "last_used_at": NOW + 86_000,
        "record_version": 1,
    }


def vault(world: dict[str, Any]) -> dict[str, Any]:
    """The starter vault."""
    names = [
        ("This computer", "device"),
        ("Co-signer on this computer", "cosigner"),
        ("Recovery file", "recovery_file"),
    ]
    ready = world["onboarding"] in ("try_it", "done")
    return {
        "vault_id": "ee" * 16,
        "name": world["vault_name"],
        "epoch": 1,
        "threshold": 2,
        "parties": [
            {"index": i + 1, "name": n, "kind": k, "is_this": i == 0, "poisoned": False}
            for i, (n, k) in enumerate(names)
        ],
        "state": "ready",
        "recovery_proven": ready,
        "second_file_proven": False,
        "receive_ready": ready,
        "created_at": NOW,
    }


def accounts(world: dict[str, Any]) -> list[dict[str, Any]]:
    """None, some or many."""
    if world["size"] == "none":
        return []
    names = ["Savings", "Everyday"] if world["size"] == "some" else [f"Account {n}" for n in range(1, 41)]
    return [
        {
            "account_id": f"{n:032x}",
            "vault_id": "ee" * 16,
            "name": name,
            "namespace": "eip155",
            "address": views.ADDRESS if n == 0 else views.OTHER,
            "receive_ready": True,
            "kind": "safe" if name == "Everyday" else "vault",
            "chains": [],
        }
        for n, name in enumerate(names)
    ]


def balance(params: dict[str, Any], world: dict[str, Any]) -> dict[str, Any]:
    """Some money, or a node that does not answer."""
    amount = "12345678901234567890" if params["account_id"].endswith("0") else "420000000000000"
    return {"amount": None if world["size"] == "offline" else amount, "symbol": "ETH", "decimals": 18}


def sites(world: dict[str, Any]) -> list[dict[str, Any]]:
    """None, some or many."""
    if world["size"] == "none":
        return []
    origins = ["https://app.uniswap.org", "http://localhost:8123"]
    if world["size"] == "many":
        origins = [f"https://site-{n}.{'long-name-' * (n % 7)}example.org" for n in range(200)]
    return [
        {"origin": o, "accounts": [views.ADDRESS], "chain": "eip155:1", "has_passkey": True, "connected_at": NOW}
        for o in origins
        if o not in world["revoked"]
    ]


def passkeys(world: dict[str, Any]) -> list[dict[str, Any]]:
    """None, or one of each kind."""
    if world["size"] == "none":
        return []
    added = [passkey(one, "home", world["prf"]) | {"name": name} for one, name in world["home_passkeys"].items()]
    found = [
        passkey("aG9tZQ", "home", world["prf"]),
        *added,
        passkey("c2l0ZQ", "site", unlocks=False, origin="https://app.uniswap.org"),
    ]
    left = [one for one in found if one["credential_id"] not in world["removed_passkeys"]]
    return [one | {"name": world["passkey_names"].get(one["credential_id"], one["name"])} for one in left]


def history(count: int, before: int | None, limit: int) -> list[dict[str, Any]]:
    """What was decided before."""
    kinds = ["send", "message", "token-approval-unlimited", "connect"]
    states = ["final", "refused", "sent", "final"]
    out = []
    for n in range(count, 0, -1):
        if before is not None and n >= before:
            continue
        view = views.KINDS[kinds[n % 4]](f"{n:032x}", "https://app.uniswap.org")
        view |= {"seq": n, "state": states[n % 4], "created_at": NOW + n * 3600}
        if view["kind"] == "transaction":
            view |= {"transaction_id": views.TX_ID, "explorer_url": f"https://etherscan.io/tx/{views.TX_ID}"}
            view |= {"choices": ["speed_up", "cancel"] if view["state"] == "sent" else []}
        out.append(view)
    return out[:limit]
