"""A failed oblivious-transfer check: marked on the disk before a word of it leaves, for good, and for all sessions."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from counterfoil.agent.ceremony import hub, worker
from counterfoil.errors import Poisoned
from counterfoil.store import poison, slots
from counterfoil.types import RequestState as S
from tests.fakes.two_agent_person import CHAIN, Someone, outcome
from tests.fakes.two_agents import Agent, Crossing


class Tamper:
    """One party's worker lies in one oblivious-transfer message. Workers are threads here: which one is told by whom it serves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, liar: int, number: int) -> None:
        self.liar = liar
        self.on = True
        original = worker.Worker._carry_out

        def carry_out(this: Any, step: Any, machine: Any, channel: Any) -> None:
            if self.on and channel.index == self.liar and step.round == number and step.outgoing:
                step = _bent(step)
            original(this, step, machine, channel)

        monkeypatch.setattr(worker.Worker, "_carry_out", carry_out)


def _bent(step: Any) -> Any:
    outgoing = tuple(
        message
        if message.to is None
        else dataclasses.replace(message, payload=message.payload[:400] + _flip(message.payload[400:]))
        for message in step.outgoing
    )
    return dataclasses.replace(step, outgoing=outgoing)


def _flip(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


async def signed(someone: Someone, **call: Any) -> Any:
    request = await someone.ask_to_send(**call)
    step = await someone.approve(request)
    name, response = someone.touch(step)
    await outcome(someone.answer(step, response, name))
    return someone.at_device(request)


def marks(agent: Agent, someone: Someone) -> frozenset[int]:
    return poison.marked(agent.db, someone.vault.id, 0)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "CEREMONY_SECONDS", 20)


@pytest.mark.parametrize("number", [1, 2])
async def test_the_mark_is_on_the_disk_before_the_abort_leaves(
    someone: Someone, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The device lies; the co-signer's mark is there when the first word of its abort passes."""
    Tamper(monkeypatch, liar=1, number=number)
    seen: list[frozenset[int]] = []

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "ceremony_report" and crossing.body["what"] == "abort":
            seen.append(marks(someone.pair.cosigner, someone))

    someone.pair.wire.hook = hook
    request = await signed(someone)
    assert request.state is (S.FAILED if number == 1 else S.RELEASED)
    assert request.signed is None
    assert seen and seen[0] == {1}
    assert marks(someone.pair.device, someone) == frozenset(), "the liar's own view is not the other's word"


async def test_with_a_party_that_failed_a_check_nothing_is_ever_signed_again(
    someone: Someone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tamper = Tamper(monkeypatch, liar=2, number=1)
    assert (await signed(someone)).state is S.FAILED
    assert marks(someone.pair.device, someone) == {2}
    tamper.on = False
    again = await outcome(someone.approve(await someone.ask_to_send(wei=2)))
    assert (type(again), again.culprits) == (Poisoned, (2,))
    image = someone.pair.device.image(tmp_path / "restarted")
    await someone.pair.device.revive(image)
    again = await outcome(someone.approve(await someone.ask_to_send(wei=3)))
    assert (type(again), again.culprits) == (Poisoned, (2,))
    assert someone.pair.node.sent == []


async def test_the_victim_refuses_also_where_the_liar_asks(someone: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    tamper = Tamper(monkeypatch, liar=1, number=1)
    assert (await signed(someone)).state is S.FAILED
    tamper.on = False
    request = await signed(someone, wei=2)
    assert request.state is S.FAILED
    assert request.error["code"] == Poisoned.code
    assert request.error["details"]["said_by"] == "peer"
    assert slots.held(someone.pair.device.db, CHAIN, someone.address) == []


async def test_a_kill_right_after_the_mark_does_not_lose_it(
    someone: Someone, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Tamper(monkeypatch, liar=1, number=1)
    cosigner = someone.pair.cosigner
    images: list[Path] = []

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "ceremony_report" and crossing.body["what"] == "abort" and not images:
            images.append(cosigner.image(tmp_path / "killed"))

    someone.pair.wire.hook = hook
    await signed(someone)
    await cosigner.revive(images[0])
    assert marks(cosigner, someone) == {1}


async def test_other_ceremonies_with_that_party_die_in_the_same_moment(
    someone: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two texts are being signed; the co-signer lies in one: the other one ends too, on the device's own finding."""
    first, second = await someone.ask_to_sign("one"), await someone.ask_to_sign("two")
    held = asyncio.Event()
    ids: list[str] = []

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "ceremony_begin" and not ids:
            ids.append(crossing.body["ceremony_id"])
            held.set()
        if crossing.kind in {"ceremony_begin", "ceremony_box"} and crossing.body["ceremony_id"] in ids:
            await asyncio.sleep(3600)  # the first one waits in the middle

    someone.pair.wire.hook = hook
    device = someone.pair.device
    device.links._order = _NoOrder()
    step = await someone.approve(first)
    name, response = someone.touch(step)
    waiting = asyncio.create_task(outcome(someone.answer(step, response, name)))
    await held.wait()
    Tamper(monkeypatch, liar=2, number=1)
    step = await someone.approve(second)
    name, response = someone.touch(step)
    await outcome(someone.answer(step, response, name))
    assert someone.at_device(second).state is S.FAILED
    await asyncio.wait_for(waiting, 5)
    ended = someone.at_device(first)
    assert (ended.state, ended.error["code"]) == (S.FAILED, Poisoned.code)
    assert ended.error["details"] == {"culprits": [2]}
    await device.links.close()


class _NoOrder:
    """The first ceremony's notes are stuck; the second's pass."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_of: object) -> None:
        return None


async def test_an_accusation_out_of_order_marks_nobody(someone: Someone) -> None:
    cosigner = someone.pair.cosigner
    body = {"ceremony_id": "00" * 16, "what": "abort", "error": Poisoned(culprits=[1]).as_dict()}
    await someone.pair.device.links.notify(cosigner.identity.public, "ceremony_report", body)
    await asyncio.sleep(0)
    assert (await signed(someone)).state is S.SENT
    for agent in someone.pair.both:
        assert marks(agent, someone) == frozenset()
