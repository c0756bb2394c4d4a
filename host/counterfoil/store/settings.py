"""Small choices of the person, as JSON by key."""

from __future__ import annotations

from typing import Any

from counterfoil.store.db import Database
from counterfoil.store.json_columns import from_json, to_json


def get(db: Database, key: str, default: Any = None) -> Any:  # noqa: ANN401 - JSON is any
    """The value kept under ``key``, else ``default``."""
    row = db.one("SELECT value FROM settings WHERE key = ?", (key,))
    return default if row is None else from_json(row["value"])


def put(db: Database, key: str, value: object) -> None:
    """Keep a JSON value under ``key``."""
    db.execute(
        "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, to_json(value)),
    )


def remove(db: Database, key: str) -> None:
    """Forget ``key``; its default holds again."""
    db.execute("DELETE FROM settings WHERE key = ?", (key,))


def everything(db: Database) -> dict[str, Any]:
    """All values by key."""
    return {row["key"]: from_json(row["value"]) for row in db.all("SELECT key, value FROM settings ORDER BY key")}
