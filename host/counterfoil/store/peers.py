"""Paired agents: who they are, how to reach them, and the head of their log that we have witnessed."""

from __future__ import annotations

from dataclasses import dataclass, field

from counterfoil.errors import LogBroken, NotFound
from counterfoil.store.db import Database, Row
from counterfoil.types import PartyKind

NO_HEAD = bytes(32)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another agent of this person. ``identity`` is its Ed25519 public key; ``socket_path`` only for one on this computer."""

    identity: bytes
    name: str
    kind: PartyKind
    relay_url: str
    link_secret: bytes = field(repr=False)
    paired_at: int
    socket_path: str | None = None
    head_seq: int = 0
    head_hash: bytes = NO_HEAD
    revoked_at: int | None = None
    head_signature: bytes = b""
    restored_at: int | None = None


def add(db: Database, peer: Peer) -> None:
    """Pin a peer. Raises AlreadyExists."""
    db.execute(
        "INSERT INTO peers (identity, name, kind, relay_url, link_secret, socket_path, head_seq, head_hash, paired_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            peer.identity,
            peer.name,
            peer.kind.value,
            peer.relay_url,
            peer.link_secret,
            peer.socket_path,
            peer.head_seq,
            peer.head_hash,
            peer.paired_at,
        ),
    )


def pin(db: Database, peer: Peer) -> None:
    """Pin a peer, or one that is paired once more: with its new secret, and its witnessed head as it was."""
    known = db.one("SELECT 1 FROM peers WHERE identity = ?", (peer.identity,))
    if known is None:
        add(db, peer)
        return
    db.execute(
        "UPDATE peers SET name = ?, relay_url = ?, link_secret = ?, socket_path = ?, paired_at = ?, revoked_at = NULL"
        " WHERE identity = ?",
        (peer.name, peer.relay_url, peer.link_secret, peer.socket_path, peer.paired_at, peer.identity),
    )


def get(db: Database, identity: bytes) -> Peer:
    """One peer, revoked or not. Raises NotFound."""
    row = db.one("SELECT * FROM peers WHERE identity = ?", (identity,))
    if row is None:
        raise NotFound("No such device is paired.")
    return _peer(row)


def paired(db: Database) -> list[Peer]:
    """Every peer that was not revoked, oldest first."""
    return [_peer(row) for row in db.all("SELECT * FROM peers WHERE revoked_at IS NULL ORDER BY paired_at, identity")]


def reach_at(db: Database, identity: bytes, *, relay_url: str, socket_path: str | None) -> None:
    """The peer is found elsewhere now. Raises NotFound."""
    changed = db.execute(
        "UPDATE peers SET relay_url = ?, socket_path = ? WHERE identity = ?", (relay_url, socket_path, identity)
    )
    if not changed:
        raise NotFound("No such device is paired.")


def revoke(db: Database, identity: bytes, now: int) -> None:
    """No session with this peer from now on. Raises NotFound."""
    if not db.execute("UPDATE peers SET revoked_at = coalesce(revoked_at, ?) WHERE identity = ?", (now, identity)):
        raise NotFound("No such device is paired.")


def witness(db: Database, identity: bytes, seq: int, head: bytes, signature: bytes = b"") -> None:
    """Remember the highest log head that this peer has signed, with its signature.

    A peer that shows less than we saw, or another hash at the same place, was restored from a copy:
    no ceremony with it until it is set up afresh.

    Raises: LogBroken(reason=behind|forked), NotFound
    """
    with db.transaction():
        known = get(db, identity)
        if seq < known.head_seq:
            raise LogBroken(
                "This device was restored from an older copy.", reason="behind", shown=seq, witnessed=known.head_seq
            )
        if seq == known.head_seq:
            if head != known.head_hash:
                raise LogBroken("This device has two histories.", reason="forked", shown=seq)
            return
        db.execute(
            "UPDATE peers SET head_seq = ?, head_hash = ?, head_signature = ? WHERE identity = ?",
            (seq, head, signature, identity),
        )


def mark_restored(db: Database, identity: bytes, now: int) -> bool:
    """It was put back to an older copy. Out: whether that is news. Raises NotFound."""
    get(db, identity)
    return bool(
        db.execute("UPDATE peers SET restored_at = ? WHERE identity = ? AND restored_at IS NULL", (now, identity))
    )


def start_afresh(db: Database, identity: bytes, seq: int, head: bytes, signature: bytes) -> None:
    """Its keys were made anew: from here on its log counts from the head that it shows now. Raises NotFound."""
    get(db, identity)
    db.execute(
        "UPDATE peers SET restored_at = NULL, head_seq = ?, head_hash = ?, head_signature = ?"
        " WHERE identity = ? AND restored_at IS NOT NULL",
        (seq, head, signature, identity),
    )


def _peer(row: Row) -> Peer:
    return Peer(
        identity=row["identity"],
        name=row["name"],
        kind=PartyKind(row["kind"]),
        relay_url=row["relay_url"],
        link_secret=row["link_secret"],
        paired_at=row["paired_at"],
        socket_path=row["socket_path"],
        head_seq=row["head_seq"],
        head_hash=row["head_hash"],
        revoked_at=row["revoked_at"],
        head_signature=row["head_signature"],
        restored_at=row["restored_at"],
    )
