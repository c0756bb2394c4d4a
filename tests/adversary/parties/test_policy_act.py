"""Setting a party's policy: the home passkey here, the person there, and the same record on both sides or on none."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from counterfoil.errors import AssertionRefused, InvalidMessage, StateConflict, UserRejected, WalletError
from counterfoil.policy import Limit
from counterfoil.store import records, requests
from counterfoil.store.records import RecordKind
from counterfoil.types import Origin, RequestState
from counterfoil.wallet import approve as approving
from counterfoil.wallet import consents, end, set_policy
from counterfoil.wallet.policy_records import PolicyRecord, policy_record
from counterfoil.wallet.propose import Caller
from counterfoil.wallet.record_wire import parse_record, record_as_dict, signed_record
from counterfoil.wallet.steps import AssertHomePasskey, Done, WaitForOthers
from tests.adversary.bending import bent, leaves
from tests.fakes.two_agent_person import CHAIN, SITE, Someone, outcome
from tests.fakes.two_agents import Crossing

LIMIT = Limit(site=SITE, chain=CHAIN, asset="native", per_day=2 * 10**18)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consents, "ASK_AGAIN_SECONDS", 0.05)


@pytest.fixture
def apart(someone: Someone) -> Someone:
    someone.pair.cosigner.wallet.role = "device"
    return someone


def propose(someone: Someone, *limits: Limit) -> Any:
    caller = Caller(Origin("cli"), None, None, None)
    party = someone.pair.cosigner.identity.public
    return set_policy.propose_policy(
        someone.wallet, caller, someone.vault.id, party, is_interactive=not limits, limits=list(limits)
    )


async def agreed(someone: Someone, request: Any) -> AssertHomePasskey:
    """Both persons said yes; the home passkey is asked for."""
    assert isinstance(await someone.approve(request), WaitForOthers)
    there = someone.pair.cosigner.wallet
    assert isinstance(await approving.approve(there, request.id, requests.get(there.db, request.id).seq, []), Done)
    gathering = someone.wallet.consents.get(request.id)
    async with asyncio.timeout(10):
        while gathering.task is not None:  # noqa: ASYNC110 - it is two agents that have to have moved
            await asyncio.sleep(0)
    step = await someone.approve(request)
    assert isinstance(step, AssertHomePasskey)
    return step


def known(someone: Someone) -> list[bool]:
    party = someone.pair.cosigner.identity.public
    return [not policy_record(agent.db, someone.vault.id, party).is_interactive for agent in someone.pair.both]


async def test_a_policy_takes_both_persons_and_the_home_passkey(apart: Someone) -> None:
    request = propose(apart, LIMIT)
    step = await agreed(apart, request)
    assert known(apart) == [False, False]
    name, response = apart.touch(step)
    assert (await apart.answer(step, response, name)).request.state is RequestState.FINAL
    assert known(apart) == [True, True]
    assert apart.at_cosigner(request).state is RequestState.FINAL
    assert (await apart.decide(await apart.ask_to_send())).state is RequestState.SENT


async def test_the_other_person_reads_what_it_is_and_may_refuse(apart: Someone) -> None:
    request = propose(apart, LIMIT)
    await apart.approve(request)
    shown = apart.at_cosigner(request)
    assert "unasked" in shown.summary["sentence"]
    assert any("up to 2 ETH a day" in text for _, text in shown.summary["details"])
    end.refuse(apart.pair.cosigner.wallet, request.id)
    async with asyncio.timeout(10):
        while apart.at_device(request).state is not RequestState.REFUSED:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
    assert apart.at_device(request).error["code"] == UserRejected.code
    assert known(apart) == [False, False]


async def test_no_other_touch_sets_it(apart: Someone) -> None:
    request = propose(apart, LIMIT)
    step = await agreed(apart, request)
    other = dataclasses.replace(step, options={**step.options, "challenge": "A" * 43})
    _, response = apart.touch(other)
    with pytest.raises(AssertionRefused):
        await apart.answer(step, response, "assert_home_passkey")
    assert known(apart) == [False, False]


async def held_back(someone: Someone) -> dict[str, Any]:
    """An honest record, approved, that the other device never got."""
    caught: list[dict[str, Any]] = []
    step = await agreed(someone, propose(someone, LIMIT))

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "record_put":
            caught.append(crossing.body)
            raise InvalidMessage("held back")

    someone.pair.wire.hook = hook
    name, response = someone.touch(step)
    assert isinstance(await outcome(someone.answer(step, response, name)), InvalidMessage)
    someone.pair.wire.hook = _nothing
    return caught[0]


async def _nothing(_crossing: Crossing) -> None:
    return None


async def put(someone: Someone, body: dict[str, Any]) -> None:
    await someone.pair.device.links.call(someone.pair.cosigner.identity.public, "record_put", body)


async def test_no_field_of_the_record_or_its_approval_can_be_altered(apart: Someone) -> None:
    honest = await held_back(apart)
    unsigned = {"authenticatorAttachment", "clientExtensionResults", "rawId", "userHandle", "type"}
    for path in leaves(honest):
        if path[:3] == ("record", "evidence", "response") and unsigned & set(path):
            continue
        with pytest.raises(WalletError):
            await put(apart, bent(honest, path))
        assert known(apart) == [False, False], path
    await put(apart, honest)
    assert known(apart) == [False, True]


async def test_a_device_that_writes_a_policy_of_its_own_is_refused(apart: Someone) -> None:
    """It signs another record with what the person approved, or with nothing at all."""
    honest = parse_record((await held_back(apart))["record"])
    wider = PolicyRecord(apart.pair.cosigner.identity.public, False, (dataclasses.replace(LIMIT, per_day=10**30),))
    for evidence in (honest.evidence, {"first_home_passkey": True}, None, {}):
        made = signed_record(apart.wallet, apart.vault, wider, 1, evidence)
        with pytest.raises(WalletError):
            await put(apart, {"record": record_as_dict(made)})
    assert known(apart) == [False, False]


async def test_an_approval_serves_once_and_a_lower_version_is_refused(apart: Someone) -> None:
    for limits in ((LIMIT,), (), (LIMIT,)):
        request = propose(apart, *limits)
        step = await agreed(apart, request)
        name, response = apart.touch(step)
        await apart.answer(step, response, name)
    bodies = [crossing.body for crossing in apart.pair.wire.log if crossing.kind == "record_put"]
    for body in bodies:
        with pytest.raises(StateConflict):
            await put(apart, body)
    older = records.current(
        apart.pair.cosigner.db, apart.vault.id, RecordKind.POLICY, parse_record(bodies[0]["record"]).subject
    )
    assert older is not None
    with pytest.raises(StateConflict) as caught:
        records.put(apart.pair.cosigner.db, dataclasses.replace(older, version=1))
    assert caught.value.word == "older_version"


async def test_a_co_signers_person_is_the_one_at_the_window(someone: Someone) -> None:
    """In a starter vault nobody else can be asked: the window's approval and the touch are all there is."""
    request = propose(someone, LIMIT)
    assert (await someone.decide(request)).state is RequestState.FINAL
