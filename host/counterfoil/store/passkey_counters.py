"""The highest signature counter that each passkey has shown."""

from __future__ import annotations

from counterfoil.errors import AssertionRefused
from counterfoil.store.db import Database


def last(db: Database, credential_id: bytes) -> int:
    """0 for a passkey that was never seen or does not count."""
    row = db.one("SELECT count FROM passkey_counters WHERE credential_id = ?", (credential_id,))
    return 0 if row is None else int(row["count"])


def advance(db: Database, credential_id: bytes, count: int, now: int, *, backed_up: bool | None = None) -> None:
    """Note a use, and whether the passkey was copied elsewhere by then. A counter that counts has to rise; one that
    stays 0 does not count.

    Standard: WebAuthn L3 §7.2 step 22
    Raises:   AssertionRefused(reason=COUNTER)
    """
    with db.transaction():
        known = last(db, credential_id)
        if (count or known) and count <= known:
            raise AssertionRefused("The passkey's counter went back: it may be a copy.", reason="COUNTER")
        db.execute(
            "INSERT INTO passkey_counters (credential_id, count, last_used_at, backed_up) VALUES (?, ?, ?, ?) ON CONFLICT"
            " (credential_id) DO UPDATE SET count = excluded.count, last_used_at = excluded.last_used_at,"
            " backed_up = coalesce(excluded.backed_up, backed_up)",
            (credential_id, count, now, None if backed_up is None else int(backed_up)),
        )


def last_used(db: Database, credential_id: bytes) -> int | None:
    """When the passkey was last touched for us."""
    row = db.one("SELECT last_used_at FROM passkey_counters WHERE credential_id = ?", (credential_id,))
    return None if row is None else int(row["last_used_at"])


def backed_up(db: Database, credential_id: bytes) -> bool | None:
    """Whether it was copied elsewhere when it was last touched; None where nobody looked."""
    row = db.one("SELECT backed_up FROM passkey_counters WHERE credential_id = ?", (credential_id,))
    return None if row is None or row["backed_up"] is None else bool(row["backed_up"])
