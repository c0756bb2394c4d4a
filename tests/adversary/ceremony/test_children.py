"""One nonce, two requests: what may take the place of what, on each party, and after each kill."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from counterfoil.agent import peer_calls
from counterfoil.agent.ceremony import hub, participation
from counterfoil.chains.evm.transaction import Transaction, encode_unsigned, parse_signed, parse_unsigned
from counterfoil.chains.family import Own
from counterfoil.errors import Cancelled, PolicyRefused, ProtocolAbort, SlotHeld, StateConflict, WalletError
from counterfoil.store import requests, slots, unsettled
from counterfoil.store.requests import Request
from counterfoil.types import RequestState as S
from counterfoil.wallet import approve, provider, replace, settle
from counterfoil.wallet.approve import proposal_of
from counterfoil.wallet.end import refuse
from counterfoil.wallet.record_heads import record_heads
from counterfoil.wallet.replace import choices, propose_own
from counterfoil.wallet.watch import Pace, look_once
from tests.adversary.ceremony.stops import at_frame, eventually
from tests.adversary.ceremony.test_kills import Kill, touched
from tests.fakes.two_agent_person import CHAIN, Someone, outcome
from tests.fakes.two_agents import ThreadWorker


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the dead waits briefly."""
    monkeypatch.setattr(hub, "LAST_WORD_SECONDS", 0.3)
    monkeypatch.setattr(settle, "ANSWER_SECONDS", 1)


def bytes_of(request: Request) -> Transaction:
    assert request.unsigned is not None
    return parse_unsigned(request.unsigned)


async def sent(someone: Someone, **fields: Any) -> Request:
    request = await someone.decide(await someone.ask_to_send(**fields))
    assert request.state is S.SENT, request.error
    return request


async def own(someone: Someone, request: Request, act: Own) -> Request:
    return await someone.decide(await propose_own(someone.wallet, request.id, act))


async def looked(someone: Someone, times: int = 1) -> None:
    for _ in range(times):
        await look_once(someone.wallet, Pace())


# ── what they are ─────────────────────────────────────────────────────────────────────────────────


async def test_a_speed_up_is_the_same_for_a_tenth_more_and_is_touched_with_the_home_passkey(someone: Someone) -> None:
    first = await sent(someone)
    child = await propose_own(someone.wallet, first.id, Own.SPEED_UP)
    assert (child.parent_id, child.origin, child.state) == (first.id, "wallet", S.PROPOSED)
    before, after = bytes_of(first), bytes_of(child)
    assert dataclasses.replace(after, max_fee=before.max_fee, priority_fee=before.priority_fee) == before
    assert after.max_fee * 10 >= before.max_fee * 11
    assert after.priority_fee * 10 >= before.priority_fee * 11
    done = await someone.decide(child)
    assert done.state is S.SENT
    assert done.assertion["role"] == "home"
    assert len(someone.pair.node.sent) == 2
    assert someone.at_cosigner(done).parent_id == first.id


async def test_a_speed_up_follows_a_network_that_rose_more_than_a_tenth(someone: Someone) -> None:
    first = await sent(someone)
    node = someone.pair.node
    node.facts_now = dataclasses.replace(node.facts_now, base_fee=10**11, priority_fee=10**10)
    after = bytes_of(await propose_own(someone.wallet, first.id, Own.SPEED_UP))
    assert (after.max_fee, after.priority_fee) == (2 * 10**11 + 10**10, 10**10)


async def test_a_cancellation_does_nothing_in_the_same_place(someone: Someone) -> None:
    first = await sent(someone)
    child = await propose_own(someone.wallet, first.id, Own.CANCEL)
    tx = bytes_of(child)
    assert tx.to is not None
    assert ("0x" + tx.to.hex(), tx.value, tx.data) == (someone.address.lower(), 0, b"")
    assert tx.nonce == bytes_of(first).nonce
    assert tx.max_fee * 10 >= bytes_of(first).max_fee * 11
    done = await someone.decide(child)
    assert done.state is S.SENT
    assert parse_signed(someone.pair.node.sent[-1])[0] == tx, "no refresh: the fee stays above the first one's"


async def test_only_the_newest_can_be_replaced_and_by_one_at_a_time(someone: Someone) -> None:
    first = await sent(someone)
    waiting = await propose_own(someone.wallet, first.id, Own.SPEED_UP)
    assert choices(someone.wallet, someone.at_device(first)) == ()
    with pytest.raises(StateConflict) as caught:
        await propose_own(someone.wallet, first.id, Own.CANCEL)
    assert caught.value.details["request"] == waiting.id
    refuse(someone.wallet, waiting.id)
    assert choices(someone.wallet, someone.at_device(first)) == (Own.SPEED_UP, Own.CANCEL)
    second = await own(someone, first, Own.SPEED_UP)
    with pytest.raises(StateConflict):
        await propose_own(someone.wallet, first.id, Own.CANCEL)
    third = await own(someone, second, Own.CANCEL)
    assert third.state is S.SENT
    assert bytes_of(third).max_fee * 10 >= bytes_of(second).max_fee * 11


async def test_two_clicks_make_one_child(someone: Someone) -> None:
    first = await sent(someone)
    answers = await asyncio.gather(
        *(outcome(propose_own(someone.wallet, first.id, act)) for act in (Own.SPEED_UP, Own.CANCEL))
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Request", "StateConflict"]
    assert len(requests.children(someone.pair.device.db, first.id)) == 1


@pytest.mark.parametrize("method", list(Own))
async def test_no_site_can_ask_for_what_is_the_wallets_own(someone: Someone, method: Own) -> None:
    first = await sent(someone)
    assert first.unsigned is not None
    caller = provider.Caller(first.origin, None, None, None)
    with pytest.raises(WalletError) as caught:
        await provider.answer(someone.wallet, caller, method.value, ["0x" + first.unsigned.hex()], "{}")
    assert caught.value.code == 1005
    assert len(requests.listed(someone.pair.device.db)) == 2  # the connection and the first one


async def test_what_waits_is_mined_or_a_text_can_not_be_replaced(someone: Someone) -> None:
    text = await someone.decide(await someone.ask_to_sign())
    waiting = await someone.ask_to_send()
    first = await sent(someone)
    someone.pair.node.status_now = "mined"
    for request in (text, waiting, first):
        with pytest.raises(StateConflict):
            await propose_own(someone.wallet, request.id, Own.CANCEL)


# ── what the other party accepts ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "lie",
    [
        {"value": 2 * 10**18},
        {"to": bytes(20)},
        {"data": b"\x01"},
        {"nonce": 1},
        {"access_list": ((bytes(20), ()),)},
        {"type": 0, "priority_fee": None},
    ],
    ids=lambda lie: next(iter(lie)),
)
async def test_another_act_is_no_child_of_what_holds_the_nonce(someone: Someone, lie: dict[str, Any]) -> None:
    first = await sent(someone)
    child = await propose_own(someone.wallet, first.id, Own.SPEED_UP)
    with pytest.raises(PolicyRefused) as caught:
        await _consent(someone, _bent(someone, child, lie))
    assert caught.value.word == "child"
    assert slots.holders(someone.pair.cosigner.db, CHAIN, someone.address, "nonce:0")[0].request_id == first.id
    assert (await _consent(someone, _proposal(someone, child)))["nonce"], "the measure: an honest one is agreed to"


@pytest.mark.parametrize("lie", [{"value": 1}, {"data": b"\x01"}, {"to": bytes(20)}], ids=lambda lie: next(iter(lie)))
async def test_a_cancellation_that_does_something_is_none(someone: Someone, lie: dict[str, Any]) -> None:
    first = await sent(someone)
    child = await propose_own(someone.wallet, first.id, Own.CANCEL)
    with pytest.raises(WalletError) as caught:
        await _consent(someone, _bent(someone, child, lie))
    assert caught.value.word in {"child", "call_to_itself"}
    assert (await _consent(someone, _proposal(someone, child)))["nonce"]


def _bent(someone: Someone, child: Request, lie: dict[str, Any]) -> Any:
    """Other bytes under the child's name, as a device asks for them that checks nothing itself."""
    tx = bytes_of(child)
    fields = {name: tx.max_fee if value is None else value for name, value in lie.items()}
    bent = encode_unsigned(dataclasses.replace(tx, **fields))
    return dataclasses.replace(_proposal(someone, child), unsigned=bent, fee_cap=10**20)


async def test_a_child_of_another_request_does_not_get_the_nonce(someone: Someone) -> None:
    first = await sent(someone)
    someone.pair.node.facts_now = dataclasses.replace(someone.pair.node.facts_now, nonce=1)
    second = await sent(someone)
    child = await propose_own(someone.wallet, second.id, Own.CANCEL)
    proposal = dataclasses.replace(_proposal(someone, child), parent=first.id)
    with pytest.raises(PolicyRefused) as caught:
        await _consent(someone, proposal)
    assert caught.value.word == "child"
    orphan = dataclasses.replace(_proposal(someone, child), parent="00" * 16)
    with pytest.raises(SlotHeld):
        await _consent(someone, orphan)
    with pytest.raises(SlotHeld):
        await _consent(someone, dataclasses.replace(_proposal(someone, child), parent=""))
    await _consent(someone, _proposal(someone, child))


def _proposal(someone: Someone, request: Request) -> Any:
    return proposal_of(someone.wallet, request)


async def _consent(someone: Someone, proposal: Any) -> Any:
    body = {"proposal": proposal.as_dict(), "records": record_heads(someone.pair.device.db, someone.vault.id)}
    return await someone.pair.device.links.call(someone.pair.cosigner.identity.public, "request_consent", body)


async def test_once_the_child_is_out_the_first_one_can_not_be_signed_again(someone: Someone) -> None:
    first = await sent(someone)
    await own(someone, first, Own.CANCEL)
    again = await someone.ask_to_send(nonce="0x0")
    assert isinstance(await outcome(someone.approve(again)), SlotHeld)


# ── how they end ──────────────────────────────────────────────────────────────────────────────────


async def test_when_one_is_mined_the_other_is_dead(someone: Someone) -> None:
    first = await sent(someone)
    child = await own(someone, first, Own.SPEED_UP)
    assert child.transaction_id is not None
    someone.pair.node.status_of[child.transaction_id] = "mined"
    someone.pair.node.status_now = "replaced"
    await looked(someone)
    assert (someone.at_device(first).state, someone.at_device(child).state) == (S.DEAD, S.FINAL)
    assert slots.held(someone.pair.device.db, CHAIN, someone.address) == []
    assert choices(someone.wallet, someone.at_device(first)) == ()


async def test_when_the_first_one_is_mined_after_all_its_children_end(someone: Someone) -> None:
    first = await sent(someone)
    child = await own(someone, first, Own.CANCEL)
    grandchild = await propose_own(someone.wallet, child.id, Own.SPEED_UP)
    assert first.transaction_id is not None
    someone.pair.node.status_of[first.transaction_id] = "mined"
    someone.pair.node.status_now = "replaced"
    await looked(someone)
    assert someone.at_device(first).state is S.FINAL
    assert someone.at_device(child).state is S.DEAD
    ended = someone.at_device(grandchild)
    assert (ended.state, ended.error["reason"]) == (S.FAILED, "mined")


@pytest.mark.parametrize("act", [Own.SPEED_UP, Own.CANCEL])
async def test_a_page_that_still_waits_is_answered_with_what_became_of_it(someone: Someone, act: Own) -> None:
    """The first one's bytes were never taken by the node, so its page had no answer yet."""
    first = await sent(someone)
    child = await own(someone, first, act)
    assert child.transaction_id is not None
    someone.pair.node.status_of[child.transaction_id] = "pending"
    someone.pair.node.status_now = "replaced"
    await looked(someone)
    waits = asyncio.create_task(outcome(provider.settle(someone.wallet, first)))
    assert not await eventually(waits.done, seconds=0.2), "it is not known yet which of them was done"
    someone.pair.node.status_of[child.transaction_id] = "mined"
    await looked(someone)
    answer = await asyncio.wait_for(waits, 5)
    if act is Own.SPEED_UP:
        assert answer == child.transaction_id
    else:
        assert isinstance(answer, Cancelled)


async def test_a_page_learns_that_something_unknown_took_the_place(someone: Someone) -> None:
    first = await sent(someone)
    someone.pair.node.status_now = "replaced"
    await looked(someone)
    with pytest.raises(ProtocolAbort) as caught:
        await provider.settle(someone.wallet, first)
    assert caught.value.word == "replaced"


# ── parties that know different things ────────────────────────────────────────────────────────────


@pytest.fixture
def _briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "CEREMONY_SECONDS", 1.5)
    monkeypatch.setattr(participation, "BEGIN_SECONDS", 1)


async def killed_at(
    someone: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, frame: str, theirs: S
) -> Request:
    """The device is killed just before it acts on a frame of its worker, once the co-signer is in a state."""
    request = await someone.ask_to_send()
    device, kill = someone.pair.device, Kill(someone.pair.device, tmp_path)
    pool, hear = device.pool, ThreadWorker.hear

    async def heard(worker: ThreadWorker) -> dict[str, Any]:
        found = await hear(worker)
        if frame in {found.get("effect"), found["kind"]} and worker._pool is pool:
            assert await eventually(lambda: someone.at_cosigner(request).state is theirs)
            kill()
            await asyncio.get_running_loop().create_future()  # the dead do nothing more
        return found

    monkeypatch.setattr(ThreadWorker, "hear", heard)
    step = await someone.approve(request)
    name, response = someone.touch(step)
    work = asyncio.create_task(outcome(someone.answer(step, response, name)))
    assert await eventually(lambda: kill.happened)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    monkeypatch.setattr(ThreadWorker, "hear", hear)
    await kill.revive()
    return request


async def stuck(someone: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Request:
    """The co-signer released and the device did not: no signature anywhere, and a nonce that one of them holds."""
    request = await killed_at(someone, tmp_path, monkeypatch, frame="release", theirs=S.RELEASED)
    assert someone.at_device(request).state is S.FAILED
    assert someone.at_cosigner(request).state is S.RELEASED
    return request


@pytest.mark.usefixtures("_briefly")
async def test_a_nonce_that_only_the_helper_holds_is_learnt_of_and_freed_by_a_cancellation(
    someone: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await stuck(someone, tmp_path, monkeypatch)
    await looked(someone)
    assert unsettled.is_held(someone.pair.device.db, request.id)
    assert choices(someone.wallet, someone.at_device(request)) == (Own.CANCEL,)
    monkeypatch.setattr(hub, "CEREMONY_SECONDS", 30)
    monkeypatch.setattr(participation, "BEGIN_SECONDS", 30)
    blocked = await someone.ask_to_send(wei=3)
    assert isinstance(await outcome(someone.approve(blocked)), SlotHeld)
    done = await own(someone, request, Own.CANCEL)
    assert done.state is S.SENT, done.error
    assert len(someone.pair.node.sent) == 1
    someone.pair.node.facts_now = dataclasses.replace(someone.pair.node.facts_now, nonce=1)
    assert (await someone.decide(blocked)).state is S.SENT
    assert bytes_of(someone.at_device(blocked)).nonce == 1
    someone.pair.node.status_now = "replaced"
    await looked(someone)
    assert unsettled.listed(someone.pair.device.db) == []
    assert choices(someone.wallet, someone.at_device(request)) == ()


@pytest.mark.usefixtures("_briefly")
async def test_a_helper_that_had_not_released_lets_go_when_asked(someone: Someone, tmp_path: Path) -> None:
    request = await someone.ask_to_send()
    kill = Kill(someone.pair.device, tmp_path)
    at_frame(someone.pair.device, "round", kill)
    await touched(someone, request)
    await kill.revive()
    assert [item.request_id for item in unsettled.listed(someone.pair.device.db)] == [request.id]
    await looked(someone)
    assert unsettled.listed(someone.pair.device.db) == []
    assert someone.at_cosigner(request).state is S.FAILED


@pytest.mark.usefixtures("_briefly")
async def test_what_is_not_answered_is_asked_again(
    someone: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await stuck(someone, tmp_path, monkeypatch)
    someone.pair.wire.dead.add("cosigner")
    await looked(someone)
    assert not unsettled.is_held(someone.pair.device.db, request.id)
    someone.pair.wire.dead.discard("cosigner")
    await looked(someone)
    assert unsettled.is_held(someone.pair.device.db, request.id)


@pytest.mark.usefixtures("_briefly")
async def test_bytes_that_only_the_helper_has_are_fetched_and_sent(
    someone: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await killed_at(someone, tmp_path, monkeypatch, frame="result", theirs=S.SIGNED)
    assert someone.at_device(request).state is S.RELEASED
    someone.pair.node.status_now = "unknown"
    await looked(someone, 2)
    assert someone.at_device(request).state is S.SENT
    assert set(someone.pair.node.sent) == {someone.at_cosigner(request).signed}


@pytest.mark.usefixtures("_briefly")
async def test_bytes_of_the_helper_that_were_not_approved_here_are_not_taken(
    someone: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await sent(someone)
    someone.pair.node.facts_now = dataclasses.replace(someone.pair.node.facts_now, nonce=1)
    request = await killed_at(someone, tmp_path, monkeypatch, frame="result", theirs=S.SIGNED)
    assert other.signed is not None
    bad = {"held": True, "signed": other.signed.hex()}
    monkeypatch.setitem(peer_calls._ROWS, "request_settle", lambda *_of: bad)
    before = list(someone.pair.node.sent)
    await looked(someone)
    assert someone.at_device(request).state is S.RELEASED
    assert someone.pair.node.sent == before


async def test_no_stranger_and_no_other_party_settles_a_request(someone: Someone) -> None:
    first = await someone.ask_to_send()
    await someone.approve(first)
    with pytest.raises(WalletError):
        settle.answer(someone.pair.cosigner.wallet, bytes(32), {"request_id": first.id})
    assert someone.at_cosigner(first).state is S.CONSENTED


# ── gaps ──────────────────────────────────────────────────────────────────────────────────────────


async def test_a_gap_is_told_and_can_be_filled(someone: Someone) -> None:
    untouched, after = await someone.ask_to_send(wei=1), await someone.ask_to_send(wei=2)
    await someone.approve(untouched)
    done = await someone.decide(after)
    assert bytes_of(done).nonce == 1
    await looked(someone)
    assert replace.waits_for(someone.at_device(after)) is None, "the first one may still be touched"
    refuse(someone.wallet, untouched.id)
    await looked(someone)
    assert replace.waits_for(someone.at_device(after)) == "nonce:0"
    assert Own.FILL in choices(someone.wallet, someone.at_device(after))
    filled = await own(someone, after, Own.FILL)
    assert filled.state is S.SENT
    assert (bytes_of(filled).nonce, bytes_of(filled).value, filled.parent_id) == (0, 0, None)
    await looked(someone)
    assert replace.waits_for(someone.at_device(after)) is None


async def test_the_next_transaction_fills_a_gap_by_itself(someone: Someone) -> None:
    untouched, after = await someone.ask_to_send(wei=1), await someone.ask_to_send(wei=2)
    await someone.approve(untouched)
    await someone.decide(after)
    refuse(someone.wallet, untouched.id)
    assert bytes_of(await sent(someone, wei=3)).nonce == 0


async def test_a_helper_gives_the_slot_back_where_not_all_consented(
    someone: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two helpers of which the second says no: played by the one there is, which consents and then can't be heard."""
    request = await someone.ask_to_send()

    async def unheard(*_of: Any) -> bytes:
        await real(*_of)
        raise PolicyRefused(reason="needs_person")

    real = approve._consent_of
    monkeypatch.setattr(approve, "_consent_of", unheard)
    assert isinstance(await outcome(someone.approve(request)), PolicyRefused)
    db = someone.pair.cosigner.db
    assert await eventually(lambda: slots.held(db, CHAIN, someone.address) == [])
    assert someone.at_cosigner(request).state is S.CONSENTED
    monkeypatch.undo()
    assert (await someone.decide(request)).state is S.SENT
