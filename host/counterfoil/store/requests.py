"""Requests: what a site, the CLI or the wallet asks to sign, from the first word to the mined transaction.

Every change raises one number for the whole table, ``seq``, so that a client that was away asks for
what changed since.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from counterfoil.errors import AlreadyExists, Bug, NotFound, StateConflict
from counterfoil.store.db import Database, Row, Value
from counterfoil.store.json_columns import from_json_or_none, to_json
from counterfoil.store.request_states import HOLDING, PENDING, is_move_allowed
from counterfoil.types import Caip2, Origin, RequestId, RequestState, VaultId

_NEXT_SEQ = "(SELECT coalesce(max(seq), 0) + 1 FROM requests)"

_JSON = frozenset({"tab", "intent", "summary", "slots", "consents", "assertion", "result", "error", "signatures"})

CHANGEABLE = frozenset(
    {
        *(
            "vault",
            "chain",
            "account",
            "intent",
            "unsigned",
            "summary",
            "fee_cap",
            "slots",
            "request_nonce",
            "challenge",
        ),
        *("consents", "assertion", "signed", "transaction_id", "result", "error", "expires_at"),
        *("released", "signatures"),
    }
)
"""What ``move`` may set. Everything else is fixed when the request is born."""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as it is born. ``payload`` is the asker's own JSON text, byte for byte.

    ``client_key`` (document id and page call id) makes a repeated call find the same request.
    """

    id: RequestId
    origin: Origin
    kind: str
    method: str
    payload: str
    created_at: int
    expires_at: int
    client_key: str | None = None
    profile_id: str | None = None
    tab: Any = None
    vault: VaultId | None = None
    chain: Caip2 | None = None
    account: str | None = None
    intent: Any = None
    unsigned: bytes | None = None
    summary: Any = None
    fee_cap: int | None = None
    slots: Any = None
    parent_id: RequestId | None = None
    request_nonce: bytes | None = None
    challenge: bytes | None = None


@dataclass(frozen=True, slots=True)
class Request(NewRequest):
    """A kept request. ``number`` counts requests on this device; ``fee_cap`` is in the coin's base units.

    ``released`` counts the digests of which a signature may exist, ``signatures`` has those that came back.
    """

    number: int = 0
    state: RequestState = RequestState.PROPOSED
    seq: int = 0
    consents: Any = None
    assertion: Any = None
    signed: bytes | None = None
    transaction_id: str | None = None
    result: Any = None
    error: Any = None
    updated_at: int = 0
    released: int = 0
    signatures: Any = ()


def insert(db: Database, new: NewRequest) -> Request:
    """Keep a new request, PROPOSED. Raises AlreadyExists for a known id or client key."""
    names = [field.name for field in fields(NewRequest)]
    values = [_column(name, getattr(new, name)) for name in names]
    with db.transaction():
        db.execute(
            f"INSERT INTO requests ({', '.join(names)}, state, seq, updated_at)"  # noqa: S608 - names of our fields
            f" VALUES ({', '.join('?' * len(names))}, 'proposed', {_NEXT_SEQ}, ?)",
            (*values, new.created_at),
        )
        return get(db, new.id)


def insert_or_attach(db: Database, new: NewRequest) -> tuple[Request, bool]:
    """The request of this client key and whether it is new. Raises AlreadyExists if the key asked for something else."""
    with db.transaction():
        known = None if new.client_key is None else find_by_client_key(db, new.client_key)
        if known is None:
            return insert(db, new), True
        if (known.origin, known.method, known.payload) != (new.origin, new.method, new.payload):
            raise AlreadyExists("This call was made before with another content.", reason="client_key")
        return known, False


def get(db: Database, request_id: str) -> Request:
    """Raises NotFound."""
    row = db.one("SELECT * FROM requests WHERE id = ?", (request_id,))
    if row is None:
        raise NotFound("There is no such request.")
    return _request(row)


def find_by_client_key(db: Database, client_key: str) -> Request | None:
    """The request that this call made earlier."""
    row = db.one("SELECT * FROM requests WHERE client_key = ?", (client_key,))
    return None if row is None else _request(row)


def listed(
    db: Database, *, states: Collection[RequestState] | None = None, limit: int = 50, before: int | None = None
) -> list[Request]:
    """Newest first, of ``number`` below ``before``, in any of ``states``."""
    wanted = [state.value for state in (RequestState if states is None else states)]
    rows = db.all(
        f"SELECT * FROM requests WHERE state IN ({_marks(wanted)})"  # noqa: S608 - question marks
        " AND number < coalesce(?, 9223372036854775807) ORDER BY number DESC LIMIT ?",
        (*wanted, before, limit),
    )
    return [_request(row) for row in rows]


def pending(db: Database) -> list[Request]:
    """What waits for a person or a party, oldest first."""
    return _in_states(db, PENDING)


def holding(db: Database) -> list[Request]:
    """What was released and has not ended, oldest first: to be finished after a restart."""
    return _in_states(db, HOLDING)


def unfinished_on(db: Database, chain: str) -> list[Request]:
    """What waits or is under way on a chain, oldest first."""
    return [request for request in _in_states(db, PENDING | HOLDING) if request.chain == chain]


def due(db: Database, now: int) -> list[Request]:
    """Pending requests whose time is over."""
    return [request for request in pending(db) if request.expires_at <= now]


def children(db: Database, request_id: str) -> list[Request]:
    """Speed-ups and cancellations of a request, oldest first."""
    return [
        _request(row) for row in db.all("SELECT * FROM requests WHERE parent_id = ? ORDER BY number", (request_id,))
    ]


def last_seq(db: Database) -> int:
    """The number of the newest change."""
    row = db.one("SELECT coalesce(max(seq), 0) AS seq FROM requests")
    return 0 if row is None else int(row["seq"])


def changed_since(db: Database, seq: int, limit: int = 200) -> list[Request]:
    """Requests that changed after ``seq``, in the order of their last change."""
    return [_request(row) for row in db.all("SELECT * FROM requests WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))]


def move(
    db: Database,
    request_id: str,
    from_states: Collection[RequestState],
    to: RequestState,
    *,
    now: int,
    **columns: Any,  # noqa: ANN401 - each column has its own type
) -> Request:
    """Move a request, in one UPDATE, only if it stands in one of ``from_states``.

    In:     any of CHANGEABLE as ``columns``
    Raises: StateConflict (the request stays as it is), NotFound
    """
    if not columns.keys() <= CHANGEABLE:
        raise Bug("A request has no such column to change.")
    if not from_states or not is_move_allowed(from_states, to):
        raise StateConflict("A request can't move like that.", reason="move_not_allowed", to=to.value)
    assignments = "".join(f", {name} = ?" for name in columns)
    values = [_column(name, value) for name, value in columns.items()]
    with db.transaction():
        changed = db.execute(
            f"UPDATE requests SET state = ?, updated_at = ?, seq = {_NEXT_SEQ}{assignments}"  # noqa: S608 - checked names
            f" WHERE id = ? AND state IN ({_marks(from_states)})",
            (to.value, now, *values, request_id, *(state.value for state in from_states)),
        )
        found = get(db, request_id)
        if not changed:
            raise StateConflict(state=found.state.value)
        return found


def change(db: Database, request_id: str, in_states: Collection[RequestState], *, now: int, **columns: Any) -> Request:  # noqa: ANN401
    """Set columns of a request that stays in its state, whichever of ``in_states`` that is. Raises as ``move``."""
    with db.transaction():
        state = get(db, request_id).state
        if state not in in_states:
            raise StateConflict(state=state.value)
        return move(db, request_id, {state}, state, now=now, **columns)


def _in_states(db: Database, states: Collection[RequestState]) -> list[Request]:
    rows = db.all(
        f"SELECT * FROM requests WHERE state IN ({_marks(states)}) ORDER BY number",  # noqa: S608 - question marks
        [state.value for state in states],
    )
    return [_request(row) for row in rows]


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _column(name: str, value: Any) -> Value:  # noqa: ANN401 - each column has its own type
    if value is None:
        return None
    if name in _JSON:
        return to_json(value)
    if name == "fee_cap":
        return str(int(value))
    result: Value = value
    return result


def _request(row: Row) -> Request:
    values: dict[str, Any] = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates over values
    for name in _JSON:
        values[name] = from_json_or_none(values[name])
    values["fee_cap"] = None if values["fee_cap"] is None else int(values["fee_cap"])
    values["state"] = RequestState(values["state"])
    return Request(**values)
