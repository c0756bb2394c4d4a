"""Parties watch over each other's logs: a device that was put back to an older copy is noticed.   DESIGN §8

At the start of every link and in every join each side says how far its own log has come, signed, and shows the
other's own signature of how far it has seen the other's. Whoever lacks an entry that it once signed was restored from
a copy: it may have forgotten poison marks, revocations and what it spent. There is no ceremony with it until its keys
were made anew, and its day counts as spent. A head that is merely behind may be a late word: it is refused, not held
against anyone.
"""

from __future__ import annotations

from typing import Any

from counterfoil.crypto.identity import verify_signature
from counterfoil.errors import InvalidMessage, LogBroken
from counterfoil.store import log, peers, settings, spending, vaults
from counterfoil.wallet.context import Wallet

_TAG = "counterfoil/log-head/1"
_RESTORED = "restored_at"
_SHOWN = "shown_head/"
REMEDY = "Make its keys anew: “Renew the keys” under Vault in Counterfoil, or `counterfoil vault refresh` where there is no passkey."


def say(wallet: Wallet, peer: bytes) -> dict[str, Any]:
    """What this side says of the two logs, and whether it knows itself to be restored."""
    seq, head = log.head(wallet.db)
    seen = peers.get(wallet.db, peer)
    return {
        "log": {"seq": seq, "hash": head.hex(), "signature": wallet.identity.sign(_TAG, *_parts(seq, head)).hex()},
        "witnessed": {"seq": seen.head_seq, "hash": seen.head_hash.hex(), "signature": seen.head_signature.hex()},
        "restored": is_restored(wallet),
    }


def hear(wallet: Wallet, peer: bytes, said: object, *, is_hello: bool = False) -> None:
    """Judge what the other side says, remember how far its log has come, and mark whoever was restored.

    In:     ``is_hello``: a side that is behind is let in all the same, so that it learns of it from this one
    Raises: InvalidMessage, LogBroken(reason=behind|forked)
    """
    shown, witnessed, restored = _read(said)
    seq, head, signature = shown
    verify_signature(peer, signature, _TAG, *_parts(seq, head))
    _look_at_own(wallet, *witnessed)
    if restored and peers.mark_restored(wallet.db, peer, wallet.now()):
        log.append(wallet.db, "peer_restored", {"peer": peer.hex()}, wallet.now())
        wallet.events.state_changed()
    if peers.get(wallet.db, peer).restored_at is not None:
        settings.put(wallet.db, _SHOWN + peer.hex(), [seq, head.hex(), signature.hex()])
        return
    try:
        peers.witness(wallet.db, peer, seq, head, signature)
    except LogBroken:
        if not is_hello:
            raise


def hear_join(wallet: Wallet, peer: bytes, said: object, *, is_way_back: bool) -> None:
    """The same, with every join; with a party that was restored only where new shares are made.

    Raises: InvalidMessage, LogBroken
    """
    hear(wallet, peer, said)
    if not is_way_back:
        refuse_restored(wallet, peer)


def is_restored(wallet: Wallet) -> bool:
    """Whether this device was put back to an older copy and its keys were not made anew since."""
    return settings.get(wallet.db, _RESTORED) is not None


def refuse_restored(wallet: Wallet, peer: bytes) -> None:
    """No ceremony while either side counts as restored. Raises LogBroken(reason=restored|behind)."""
    if is_restored(wallet):
        raise LogBroken(
            "This device was put back to an older copy. Nothing was signed.", remedy=REMEDY, reason="restored"
        )
    known = next((found for found in peers.paired(wallet.db) if found.identity == peer), None)
    if known is not None and known.restored_at is not None:
        raise LogBroken(
            f"{known.name} was put back to an older copy. Nothing was signed.", remedy=REMEDY, reason="behind"
        )


def start_afresh(wallet: Wallet, others: tuple[bytes, ...]) -> None:
    """The vault's shares and all oblivious transfer were made anew with these parties; in the caller's transaction."""
    if is_restored(wallet):
        settings.remove(wallet.db, _RESTORED)
        for vault in vaults.listed(wallet.db):
            spending.close_day(wallet.db, vault.id, wallet.now())
        log.append(wallet.db, "started_afresh", {"party": wallet.identity.public.hex()}, wallet.now())
    known = {peer.identity: peer for peer in peers.paired(wallet.db)}
    for identity in others:
        if identity in known and known[identity].restored_at is not None:
            seq, head, signature = settings.get(wallet.db, _SHOWN + identity.hex())
            peers.start_afresh(wallet.db, identity, seq, bytes.fromhex(head), bytes.fromhex(signature))
            settings.remove(wallet.db, _SHOWN + identity.hex())
            log.append(wallet.db, "started_afresh", {"party": identity.hex()}, wallet.now())


def _look_at_own(wallet: Wallet, seq: int, head: bytes, signature: bytes) -> None:
    """A head that this device signed itself and whose entry it does not have: it is the copy. Nobody can make that up."""
    if not signature:
        return
    verify_signature(wallet.identity.public, signature, _TAG, *_parts(seq, head))
    if not log.contains(wallet.db, seq, head) and not is_restored(wallet):
        settings.put(wallet.db, _RESTORED, wallet.now())
        log.append(wallet.db, "restored", {"seen_up_to": seq}, wallet.now())
        wallet.events.state_changed()


def _read(said: object) -> tuple[tuple[int, bytes, bytes], tuple[int, bytes, bytes], bool]:
    match said:
        case {"log": dict(shown), "witnessed": dict(witnessed), "restored": bool(restored), **rest} if not rest:
            own, other = _read_head(shown, may_be_unsigned=False), _read_head(witnessed, may_be_unsigned=True)
            return own, other, restored
    raise InvalidMessage("The other device says nothing of its log.", reason="log_head")


def _parts(seq: int, head: bytes) -> tuple[bytes, bytes]:
    return seq.to_bytes(8, "big"), head


def _read_head(value: dict[str, Any], *, may_be_unsigned: bool) -> tuple[int, bytes, bytes]:
    if set(value) != {"seq", "hash", "signature"}:
        raise InvalidMessage("The other device says nothing of its log.", reason="log_head")
    seq = value["seq"]
    if type(seq) is not int or not 0 <= seq < 2**53:
        raise InvalidMessage("The head of a log has a number.", reason="log_head")
    head = _read_hex(value["hash"], 32)
    if may_be_unsigned and (seq, head, value["signature"]) == (0, log.NO_ENTRY, ""):
        return seq, head, b""  # nothing was seen of it yet
    return seq, head, _read_hex(value["signature"], 64)


def _read_hex(value: object, length: int) -> bytes:
    try:
        data = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        data = b""
    if len(data) != length:
        raise InvalidMessage("The head of a log is hex.", reason="log_head")
    return data
