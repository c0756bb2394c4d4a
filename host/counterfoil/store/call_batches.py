"""Batches of calls by the ids that sites know them by, and the requests that they became.   EIP-5792"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.errors import AlreadyExists
from counterfoil.store.db import Database, Row
from counterfoil.types import Caip2


@dataclass(frozen=True, slots=True)
class Batch:
    """``calls`` is how many there are; ``atomic``: they are one request, else one each."""

    number: int
    origin: str
    batch_id: str
    client_key: str | None
    payload: str
    chain: Caip2
    calls: int
    atomic: bool
    created_at: int


def insert(
    db: Database,
    *,
    origin: str,
    batch_id: str,
    client_key: str | None,
    payload: str,
    chain: Caip2,
    calls: int,
    atomic: bool,
    now: int,
) -> Batch:
    """Keep a new batch. Raises AlreadyExists for an id that this site used before."""
    with db.transaction():
        if find(db, origin, batch_id) is not None:
            raise AlreadyExists("There is a batch with this id.")
        db.execute(
            "INSERT INTO call_batches (origin, batch_id, client_key, payload, chain, calls, atomic, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (origin, batch_id, client_key, payload, chain, calls, int(atomic), now),
        )
        found = find(db, origin, batch_id)
        assert found is not None
        return found


def find(db: Database, origin: str, batch_id: str) -> Batch | None:
    """A site's own batch."""
    row = db.one("SELECT * FROM call_batches WHERE origin = ? AND batch_id = ?", (origin, batch_id))
    return None if row is None else _batch(row)


def find_by_client_key(db: Database, client_key: str) -> Batch | None:
    """The batch that this call made earlier."""
    row = db.one("SELECT * FROM call_batches WHERE client_key = ?", (client_key,))
    return None if row is None else _batch(row)


def forget(db: Database, number: int) -> None:
    """Nothing of it was sent: its id is free again."""
    db.execute("DELETE FROM call_batches WHERE number = ?", (number,))


def put_request(db: Database, number: int, position: int, request_id: str) -> None:
    """The request that a call became; the same one again is no change."""
    db.execute(
        "INSERT INTO call_batch_requests (batch, position, request_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (number, position, request_id),
    )


def request_ids(db: Database, number: int) -> list[str]:
    """The requests of a batch, in order."""
    rows = db.all("SELECT request_id FROM call_batch_requests WHERE batch = ? ORDER BY position", (number,))
    return [row["request_id"] for row in rows]


def _batch(row: Row) -> Batch:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates over values
    return Batch(**{**values, "atomic": bool(row["atomic"]), "chain": Caip2(row["chain"])})
