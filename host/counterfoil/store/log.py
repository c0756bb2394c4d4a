"""The log of decisions: each entry carries the hash of the one before, and peers witness the newest.

No entry holds a secret: it is shown to the person and exported whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from counterfoil.codecs.canonical import Canonical, encode_canonical
from counterfoil.crypto.hashes import framed_hash
from counterfoil.errors import LogBroken
from counterfoil.store.db import Database, Row
from counterfoil.store.json_columns import from_json

NO_ENTRY = bytes(32)
"""The hash before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One decision. ``seq`` counts from 1."""

    seq: int
    time: int
    kind: str
    body: Any
    prev_hash: bytes
    hash: bytes


def entry_hash(*, seq: int, time: int, kind: str, body: bytes, prev_hash: bytes) -> bytes:
    """What makes an entry's place, time and words unchangeable: 32 bytes over all of them."""
    return framed_hash(
        "counterfoil/log/1", seq.to_bytes(8, "big"), time.to_bytes(8, "big"), kind.encode(), body, prev_hash
    )


def append(db: Database, kind: str, body: dict[str, Canonical], now: int) -> Entry:
    """Add a decision at the end."""
    text = encode_canonical(body)
    with db.transaction():
        last, previous = head(db)
        entry = Entry(
            seq=last + 1,
            time=now,
            kind=kind,
            body=body,
            prev_hash=previous,
            hash=entry_hash(seq=last + 1, time=now, kind=kind, body=text, prev_hash=previous),
        )
        db.execute(
            "INSERT INTO log (seq, time, kind, body, prev_hash, hash) VALUES (?, ?, ?, ?, ?, ?)",
            (entry.seq, now, kind, text.decode(), previous, entry.hash),
        )
    return entry


def head(db: Database) -> tuple[int, bytes]:
    """Number and hash of the newest entry; (0, zeros) before the first."""
    row = db.one("SELECT seq, hash FROM log ORDER BY seq DESC LIMIT 1")
    return (0, NO_ENTRY) if row is None else (row["seq"], row["hash"])


def contains(db: Database, seq: int, entry: bytes) -> bool:
    """Whether this log passed through the head that a peer witnessed: if not, we were restored from a copy."""
    if seq == 0:
        return entry == NO_ENTRY
    row = db.one("SELECT hash FROM log WHERE seq = ?", (seq,))
    return row is not None and row["hash"] == entry


def verify(db: Database) -> int:
    """Recompute every hash from the first entry on; the number of entries.

    Raises: LogBroken(seq of the first entry that does not follow)
    """
    expected, previous = 1, NO_ENTRY
    after, page_size = 0, 1000
    while rows := db.all("SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?", (after, page_size)):
        for row in rows:
            if not _follows(row, expected, previous):
                raise LogBroken(seq=expected)
            expected, previous, after = expected + 1, row["hash"], row["seq"]
    return expected - 1


def page(db: Database, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """Up to ``limit`` entries, newest first, older than ``before``."""
    rows = db.all(
        "SELECT * FROM log WHERE ?1 IS NULL OR seq < ?1 ORDER BY seq DESC LIMIT ?2",
        (before, limit),
    )
    return [
        Entry(row["seq"], row["time"], row["kind"], from_json(row["body"]), row["prev_hash"], row["hash"])
        for row in rows
    ]


def _follows(row: Row, expected: int, previous: bytes) -> bool:
    if row["seq"] != expected or row["prev_hash"] != previous or row["time"] < 0:
        return False
    computed = entry_hash(
        seq=row["seq"], time=row["time"], kind=row["kind"], body=row["body"].encode(), prev_hash=row["prev_hash"]
    )
    return bool(computed == row["hash"])
