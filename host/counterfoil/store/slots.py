"""What may be signed only once: a nonce or an input of an account, held by the request that wants it.

A hold ends when its request is refused, expires, fails, is mined or proven dead. Until then another
request with other digests gets it only as a child (speed-up, cancel) of every request that holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterfoil.errors import SlotHeld, StateConflict
from counterfoil.store import requests
from counterfoil.store.db import Database
from counterfoil.store.json_columns import from_json, to_json
from counterfoil.store.request_states import HOLDING, OVER
from counterfoil.types import RequestState


@dataclass(frozen=True, slots=True)
class Hold:
    """A request's hold of one slot. ``is_released``: a signature of ``digests`` may exist."""

    chain: str
    account: str
    slot: str
    request_id: str
    digests: tuple[bytes, ...]
    is_released: bool


def reserve(
    db: Database, request_id: str, *, chain: str, account: str, slots: Sequence[str], digests: Sequence[bytes], now: int
) -> None:
    """Hold all of ``slots`` for ``digests``, or none. Asked again before RELEASED, the new digests count.

    Raises: SlotHeld(slot, request), StateConflict if the request is over, NotFound
    """
    with db.transaction():
        if requests.get(db, request_id).state in OVER:
            raise StateConflict
        wanted = tuple(digests)
        family = _ancestors(db, request_id)
        for slot in slots:
            _check(db, request_id, holders(db, chain, account, slot), wanted, family)
        _drop_others(db, request_id, chain, account, slots)
        for slot in slots:
            db.execute(
                "INSERT INTO slots (chain, account, slot, request_id, digests, reserved_at) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (chain, account, slot, request_id) DO UPDATE SET digests = excluded.digests"
                " WHERE digests IS NOT excluded.digests",
                (chain, account, slot, request_id, to_json([digest.hex() for digest in wanted]), now),
            )


def holders(db: Database, chain: str, account: str, slot: str) -> list[Hold]:
    """The requests that hold a slot now."""
    rows = db.all(
        "SELECT s.*, r.state FROM slots s JOIN requests r ON r.id = s.request_id"
        " WHERE s.chain = ? AND s.account = ? AND s.slot = ? ORDER BY r.number",
        (chain, account, slot),
    )
    return [
        Hold(
            chain=row["chain"],
            account=row["account"],
            slot=row["slot"],
            request_id=row["request_id"],
            digests=tuple(bytes.fromhex(digest) for digest in from_json(row["digests"])),
            is_released=row["state"] in HOLDING,
        )
        for row in rows
        if RequestState(row["state"]) not in OVER
    ]


def held(db: Database, chain: str, account: str, *, but_for: str = "") -> list[str]:
    """The slots of an account that requests hold now, all of them or all but one: no other may take them."""
    rows = db.all(
        "SELECT DISTINCT s.slot FROM slots s JOIN requests r ON r.id = s.request_id WHERE s.chain = ? AND s.account = ?"
        " AND s.request_id <> ?"
        " AND r.state NOT IN ('final', 'refused', 'expired', 'failed', 'dead') ORDER BY s.slot",
        (chain, account, but_for),
    )
    return [row["slot"] for row in rows]


def release(db: Database, request_id: str) -> None:
    """Let go of everything that a request holds, while nothing of it can have been signed.

    Raises: StateConflict from RELEASED on, NotFound
    """
    with db.transaction():
        state = requests.get(db, request_id).state
        if state in HOLDING or state in {RequestState.FINAL, RequestState.DEAD}:
            raise StateConflict("A signature may exist: this stays held.", state=state.value)
        db.execute("DELETE FROM slots WHERE request_id = ?", (request_id,))


def _check(db: Database, request_id: str, current: list[Hold], wanted: tuple[bytes, ...], family: set[str]) -> None:
    for hold in current:
        if hold.digests == wanted:
            continue
        is_mine = hold.request_id == request_id
        if (is_mine and hold.is_released) or (not is_mine and hold.request_id not in family):
            raise SlotHeld(slot=hold.slot, request=hold.request_id)


def _drop_others(db: Database, request_id: str, chain: str, account: str, slots: Sequence[str]) -> None:
    """A request whose nonce moved on gives the old one back."""
    for row in db.all(
        "SELECT slot FROM slots WHERE chain = ? AND account = ? AND request_id = ?", (chain, account, request_id)
    ):
        if row["slot"] not in slots:
            db.execute(
                "DELETE FROM slots WHERE chain = ? AND account = ? AND slot = ? AND request_id = ?",
                (chain, account, row["slot"], request_id),
            )


def _ancestors(db: Database, request_id: str) -> set[str]:
    rows = db.all(
        "WITH RECURSIVE up (id) AS (SELECT parent_id FROM requests WHERE id = ? UNION"
        " SELECT r.parent_id FROM requests r JOIN up ON r.id = up.id)"
        " SELECT id FROM up WHERE id IS NOT NULL",
        (request_id,),
    )
    return {row["id"] for row in rows}
