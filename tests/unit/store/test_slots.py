"""What is signed only once."""

from __future__ import annotations

import pytest

from counterfoil.errors import NotFound, SlotHeld, StateConflict, StorageError
from counterfoil.store import requests, slots
from counterfoil.store.request_states import HOLDING, OVER, PENDING
from counterfoil.types import RequestState as S
from tests.unit.store.rows import ACCOUNT, CHAIN, request_in, walk

ONE, OTHER = b"\x01" * 32, b"\x02" * 32


def reserve(db, request, digests=(ONE,), names=("nonce:7",), account=ACCOUNT, chain=CHAIN):
    slots.reserve(db, request.id, chain=chain, account=account, slots=names, digests=digests, now=1)


@pytest.mark.parametrize("state", sorted(PENDING | HOLDING))
def test_refuses_another_digest_while_the_first_request_lives(db, state):
    first = request_in(db, S.PROPOSED)
    reserve(db, first)
    walk(db, first, state)
    with pytest.raises(SlotHeld) as refusal:
        reserve(db, request_in(db, S.PROPOSED), [OTHER])
    assert refusal.value.details == {"slot": "nonce:7", "request": first.id}


@pytest.mark.parametrize("state", sorted(OVER))
def test_a_hold_ends_with_its_request(db, state):
    first, second = request_in(db, S.PROPOSED), request_in(db, S.PROPOSED)
    reserve(db, first)
    walk(db, first, state)
    reserve(db, second, [OTHER])
    assert [hold.request_id for hold in slots.holders(db, CHAIN, ACCOUNT, "nonce:7")] == [second.id]


def test_a_child_may_replace_its_parent_and_its_parents_parent(db):
    first = request_in(db, S.PROPOSED)
    reserve(db, first)
    walk(db, first, S.SENT)
    second = request_in(db, S.PROPOSED, parent_id=first.id)
    reserve(db, second, [OTHER])
    walk(db, second, S.SENT)
    third = request_in(db, S.PROPOSED, parent_id=second.id)
    reserve(db, third, [b"\x03" * 32])
    assert len(slots.holders(db, CHAIN, ACCOUNT, "nonce:7")) == 3
    assert slots.held(db, CHAIN, ACCOUNT) == ["nonce:7"]


def test_a_sibling_is_no_child(db):
    first = request_in(db, S.PROPOSED)
    reserve(db, first)
    walk(db, first, S.SENT)
    reserve(db, request_in(db, S.PROPOSED, parent_id=first.id), [OTHER])
    with pytest.raises(SlotHeld):
        reserve(db, request_in(db, S.PROPOSED, parent_id=first.id), [b"\x03" * 32])


def test_a_parent_may_not_push_its_child_aside(db):
    first = request_in(db, S.PROPOSED)
    child = request_in(db, S.PROPOSED, parent_id=first.id)
    reserve(db, child)
    with pytest.raises(SlotHeld):
        reserve(db, first, [OTHER])


def test_new_digests_count_before_release_only(db):
    request = request_in(db, S.APPROVED)
    reserve(db, request)
    reserve(db, request, [OTHER])
    assert slots.holders(db, CHAIN, ACCOUNT, "nonce:7")[0].digests == (OTHER,)
    requests.move(db, request.id, {S.APPROVED}, S.RELEASED, now=2)
    with pytest.raises(SlotHeld):
        reserve(db, request, [ONE])
    reserve(db, request, [OTHER])
    hold = slots.holders(db, CHAIN, ACCOUNT, "nonce:7")[0]
    assert hold.is_released and hold.digests == (OTHER,)


def test_order_and_number_of_digests_count(db):
    request = request_in(db, S.APPROVED)
    reserve(db, request, [ONE, OTHER])
    requests.move(db, request.id, {S.APPROVED}, S.RELEASED, now=2)
    for digests in ([OTHER, ONE], [ONE], [ONE, OTHER, OTHER], []):
        with pytest.raises(SlotHeld):
            reserve(db, request, digests)


def test_all_slots_or_none(db):
    first, second = request_in(db, S.PROPOSED), request_in(db, S.PROPOSED)
    reserve(db, first, names=["input:b"])
    with pytest.raises(SlotHeld):
        reserve(db, second, [OTHER], names=["input:a", "input:b", "input:c"])
    assert slots.held(db, CHAIN, ACCOUNT) == ["input:b"]


def test_a_request_whose_nonce_moved_on_gives_the_old_one_back(db):
    first, second = request_in(db, S.PROPOSED), request_in(db, S.PROPOSED)
    reserve(db, first, names=["nonce:7"])
    reserve(db, first, names=["nonce:8"])
    assert slots.held(db, CHAIN, ACCOUNT) == ["nonce:8"]
    reserve(db, second, [OTHER], names=["nonce:7"])


def test_a_released_nonce_is_not_given_back(db):
    request = request_in(db, S.PROPOSED)
    reserve(db, request)
    walk(db, request, S.RELEASED)
    with pytest.raises(StorageError) as refusal:
        reserve(db, request, names=["nonce:8"])
    assert refusal.value.word == "slot_is_released"
    assert slots.held(db, CHAIN, ACCOUNT) == ["nonce:7"]


def test_accounts_and_chains_are_apart(db):
    reserve(db, request_in(db, S.PROPOSED))
    reserve(db, request_in(db, S.PROPOSED), [OTHER], account="0x" + "22" * 20)
    reserve(db, request_in(db, S.PROPOSED), [OTHER], chain="eip155:1")


@pytest.mark.parametrize("state", sorted(PENDING | {S.REFUSED, S.EXPIRED, S.FAILED}))
def test_lets_go_while_nothing_can_have_been_signed(db, state):
    request = request_in(db, S.PROPOSED)
    reserve(db, request)
    walk(db, request, state)
    slots.release(db, request.id)
    assert slots.held(db, CHAIN, ACCOUNT) == []


@pytest.mark.parametrize("state", sorted(HOLDING | {S.FINAL, S.DEAD}))
def test_never_lets_go_after_release(db, state):
    request = request_in(db, S.PROPOSED)
    reserve(db, request)
    walk(db, request, state)
    with pytest.raises(StateConflict):
        slots.release(db, request.id)
    for statement in ("DELETE FROM slots", "UPDATE slots SET digests = '[]'", "UPDATE slots SET slot = 'nonce:9'"):
        with pytest.raises(StorageError) as refusal:
            db.execute(statement)
        assert refusal.value.word == "slot_is_released"


def test_a_request_that_is_over_holds_nothing_new(db):
    with pytest.raises(StateConflict):
        reserve(db, request_in(db, S.REFUSED))
    with pytest.raises(NotFound):
        slots.reserve(db, "00" * 16, chain=CHAIN, account=ACCOUNT, slots=["nonce:1"], digests=[ONE], now=1)
