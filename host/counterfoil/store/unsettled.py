"""Requests of this device of which another party may know more than this device does."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.store.db import Database


@dataclass(frozen=True, slots=True)
class Unsettled:
    """``is_held``: another party said that it holds the slot and will let go of it for a child of this request only."""

    request_id: str
    is_held: bool


def note(db: Database, request_id: str, now: int) -> None:
    """To be asked about. What is known already stays known."""
    db.execute(
        "INSERT INTO unsettled (request_id, since) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (request_id, now),
    )


def mark_held(db: Database, request_id: str) -> None:
    """Another party holds its slot."""
    db.execute("UPDATE unsettled SET is_held = 1 WHERE request_id = ?", (request_id,))


def forget(db: Database, request_id: str) -> None:
    """Nobody holds anything for it any more."""
    db.execute("DELETE FROM unsettled WHERE request_id = ?", (request_id,))


def listed(db: Database) -> list[Unsettled]:
    """Oldest first."""
    rows = db.all("SELECT request_id, is_held FROM unsettled ORDER BY since, request_id")
    return [Unsettled(row["request_id"], bool(row["is_held"])) for row in rows]


def is_held(db: Database, request_id: str) -> bool:
    """Whether another party is known to hold its slot."""
    return db.one("SELECT 1 FROM unsettled WHERE request_id = ? AND is_held = 1", (request_id,)) is not None
