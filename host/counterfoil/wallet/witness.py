"""Parties watch over each other's logs: a device that was put back to an older copy is noticed.   DESIGN §8

At the start of every link each side says how far its own log has come, signed, and how far it has
seen the other's come. Whoever is behind what was seen of it, or on another branch, was restored from
a copy: it may have forgotten poison marks, revocations and what it spent, so there is no link with it.
"""

from __future__ import annotations

from typing import Any

from counterfoil.crypto.identity import verify_signature
from counterfoil.errors import InvalidMessage, LogBroken
from counterfoil.store import log, peers
from counterfoil.store.db import Database
from counterfoil.wallet.context import Wallet

_TAG = "counterfoil/log-head/1"


def log_hello(wallet: Wallet, peer: bytes) -> dict[str, Any]:
    """What this side says of the two logs."""
    seq, head = log.head(wallet.db)
    seen = peers.get(wallet.db, peer)
    return {
        "log": {"seq": seq, "hash": head.hex(), "signature": wallet.identity.sign(_TAG, *_parts(seq, head)).hex()},
        "witnessed": {"seq": seen.head_seq, "hash": seen.head_hash.hex()},
    }


def hear_hello(db: Database, peer: bytes, hello: dict[str, Any]) -> None:
    """Judge what the other side says, and remember how far its log has come.

    Raises: LogBroken(reason=behind|forked) for the other side, (reason=restored) for this one; InvalidMessage
    """
    match hello:
        case {"log": dict(said), "witnessed": dict(witnessed), **rest} if not rest and set(witnessed) == {
            "seq",
            "hash",
        }:
            pass
        case _:
            raise InvalidMessage("The other device says nothing of its log.", reason="log_head")
    if set(said) != {"seq", "hash", "signature"}:
        raise InvalidMessage("The other device says nothing of its log.", reason="log_head")
    seq, head = _read_head(said)
    verify_signature(peer, _read_hex(said["signature"], 64), _TAG, *_parts(seq, head))
    if not log.contains(db, *_read_head(witnessed)):
        raise LogBroken(
            "This device was put back to an older copy. It must be set up afresh before it signs again.",
            reason="restored",
        )
    peers.witness(db, peer, seq, head)


def _parts(seq: int, head: bytes) -> tuple[bytes, bytes]:
    return seq.to_bytes(8, "big"), head


def _read_head(value: dict[str, Any]) -> tuple[int, bytes]:
    seq = value["seq"]
    if type(seq) is not int or not 0 <= seq < 2**53:
        raise InvalidMessage("The head of a log has a number.", reason="log_head")
    return seq, _read_hex(value["hash"], 32)


def _read_hex(value: object, length: int) -> bytes:
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if len(data) != length:
        raise InvalidMessage("The head of a log is hex.", reason="log_head")
    return data
