"""Marks of a failed oblivious-transfer check: after one, nothing is ever signed with that party in that epoch.

One tolerated retry leaks a bit of a long-lived secret, so the mark is on the disk before the abort leaves.
"""

from __future__ import annotations

from counterfoil.errors import Poisoned
from counterfoil.store.db import Database


def mark(db: Database, vault: str, epoch: int, party: int, now: int) -> None:
    """Quarantine ``party``; durable when this returns, and never undone. Raises Bug inside another transaction."""
    with db.durable():
        db.execute(
            "INSERT INTO ot_poison (vault, epoch, party, marked_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (vault, epoch, party, now),
        )


def marked(db: Database, vault: str, epoch: int) -> frozenset[int]:
    """The numbers of the parties in quarantine."""
    rows = db.all("SELECT party FROM ot_poison WHERE vault = ? AND epoch = ?", (vault, epoch))
    return frozenset(row["party"] for row in rows)


def refuse_marked(db: Database, vault: str, epoch: int, parties: set[int] | frozenset[int]) -> None:
    """Raise Poisoned(culprits) if any of ``parties`` is in quarantine."""
    found = sorted(marked(db, vault, epoch) & parties)
    if found:
        raise Poisoned(culprits=found)
