"""What a node said would happen, kept apart from requests: it comes late and changes nothing of what is approved."""

from __future__ import annotations

from typing import Any

from counterfoil.store.db import Database
from counterfoil.store.json_columns import from_json, to_json


def put(db: Database, request_id: str, body: Any, now: int) -> None:  # noqa: ANN401 - JSON
    """Keep it; the newest counts."""
    db.execute(
        "INSERT INTO simulations (request_id, body, made_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET body = excluded.body, made_at = excluded.made_at",
        (request_id, to_json(body), now),
    )


def get(db: Database, request_id: str) -> Any:  # noqa: ANN401 - JSON, or None
    """What was kept, or None."""
    row = db.one("SELECT body FROM simulations WHERE request_id = ?", (request_id,))
    return None if row is None else from_json(row["body"])
