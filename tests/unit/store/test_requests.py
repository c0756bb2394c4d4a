"""The life of a request, and the rules that hold even if the code above forgets them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterfoil.errors import AlreadyExists, Bug, NotFound, StateConflict, StorageError
from counterfoil.store import requests
from counterfoil.store.db import Database
from counterfoil.store.request_states import HOLDING, OVER, PENDING, is_move_allowed
from counterfoil.types import RequestState as S
from tests.unit.store.rows import new_request, request_in

AFTER_RELEASE = (S.RELEASED, S.SIGNED, S.SENT)


def test_the_states_are_divided_without_a_rest():
    assert set(S) == PENDING | HOLDING | OVER
    assert not PENDING & HOLDING and not PENDING & OVER and not HOLDING & OVER


def test_keeps_what_was_asked_as_it_was_asked(db):
    new = new_request(payload='{"b": 1,  "a": "ü"}', tab={"id": 7}, summary={"act": "x"}, fee_cap=2**200, intent=[1])
    kept = requests.insert(db, new)
    assert (kept.payload, kept.tab, kept.fee_cap, kept.intent) == (new.payload, {"id": 7}, 2**200, [1])
    assert kept.state is S.PROPOSED
    assert requests.get(db, new.id) == kept


def test_walks_through_its_whole_life(db):
    done = request_in(db, S.FINAL)
    assert done.state is S.FINAL
    assert done.signed == b"signed bytes"
    assert done.updated_at == 1001


@pytest.mark.parametrize(("start", "end"), list(itertools.product(S, S)))
def test_moves_exactly_as_the_design_says(db, start, end):
    request = request_in(db, start)
    columns = {"signed": b"signed bytes"} if end is S.SIGNED else {}
    allowed = is_move_allowed({start}, end)
    if start is S.APPROVED and end is S.FINAL:  # only what has nothing to sign ends there
        with pytest.raises(StorageError):
            requests.move(db, request.id, {start}, end, now=5)
    elif allowed:
        assert requests.move(db, request.id, {start}, end, now=5, **columns).state is end
    else:
        with pytest.raises(StateConflict):
            requests.move(db, request.id, {start}, end, now=5, **columns)
        assert requests.get(db, request.id) == request


@pytest.mark.parametrize(
    ("start", "end"), list(itertools.product(AFTER_RELEASE, (S.FAILED, S.EXPIRED, S.REFUSED, *sorted(PENDING))))
)
def test_the_database_itself_never_undoes_a_release(db, start, end):
    request = request_in(db, start)
    with pytest.raises(StorageError) as refusal:
        db.execute("UPDATE requests SET state = ?, seq = seq + 100 WHERE id = ?", (end.value, request.id))
    assert refusal.value.word == "released_never_undone"
    assert requests.get(db, request.id) == request


@pytest.mark.parametrize("start", sorted(OVER))
def test_the_database_itself_never_revives_a_request(db, start):
    request = request_in(db, start)
    for end in set(S) - {start}:
        with pytest.raises(StorageError):
            db.execute("UPDATE requests SET state = ?, seq = seq + 100 WHERE id = ?", (end.value, request.id))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (S.PROPOSED, S.RELEASED),
        (S.CONSENTED, S.RELEASED),
        (S.APPROVED, S.SIGNED),
        (S.PROPOSED, S.FINAL),
        (S.APPROVED, S.SENT),
    ],
)
def test_the_database_itself_lets_no_state_be_skipped(db, start, end):
    request = request_in(db, start)
    with pytest.raises(StorageError) as refusal:
        db.execute("UPDATE requests SET state = ?, signed = x'00', seq = seq + 1 WHERE id = ?", (end.value, request.id))
    assert refusal.value.word == "request_skips_a_state"


def test_signed_needs_its_bytes(db):
    request = request_in(db, S.RELEASED)
    with pytest.raises(StorageError) as refusal:
        requests.move(db, request.id, {S.RELEASED}, S.SIGNED, now=5)
    assert refusal.value.word == "request_skips_a_state"


def test_a_connection_ends_without_a_signature(db):
    request = request_in(db, S.APPROVED, kind="connect", unsigned=None)
    assert requests.move(db, request.id, {S.APPROVED}, S.FINAL, now=5, result=["0x"]).result == ["0x"]


@pytest.mark.parametrize("column", ["unsigned", "request_nonce", "challenge", "account", "chain", "slots", "assertion"])
@pytest.mark.parametrize("state", [*AFTER_RELEASE, S.DEAD])
def test_released_bytes_and_what_they_hang_on_stay(db, state, column):
    request = request_in(db, state)
    value = '["other"]' if column in {"slots", "assertion"} else "other" if column in {"account", "chain"} else b"other"
    with pytest.raises(StorageError) as refusal:
        db.execute(f"UPDATE requests SET {column} = ?, seq = seq + 1 WHERE id = ?", (value, request.id))
    assert refusal.value.word == "released_bytes_stay"


def test_signed_bytes_are_written_once(db):
    request = request_in(db, S.SIGNED)
    with pytest.raises(StorageError) as refusal:
        requests.change(db, request.id, {S.SIGNED}, now=9, signed=b"other bytes")
    assert refusal.value.word == "signed_bytes_stay"
    with pytest.raises(StorageError):
        requests.change(db, request.id, {S.SIGNED}, now=9, signed=None)
    assert requests.change(db, request.id, {S.SIGNED}, now=9, signed=b"signed bytes").signed == b"signed bytes"


@pytest.mark.parametrize(
    "column", ["id", "origin", "client_key", "method", "payload", "parent_id", "number", "created_at"]
)
def test_what_was_asked_never_changes(db, column):
    request = request_in(db, S.PROPOSED)
    value = 77 if column in {"number", "created_at"} else "ff" * 16 if column == "id" else '"other"'
    with pytest.raises(StorageError) as refusal:
        db.execute(f"UPDATE requests SET {column} = ?, seq = seq + 1 WHERE id = ?", (value, request.id))
    assert refusal.value.word in {"request_is_fixed", "constraint"}


def test_a_request_is_never_deleted_or_replaced(db):
    request = request_in(db, S.EXPIRED)
    with pytest.raises(StorageError) as refusal:
        db.execute("DELETE FROM requests WHERE id = ?", (request.id,))
    assert refusal.value.word == "request_is_kept"
    with pytest.raises(StorageError) as refusal:
        db.execute(
            "INSERT OR REPLACE INTO requests (id, state, seq, origin, kind, method, payload, created_at, expires_at,"
            " updated_at) VALUES (?, 'proposed', 99, 'x', 'x', 'x', '{}', 1, 1, 1)",
            (request.id,),
        )
    assert refusal.value.word == "request_is_kept"


def test_no_request_is_born_approved(db):
    with pytest.raises(StorageError) as refusal:
        db.execute(
            "INSERT INTO requests (id, state, seq, origin, kind, method, payload, created_at, expires_at, updated_at)"
            " VALUES (?, 'approved', 99, 'x', 'x', 'x', '{}', 1, 1, 1)",
            ("ff" * 16,),
        )
    assert refusal.value.word == "request_starts_proposed"


def test_two_approvals_of_one_request_spend_once(db):
    request = request_in(db, S.CONSENTED)
    requests.move(db, request.id, {S.PROPOSED, S.CONSENTED}, S.APPROVED, now=5)
    with pytest.raises(StateConflict) as refusal:
        requests.move(db, request.id, {S.PROPOSED, S.CONSENTED}, S.APPROVED, now=6)
    assert refusal.value.details["state"] == "approved"
    assert requests.get(db, request.id).updated_at == 5


def test_a_refused_move_changes_no_column(db):
    request = request_in(db, S.REFUSED)
    with pytest.raises(StateConflict):
        requests.move(db, request.id, {S.PROPOSED}, S.CONSENTED, now=5, error={"code": 1})
    assert requests.get(db, request.id) == request


def test_moves_only_known_columns(db):
    request = request_in(db, S.PROPOSED)
    for column in ("origin", "payload", "state = 'signed' --"):
        with pytest.raises(Bug):
            requests.move(db, request.id, {S.PROPOSED}, S.CONSENTED, now=5, **{column: "x"})
    with pytest.raises(StateConflict):
        requests.move(db, request.id, set(), S.CONSENTED, now=5)


def test_an_unknown_request_is_not_found(db):
    with pytest.raises(NotFound):
        requests.get(db, "00" * 16)
    with pytest.raises(NotFound):
        requests.move(db, "00" * 16, {S.PROPOSED}, S.REFUSED, now=1)


def test_a_repeated_call_finds_the_same_request(db):
    first, is_new = requests.insert_or_attach(db, new_request(client_key="document:1"))
    assert is_new
    requests.move(db, first.id, {S.PROPOSED}, S.CONSENTED, now=5)
    again, is_new = requests.insert_or_attach(db, new_request(client_key="document:1"))
    assert (again.id, again.state, is_new) == (first.id, S.CONSENTED, False)
    assert requests.insert_or_attach(db, new_request())[1]
    assert requests.insert_or_attach(db, new_request())[1]


@pytest.mark.parametrize("change", [{"origin": "https://evil.example"}, {"payload": "{}"}, {"method": "personal_sign"}])
def test_a_client_key_never_attaches_to_another_content(db, change):
    requests.insert_or_attach(db, new_request(client_key="document:1"))
    with pytest.raises(AlreadyExists):
        requests.insert_or_attach(db, new_request(client_key="document:1", **change))
    with pytest.raises(AlreadyExists):
        requests.insert(db, new_request(client_key="document:1", **change))


def test_a_client_that_was_away_learns_what_changed(db):
    one, two = request_in(db, S.PROPOSED), request_in(db, S.PROPOSED)
    seen = requests.last_seq(db)
    assert requests.changed_since(db, seen) == []
    requests.move(db, one.id, {S.PROPOSED}, S.REFUSED, now=5)
    requests.change(db, two.id, {S.PROPOSED}, now=6, summary={"act": "other"})
    requests.change(db, two.id, {S.PROPOSED}, now=7, summary={"act": "again"})
    changed = requests.changed_since(db, seen)
    assert [request.id for request in changed] == [one.id, two.id]
    assert [request.seq for request in changed] == [seen + 1, seen + 3]
    assert len(requests.changed_since(db, 0, limit=1)) == 1


def test_lists_newest_first_in_pages(db):
    made = [request_in(db, state) for state in (S.PROPOSED, S.REFUSED, S.SENT, S.PROPOSED)]
    assert [r.id for r in requests.listed(db, limit=2)] == [made[3].id, made[2].id]
    assert [r.id for r in requests.listed(db, before=made[2].number)] == [made[1].id, made[0].id]
    assert [r.id for r in requests.listed(db, states={S.REFUSED, S.SENT})] == [made[2].id, made[1].id]
    assert [r.id for r in requests.pending(db)] == [made[0].id, made[3].id]
    assert [r.id for r in requests.holding(db)] == [made[2].id]


def test_only_pending_requests_come_due(db):
    old, young = request_in(db, S.APPROVED, expires_at=50), request_in(db, S.PROPOSED, expires_at=51)
    request_in(db, S.RELEASED, expires_at=50)
    assert [r.id for r in requests.due(db, 50)] == [old.id]
    assert [r.id for r in requests.due(db, 51)] == [old.id, young.id]


def test_children_know_their_parent(db):
    parent = request_in(db, S.SENT)
    child = request_in(db, S.PROPOSED, parent_id=parent.id)
    assert requests.children(db, parent.id) == [child]
    with pytest.raises(StorageError):
        requests.insert(db, new_request(parent_id="00" * 16))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(S)), st.sampled_from(sorted(S))), max_size=15))
def test_no_sequence_of_moves_leaves_the_design(tmp_path_factory, steps):
    db = Database.open(tmp_path_factory.mktemp("walk") / "home" / "counterfoil.db")
    request = requests.insert(db, new_request())
    states = [request.state]
    for start, end in steps:
        columns = {"signed": b"s"} if end is S.SIGNED else {}
        try:
            states.append(requests.move(db, request.id, {start}, end, now=5, **columns).state)
        except (StateConflict, StorageError):
            assert requests.get(db, request.id).state is states[-1]
    released = [state in HOLDING for state in states]
    if True in released:
        assert all(state in HOLDING | {S.FINAL, S.DEAD} for state in states[released.index(True) :])
    db.close()
