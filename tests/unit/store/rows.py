"""Rows to test with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from counterfoil.crypto.password import Argon2Parameters
from counterfoil.store import requests, shares, vaults
from counterfoil.store.db import Database
from counterfoil.store.requests import NewRequest, Request
from counterfoil.store.storage_key import StorageKey
from counterfoil.store.vaults import Vault
from counterfoil.types import Caip2, Origin, Party, PartyKind, RequestId, RequestState, VaultId

S = RequestState
FAST = Argon2Parameters(memory_kib=64, passes=1, lanes=1)
VAULT = VaultId("aa" * 16)
CHAIN = Caip2("eip155:31337")
ACCOUNT = "0x" + "11" * 20
PARTIES = (
    Party(1, "this computer", PartyKind.DEVICE, b"\x01" * 32),
    Party(2, "co-signer", PartyKind.COSIGNER, b"\x02" * 32),
    Party(3, "recovery file", PartyKind.RECOVERY_FILE, b"\x03" * 32),
)

_PATH = {
    S.PROPOSED: (),
    S.CONSENTED: (S.CONSENTED,),
    S.APPROVED: (S.CONSENTED, S.APPROVED),
    S.RELEASED: (S.CONSENTED, S.APPROVED, S.RELEASED),
    S.SIGNED: (S.CONSENTED, S.APPROVED, S.RELEASED, S.SIGNED),
    S.SENT: (S.CONSENTED, S.APPROVED, S.RELEASED, S.SIGNED, S.SENT),
    S.FINAL: (S.CONSENTED, S.APPROVED, S.RELEASED, S.SIGNED, S.SENT, S.FINAL),
    S.DEAD: (S.CONSENTED, S.APPROVED, S.RELEASED, S.DEAD),
    S.REFUSED: (S.REFUSED,),
    S.EXPIRED: (S.EXPIRED,),
    S.FAILED: (S.CONSENTED, S.FAILED),
}


def counting_rng(seed: bytes = b"") -> Callable[[int], bytes]:
    """Different bytes at each call, the same in each run."""
    calls = 0

    def rng(length: int) -> bytes:
        nonlocal calls
        calls += 1
        return hashlib.shake_256(seed + calls.to_bytes(8, "big")).digest(length)

    return rng


_ids = counting_rng(b"request ids")


def new_request(**changes: Any) -> NewRequest:
    values: dict[str, Any] = {
        "id": RequestId(_ids(16).hex()),
        "origin": Origin("https://app.example"),
        "kind": "transaction",
        "method": "eth_sendTransaction",
        "payload": '{"to":"0x00"}',
        "created_at": 1000,
        "expires_at": 1300,
        "chain": CHAIN,
        "account": ACCOUNT,
        "unsigned": b"\x02unsigned",
        "slots": ["nonce:7"],
    }
    return NewRequest(**(values | changes))


def request_in(db: Database, state: RequestState, **changes: Any) -> Request:
    """A request that was walked to ``state`` by allowed moves."""
    return walk(db, requests.insert(db, new_request(**changes)), state)


def walk(db: Database, request: Request, state: RequestState) -> Request:
    for step in _PATH[state]:
        columns = {"signed": b"signed bytes"} if step is S.SIGNED else {}
        request = requests.move(db, request.id, {request.state}, step, now=1001, **columns)
    return request


def new_vault(**changes: Any) -> Vault:
    values: dict[str, Any] = {
        "id": VAULT,
        "name": "Everyday",
        "epoch": 0,
        "threshold": 2,
        "my_index": 1,
        "group_key": b"\x02" + b"\x33" * 32,
        "chain_code": b"\x44" * 32,
        "parties": PARTIES,
        "ot_parties": (1, 2),
        "context_hash": b"\x55" * 32,
        "confirmations": {},
        "created_at": 900,
    }
    return Vault(**(values | changes))


def ready_vault(db: Database) -> Vault:
    """A vault with an active share, confirmed by every party."""
    vaults.insert(db, new_vault())
    key = StorageKey(bytearray(32))
    sealed = shares.seal_share(key, b"share", vault=VAULT, epoch=0, party_index=1, rng=counting_rng())
    shares.put_pending(db, vault=VAULT, epoch=0, party_index=1, sealed=sealed, now=901)
    vaults.confirm(db, VAULT, {1: b"a", 2: b"b", 3: b"c"})
    shares.activate(db, VAULT, 0)
    vaults.make_ready(db, VAULT)
    return vaults.get(db, VAULT)
