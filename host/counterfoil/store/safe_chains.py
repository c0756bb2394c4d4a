"""Where each Safe stands, as this device saw it on the chain: with its lock, or not at all."""

from __future__ import annotations

from counterfoil.store.db import Database


def put(db: Database, address: str, chain: str, lock: str, now: int) -> bool:
    """The Safe stands on this chain, with this lock; True if it is news."""
    return bool(
        db.execute(
            "INSERT INTO safe_chains (address, chain, lock, deployed_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (address, chain, lock, now),
        )
    )


def chains_of(db: Database, address: str) -> list[str]:
    """The chains on which a Safe stands."""
    return [r["chain"] for r in db.all("SELECT chain FROM safe_chains WHERE address = ? ORDER BY chain", (address,))]
