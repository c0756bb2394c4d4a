"""This agent's identity: the Ed25519 seed that its peers pinned when they were paired.

It is readable while the wallet is locked, so that a locked device can still answer "I am locked".
It signs sessions and records; it moves no money.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from counterfoil.store.db import Database


@dataclass(frozen=True, slots=True)
class Identity:
    """``seed``: 32 bytes, RFC 8032."""

    seed: bytes = field(repr=False)
    created_at: int


def load_or_create(db: Database, rng: Callable[[int], bytes], now: int) -> Identity:
    """The seed of this database; drawn once, on the first call."""
    with db.transaction():
        row = db.one("SELECT seed, created_at FROM identity")
        if row is None:
            seed = rng(32)
            db.execute("INSERT INTO identity (only_row, seed, created_at) VALUES (1, ?, ?)", (seed, now))
            return Identity(seed, now)
    return Identity(row["seed"], row["created_at"])
