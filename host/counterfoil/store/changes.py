"""Changes of administration that wait: the signed record, who approved it, and who agreed since.   DESIGN §6"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from counterfoil.errors import NotFound, StateConflict
from counterfoil.store.db import Database, Row
from counterfoil.store.json_columns import from_json, to_json


class ChangeState(StrEnum):
    """Waiting, put on record, or called off by a party."""

    WAITING = "waiting"
    KEPT = "kept"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Change:
    """``record`` as it came over the link; ``approver`` the credential id of the home passkey that was touched for it;
    ``consents`` the signatures of parties whose person agreed, by their number."""

    id: str
    vault: str
    record: Mapping[str, Any]
    initiator: int
    approver: bytes
    heard_at: int
    ready_at: int
    state: ChangeState = ChangeState.WAITING
    consents: Mapping[int, bytes] = field(default_factory=dict)
    ended_at: int | None = None


def insert(db: Database, change: Change) -> None:
    """Keep a change that waits. Raises AlreadyExists."""
    db.execute(
        "INSERT INTO changes (id, vault, record, initiator, approver, state, consents, heard_at, ready_at)"
        " VALUES (?, ?, ?, ?, ?, 'waiting', '{}', ?, ?)",
        (
            change.id,
            change.vault,
            to_json(dict(change.record)),
            change.initiator,
            change.approver,
            change.heard_at,
            change.ready_at,
        ),
    )


def get(db: Database, change_id: str) -> Change:
    """One change. Raises NotFound."""
    row = db.one("SELECT * FROM changes WHERE id = ?", (change_id,))
    if row is None:
        raise NotFound("There is no such change.")
    return _change(row)


def waiting(db: Database) -> list[Change]:
    """Those that wait, oldest first."""
    return [_change(row) for row in db.all("SELECT * FROM changes WHERE state = 'waiting' ORDER BY heard_at, id")]


def agree(db: Database, change_id: str, party: int, signature: bytes) -> Change:
    """Note a party's consent. Raises NotFound, StateConflict when it no longer waits."""
    with db.transaction():
        change = get(db, change_id)
        if change.state is not ChangeState.WAITING:
            raise StateConflict("This change is over.", reason="change_over")
        consents = {str(index): given.hex() for index, given in {**change.consents, party: signature}.items()}
        db.execute("UPDATE changes SET consents = ? WHERE id = ?", (to_json(consents), change_id))
    return get(db, change_id)


def end(db: Database, change_id: str, state: ChangeState, now: int) -> bool:
    """Kept or cancelled; False when it was over already."""
    sql = "UPDATE changes SET state = ?, ended_at = ? WHERE id = ? AND state = 'waiting'"
    return db.execute(sql, (state.value, now, change_id)) == 1


def _change(row: Row) -> Change:
    return Change(
        id=row["id"],
        vault=row["vault"],
        record=from_json(row["record"]),
        initiator=row["initiator"],
        approver=row["approver"],
        heard_at=row["heard_at"],
        ready_at=row["ready_at"],
        state=ChangeState(row["state"]),
        consents={int(index): bytes.fromhex(given) for index, given in from_json(row["consents"]).items()},
        ended_at=row["ended_at"],
    )
