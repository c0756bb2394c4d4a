"""A helping party that refuses, sleeps, sends garbage, gives up half-way or goes: a typed end, in time, and a free nonce."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from counterfoil.agent.ceremony import hub, participation
from counterfoil.errors import (
    Ban,
    InvalidMessage,
    Locked,
    PartyUnavailable,
    Poisoned,
    PolicyRefused,
    ProtocolAbort,
    RequestExpired,
    Retry,
    SlotHeld,
    WalletError,
)
from counterfoil.store import poison, slots
from counterfoil.types import RequestState as S
from counterfoil.wallet.end import expire_due, refuse
from counterfoil.wallet.steps import Done
from tests.adversary.ceremony.stops import at_effect, at_frame, at_message, eventually
from tests.fakes.two_agent_person import CHAIN, Someone, outcome
from tests.fakes.two_agents import Crossing, Lost


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "CEREMONY_SECONDS", 1)
    monkeypatch.setattr(hub, "LAST_WORD_SECONDS", 0.3)
    monkeypatch.setattr(participation, "BEGIN_SECONDS", 1)


async def both_let_go_and_the_next_one_works(someone: Someone) -> None:
    someone.pair.wire.hook = _no_change
    hub.CEREMONY_SECONDS = participation.BEGIN_SECONDS = 30  # honest ones have time
    assert await eventually(
        lambda: all(slots.held(agent.db, CHAIN, someone.address) == [] for agent in someone.pair.both)
    ), "somebody still holds the nonce"
    assert (await someone.decide(await someone.ask_to_send(wei=4))).state is S.SENT


async def _no_change(_crossing: Crossing) -> None:
    return None


def says(kind: str, error: BaseException) -> Any:
    async def hook(crossing: Crossing) -> None:
        if crossing.kind == kind:
            raise error

    return hook


# ── before the touch ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [PolicyRefused(), Locked(), Retry(), PartyUnavailable()], ids=lambda e: e.word)
async def test_a_refused_consent_costs_no_touch_and_can_be_asked_for_again(
    someone: Someone, error: WalletError
) -> None:
    request = await someone.ask_to_send()
    someone.pair.wire.hook = says("request_consent", error)
    assert type(await outcome(someone.approve(request))) is type(error)
    assert someone.at_device(request).state is S.PROPOSED
    someone.pair.wire.hook = _no_change
    assert (await someone.decide(request)).state is S.SENT


async def test_a_locked_co_signer_says_so(someone: Someone) -> None:
    request = await someone.ask_to_send()
    someone.pair.cosigner.wallet.unlocked.lock()
    answer = await outcome(someone.approve(request))
    assert (type(answer), answer.details["said_by"]) == (Locked, "peer")
    assert slots.held(someone.pair.cosigner.db, CHAIN, someone.address) == []


async def test_a_helper_that_never_consents_is_waited_for_while_the_request_lives_and_no_longer(
    someone: Someone,
) -> None:
    request = await someone.ask_to_send()
    someone.pair.wire.hook = says("request_consent/answer", Lost())
    someone.pair.clock.now = request.expires_at - 1
    loop = asyncio.get_running_loop()
    before = loop.time()
    assert isinstance(await outcome(someone.approve(request)), PartyUnavailable)
    assert loop.time() - before < 5
    refuse(someone.wallet, request.id)
    await both_let_go_and_the_next_one_works(someone)


async def test_a_request_refused_while_a_consent_is_under_way_is_let_go_of_by_both(someone: Someone) -> None:
    request = await someone.ask_to_send()
    at_message(someone.pair.device, "request_consent/answer", lambda: refuse(someone.wallet, request.id) and None)
    assert isinstance(await outcome(someone.approve(request)), WalletError)
    assert someone.at_device(request).state is S.REFUSED
    await both_let_go_and_the_next_one_works(someone)


async def test_a_refused_window_lets_the_other_party_go_too(someone: Someone) -> None:
    request = await someone.ask_to_send()
    await someone.approve(request)
    assert slots.held(someone.pair.cosigner.db, CHAIN, someone.address) == ["nonce:0"]
    refuse(someone.wallet, request.id)
    await both_let_go_and_the_next_one_works(someone)


async def test_a_request_that_expires_is_let_go_of_by_each_for_itself(someone: Someone) -> None:
    request = await someone.ask_to_send()
    await someone.approve(request)
    someone.pair.wire.hook = says("request_drop", Lost())
    someone.pair.clock.now = request.expires_at
    for agent in someone.pair.both:
        expire_due(agent.wallet)
    assert someone.at_device(request).state is someone.at_cosigner(request).state is S.EXPIRED
    await both_let_go_and_the_next_one_works(someone)


# ── in the ceremony ───────────────────────────────────────────────────────────────────────────────


async def failed(someone: Someone, hook: Any = None) -> Any:
    """A request that comes to nothing; its error as the device keeps it."""
    if hook is not None:
        someone.pair.wire.hook = hook
    request = await someone.ask_to_send()
    step = await someone.approve(request)
    name, response = someone.touch(step)
    done = await someone.answer(step, response, name)
    assert isinstance(done, Done)
    kept = someone.at_device(request)
    assert kept.state is S.FAILED, kept.state
    assert kept.signed is None
    assert kept.error["code"] != 9000
    return kept.error


async def test_a_helper_that_declines_to_join_ends_it(someone: Someone) -> None:
    error = await failed(someone, says("ceremony_join", PolicyRefused()))
    assert error["code"] == PolicyRefused.code
    await both_let_go_and_the_next_one_works(someone)


@pytest.mark.parametrize("kind", ["ceremony_join/answer", "ceremony_begin", "ceremony_box", "ceremony_report"])
async def test_a_helper_that_falls_silent_ends_it_in_time(someone: Someone, kind: str) -> None:
    error = await failed(someone, says(kind, Lost()))
    assert error["code"] in {Retry.code, InvalidMessage.code}
    await both_let_go_and_the_next_one_works(someone)


async def test_a_ceremony_never_outlives_its_request(someone: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "CEREMONY_SECONDS", 60)
    someone.pair.wire.hook = says("ceremony_begin", Lost())
    request = await someone.ask_to_send()
    step = await someone.approve(request)
    name, response = someone.touch(step)
    someone.pair.clock.now = request.expires_at - 1
    before = asyncio.get_running_loop().time()
    await someone.answer(step, response, name)
    assert asyncio.get_running_loop().time() - before < 5
    assert someone.at_device(request).state is S.FAILED


async def test_a_request_that_expires_in_the_ceremony_is_not_released(someone: Someone) -> None:
    request = await someone.ask_to_send()

    def late() -> None:
        someone.pair.clock.now = request.expires_at
        expire_due(someone.wallet)

    at_effect(someone.pair.device, "release", late)
    step = await someone.approve(request)
    name, response = someone.touch(step)
    done = await outcome(someone.answer(step, response, name))
    assert isinstance(done, Done)
    assert someone.at_device(request).state is S.EXPIRED
    assert someone.at_device(request).error["code"] == RequestExpired.code
    assert someone.pair.node.sent == []


def garbage(kind: str, member: str, number: int, make: Any) -> Any:
    """Changes the ``number``-th message of a kind."""
    count = 0

    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        nonlocal count
        if crossing.kind != kind or member not in crossing.body:
            return None
        count += 1
        return {**crossing.body, member: make(crossing.body[member])} if count == number else None

    return hook


def flipped(box: str) -> str:
    middle = len(box) // 2
    return box[:middle] + ("A" if box[middle] != "A" else "B") + box[middle + 1 :]


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("kind", ["ceremony_box", "ceremony_report"])
@pytest.mark.parametrize(
    "make",
    [flipped, lambda _box: "", lambda _box: "not base64!", lambda box: box * 2],
    ids=["bit", "no", "text", "long"],
)
async def test_a_garbled_box_ends_in_an_error_and_poisons_nobody(
    someone: Someone, kind: str, number: int, make: Any
) -> None:
    request = await someone.ask_to_send()
    someone.pair.wire.hook = garbage(kind, "box", number, make)
    step = await someone.approve(request)
    name, response = someone.touch(step)
    done = await someone.answer(step, response, name)
    state = done.request.state
    assert state in {S.FAILED, S.RELEASED, S.SENT}, state
    assert number == 3 or state is S.FAILED, "before the last round nothing was released"
    for agent in someone.pair.both:
        assert poison.marked(agent.db, someone.vault.id, 0) == frozenset()
    if state is S.FAILED and await eventually(lambda: someone.at_cosigner(request).state is S.FAILED, 3):
        await both_let_go_and_the_next_one_works(someone)


@pytest.mark.parametrize(
    "body",
    [
        {"what": "box"},
        {"what": "box", "to": "1", "box": 5},
        {"what": "round", "round": "x", "of": 3},
        {"what": "dance"},
        {},
        {"what": "abort"},
        {"what": "abort", "error": "no"},
        {"what": "abort", "error": {}},
    ],
    ids=str,
)
async def test_a_report_of_another_form_ends_in_an_error(someone: Someone, body: dict[str, Any]) -> None:
    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind == "ceremony_report":
            return {"ceremony_id": crossing.body["ceremony_id"], **body}
        return None

    await failed(someone, hook)
    await both_let_go_and_the_next_one_works(someone)


@pytest.mark.parametrize("body", [{}, {"joins": "x"}, {"joins": [1]}, {"joins": []}, {"joins": ["AA"]}], ids=str)
async def test_joins_of_another_form_are_refused_by_the_helper(someone: Someone, body: dict[str, Any]) -> None:
    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind == "ceremony_begin":
            return {"ceremony_id": crossing.body["ceremony_id"], **body}
        return None

    await failed(someone, hook)
    await both_let_go_and_the_next_one_works(someone)


@pytest.mark.parametrize("said", [Ban(culprits=[1]), Poisoned(culprits=[1]), ProtocolAbort()], ids=lambda e: e.word)
async def test_a_helpers_accusation_is_told_as_its_word_and_marks_nobody(someone: Someone, said: WalletError) -> None:
    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind == "ceremony_report":
            return {"ceremony_id": crossing.body["ceremony_id"], "what": "abort", "error": said.as_dict()}
        return None

    error = await failed(someone, hook)
    assert (error["code"], error["details"]["said_by"]) == (said.code, "peer")
    for agent in someone.pair.both:
        assert poison.marked(agent.db, someone.vault.id, 0) == frozenset()
    await both_let_go_and_the_next_one_works(someone)


async def test_a_helper_that_says_it_is_done_without_being_so_wins_nothing(someone: Someone) -> None:
    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind == "ceremony_report":
            return {"ceremony_id": crossing.body["ceremony_id"], "what": "result"}
        return None

    error = await failed(someone, hook)
    assert error["code"] == Retry.code
    await both_let_go_and_the_next_one_works(someone)


async def test_a_helper_whose_worker_dies_half_way_ends_it(someone: Someone) -> None:
    helper = someone.pair.cosigner

    def kill() -> None:
        helper.pool.started[-1].kill()

    at_frame(helper, "round", kill)
    error = await failed(someone)
    assert (error["code"], error["details"]["said_by"]) == (Retry.code, "peer")
    await both_let_go_and_the_next_one_works(someone)


async def test_after_release_a_broken_ceremony_keeps_the_nonce_on_both_sides(someone: Someone) -> None:
    """The co-signer's last message never comes: it released, this device did; nobody may sign another with this nonce."""
    released = []

    async def hook(crossing: Crossing) -> None:
        if released and crossing.kind == "ceremony_report":
            raise Lost

    at_effect(someone.pair.cosigner, "release", lambda: released.append(1))
    someone.pair.wire.hook = hook
    request = await someone.ask_to_send()
    step = await someone.approve(request)
    name, response = someone.touch(step)
    await someone.answer(step, response, name)
    someone.pair.wire.hook = _no_change
    assert someone.at_device(request).state is S.RELEASED
    assert someone.at_device(request).error["reason"] == "unfinished_after_release"
    assert someone.at_cosigner(request).state in {S.RELEASED, S.SIGNED}
    for agent in someone.pair.both:
        assert slots.held(agent.db, CHAIN, someone.address) == ["nonce:0"]
    refuse(someone.wallet, request.id)
    assert someone.at_device(request).state is S.RELEASED
    assert isinstance(await outcome(someone.approve(await someone.ask_to_send(wei=9, nonce="0x0"))), SlotHeld)
