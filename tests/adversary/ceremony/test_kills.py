"""SIGKILL at each persisted step: what is on the disk then is what the next process starts from.

``image`` copies the disk at the moment of the kill; from then on the killed agent's words reach nobody.
"""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from counterfoil.agent.ceremony import hub, jobs, participation
from counterfoil.errors import BroadcastUnknown, NotFound, SlotHeld, StateConflict, WalletError
from counterfoil.store import requests, shares, slots, vaults
from counterfoil.store.requests import Request
from counterfoil.store.vaults import VaultState
from counterfoil.types import RequestState as S
from counterfoil.wallet import sign
from counterfoil.wallet.end import refuse
from counterfoil.wallet.watch import Pace, look_once
from tests.adversary.ceremony.stops import at_effect, at_frame, at_message, eventually
from tests.fakes.two_agent_person import CHAIN, Someone, outcome
from tests.fakes.two_agents import Agent, Pair


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the dead waits briefly."""
    monkeypatch.setattr(hub, "CEREMONY_SECONDS", 1.5)
    monkeypatch.setattr(hub, "LAST_WORD_SECONDS", 0.3)
    monkeypatch.setattr(participation, "BEGIN_SECONDS", 1)


class Kill:
    """One kill: where the disk image is."""

    def __init__(self, agent: Agent, folder: Path) -> None:
        self.agent = agent
        self.folder = folder / f"image of {agent.name}"
        self.happened = False

    def __call__(self) -> None:
        self.agent.image(self.folder)
        self.agent.wire.dead.add(self.agent.name)
        self.happened = True

    async def revive(self) -> Agent:
        assert self.happened, "the moment never came"
        return await self.agent.revive(self.folder)


async def touched(someone: Someone, request: Request) -> Any:
    """Approve and touch; whatever comes of it, however long it hangs on a dead agent."""
    step = await someone.approve(request)
    name, response = someone.touch(step)
    work = asyncio.create_task(outcome(someone.answer(step, response, name)))
    done, _ = await asyncio.wait({work}, timeout=8)
    work.cancel()
    return work.result() if done else None


def digests_by_slot(agent: Agent) -> dict[str, set[tuple[str, ...]]]:
    """What this agent may have signed, by nonce: never more than one thing."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for row in agent.db.all(
        "SELECT s.slot, s.digests FROM slots s JOIN requests r ON r.id = s.request_id"
        " WHERE r.state IN ('released', 'signed', 'sent', 'final', 'dead')"
    ):
        found.setdefault(row["slot"], set()).add(row["digests"])
    return found


def nothing_signed_twice(pair: Pair) -> None:
    mine, theirs = (digests_by_slot(agent) for agent in pair.both)
    for slot in mine.keys() | theirs.keys():
        assert len(mine.get(slot, set()) | theirs.get(slot, set())) <= 1, slot


async def a_next_one_works(someone: Someone) -> None:
    hub.CEREMONY_SECONDS = participation.BEGIN_SECONDS = 30  # honest ones have time
    request = await someone.decide(await someone.ask_to_send(wei=3))
    assert request.state is S.SENT, request.error
    nothing_signed_twice(someone.pair)


# ── the device ────────────────────────────────────────────────────────────────────────────────────


async def test_killed_while_a_request_waits_it_still_waits(someone: Someone, tmp_path: Path) -> None:
    request = await someone.ask_to_send()
    kill = Kill(someone.pair.device, tmp_path)
    kill()
    await kill.revive()
    assert someone.at_device(request).state is S.PROPOSED
    assert (await someone.decide(request)).state is S.SENT


async def test_killed_after_consent_it_can_be_approved_again(someone: Someone, tmp_path: Path) -> None:
    request = await someone.ask_to_send()
    step = await someone.approve(request)
    kill = Kill(someone.pair.device, tmp_path)
    kill()
    await kill.revive()
    assert someone.at_device(request).state is S.CONSENTED
    name, response = someone.touch(step)
    with pytest.raises(StateConflict):
        await someone.answer(step, response, name)
    assert (await someone.decide(request)).state is S.SENT
    nothing_signed_twice(someone.pair)


async def test_killed_while_asking_for_consent_the_helper_lets_go_for_the_next_request(
    someone: Someone, tmp_path: Path
) -> None:
    """The co-signer consented; the device never heard of it, and forgot that it asked."""
    request = await someone.ask_to_send()
    kill = Kill(someone.pair.device, tmp_path)
    at_message(someone.pair.device, "request_consent/answer", kill)
    work = asyncio.create_task(outcome(someone.approve(request)))
    await asyncio.wait({work}, timeout=0.5)
    work.cancel()
    await kill.revive()
    assert someone.at_device(request).state is S.PROPOSED
    assert someone.at_cosigner(request).state is S.CONSENTED
    approve_refused(someone, request)
    await a_next_one_works(someone)
    assert someone.at_cosigner(request).state is S.FAILED


def approve_refused(someone: Someone, request: Request) -> None:
    someone.pair.wire.dead.add("cosigner")  # and even the word of its end is lost
    refuse(someone.wallet, request.id)
    someone.pair.wire.dead.discard("cosigner")
    assert someone.at_device(request).state is S.REFUSED


@pytest.mark.parametrize("moment", ["join", "round", "release"])
async def test_killed_before_it_released_nothing_is_signed_and_both_let_go(
    someone: Someone, tmp_path: Path, moment: str
) -> None:
    request = await someone.ask_to_send()
    kill = Kill(someone.pair.device, tmp_path)
    if moment == "release":
        at_effect(someone.pair.device, "release", kill)
    else:
        at_frame(someone.pair.device, moment, kill)
    await touched(someone, request)
    await kill.revive()
    assert someone.at_device(request).state is S.FAILED
    assert someone.at_device(request).signed is None
    theirs = someone.at_cosigner(request)
    assert theirs.state in {S.FAILED, S.RELEASED}
    if theirs.state is S.FAILED:
        await a_next_one_works(someone)
    else:  # it lent its share to these very bytes, and never to others at this nonce
        again = await someone.ask_to_send(wei=3)
        answer = await outcome(someone.approve(again))
        assert isinstance(answer, WalletError)
    nothing_signed_twice(someone.pair)
    assert someone.at_device(request).signed is None and someone.at_cosigner(request).signed is None


async def test_killed_after_it_released_the_nonce_stays_held(someone: Someone, tmp_path: Path) -> None:
    request = await someone.ask_to_send()
    kill = Kill(someone.pair.device, tmp_path)
    at_frame(someone.pair.device, "result", kill)
    await touched(someone, request)
    await kill.revive()
    someone.pair.wire.dead.add("cosigner")
    assert someone.at_device(request).state is S.RELEASED
    assert slots.held(someone.pair.device.db, CHAIN, someone.address) == ["nonce:0"]
    for _ in range(2):
        await look_once(someone.wallet, Pace())
    assert someone.at_device(request).state is S.RELEASED
    other = await someone.ask_to_send(wei=3, nonce="0x0")
    assert isinstance(await outcome(someone.approve(other)), SlotHeld)
    assert someone.at_device(request).error["reason"] == "unfinished_after_release"
    nothing_signed_twice(someone.pair)
    someone.pair.clock.now = request.expires_at + 1
    await look_once(someone.wallet, Pace())
    assert someone.at_device(request).state is S.RELEASED, "not even expiry lets go of it"
    someone.pair.node.status_now = "replaced"
    await look_once(someone.wallet, Pace())
    assert someone.at_device(request).state is S.DEAD
    assert slots.held(someone.pair.device.db, CHAIN, someone.address) == []


async def test_killed_with_finished_bytes_they_are_sent_as_they_are(
    someone: Someone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = await someone.ask_to_send()
    kill = Kill(someone.pair.device, tmp_path)

    async def killed_instead(_wallet: Any, signed: Request) -> Request:
        kill()
        return signed

    monkeypatch.setattr(sign, "broadcast", killed_instead)
    await touched(someone, request)
    monkeypatch.undo()
    await kill.revive()
    signed = someone.at_device(request)
    assert signed.state is S.SIGNED
    assert someone.pair.node.sent == []
    someone.pair.node.status_now = "unknown"
    await look_once(someone.wallet, Pace())
    assert someone.at_device(request).state is S.SENT
    assert someone.pair.node.sent == [signed.signed] == [someone.at_cosigner(request).signed]


async def test_sent_without_an_answer_it_is_sent_again_byte_for_byte_after_a_kill(
    someone: Someone, tmp_path: Path
) -> None:
    someone.pair.node.error = BroadcastUnknown()
    request = await someone.decide(await someone.ask_to_send())
    assert request.state is S.SIGNED
    kill = Kill(someone.pair.device, tmp_path)
    kill()
    await kill.revive()
    someone.pair.node.error, someone.pair.node.status_now = None, "unknown"
    for _ in range(3):
        await look_once(someone.wallet, Pace())
    assert someone.at_device(request).state is S.SENT
    assert len(someone.pair.node.sent) >= 3
    assert set(someone.pair.node.sent) == {request.signed}


async def test_killed_once_it_was_sent_it_is_followed_to_its_end(someone: Someone, tmp_path: Path) -> None:
    request = await someone.decide(await someone.ask_to_send())
    kill = Kill(someone.pair.device, tmp_path)
    kill()
    await kill.revive()
    assert someone.at_device(request).state is S.SENT
    someone.pair.node.status_now = "mined"
    await look_once(someone.wallet, Pace())
    assert someone.at_device(request).state is S.FINAL


# ── the co-signer ─────────────────────────────────────────────────────────────────────────────────


async def test_a_co_signer_killed_after_its_consent_is_asked_anew(someone: Someone, tmp_path: Path) -> None:
    request = await someone.ask_to_send()
    step = await someone.approve(request)
    kill = Kill(someone.pair.cosigner, tmp_path)
    kill()
    await kill.revive()
    assert someone.at_cosigner(request).state is S.CONSENTED
    name, response = someone.touch(step)
    done = await someone.answer(step, response, name)
    assert done.request.state is S.SENT, "its consent was on its disk"


@pytest.mark.parametrize("moment", ["join", "round", "release"])
async def test_a_co_signer_killed_before_it_released_lets_go(someone: Someone, tmp_path: Path, moment: str) -> None:
    request = await someone.ask_to_send()
    kill = Kill(someone.pair.cosigner, tmp_path)
    if moment == "release":
        at_effect(someone.pair.cosigner, "release", kill)
    else:
        at_frame(someone.pair.cosigner, moment, kill)
    await touched(someone, request)
    await kill.revive()
    assert someone.at_cosigner(request).state is S.FAILED
    ours = someone.at_device(request)
    assert ours.state in {S.FAILED, S.RELEASED}
    assert ours.error["reason"] == ("ceremony_timeout" if ours.state is S.FAILED else "unfinished_after_release")
    assert ours.signed is None
    nothing_signed_twice(someone.pair)
    if ours.state is S.FAILED:
        await a_next_one_works(someone)


async def test_a_signature_is_finished_though_the_co_signer_dies_with_its_last_word(
    someone: Someone, tmp_path: Path
) -> None:
    """It released and its last message left; that it never reports back must not cost the signature."""
    request = await someone.ask_to_send()
    kill = Kill(someone.pair.cosigner, tmp_path)
    at_frame(someone.pair.cosigner, "result", kill)
    await touched(someone, request)
    await kill.revive()
    ours = someone.at_device(request)
    assert ours.state is S.SENT, ours.error
    assert someone.at_cosigner(request).state is S.RELEASED
    assert slots.held(someone.pair.cosigner.db, CHAIN, someone.address) == ["nonce:0"]
    someone.pair.node.facts_now = _next_nonce(someone)
    await a_next_one_works(someone)


def _next_nonce(someone: Someone) -> Any:
    return dataclasses.replace(someone.pair.node.facts_now, nonce=1)


# ── workers ───────────────────────────────────────────────────────────────────────────────────────


def kill_worker(agent: Agent) -> None:
    """The one that was started last."""
    agent.pool.started[-1].kill()


@pytest.mark.parametrize("who", ["device", "cosigner"])
@pytest.mark.parametrize("moment", ["join", "round", "send"])
async def test_a_worker_that_dies_ends_the_request_and_nothing_else(someone: Someone, who: str, moment: str) -> None:
    agent = getattr(someone.pair, who)
    at_frame(agent, moment, lambda: kill_worker(agent))
    request = await someone.ask_to_send()
    await touched(someone, request)
    assert someone.at_device(request).state is S.FAILED
    assert someone.at_device(request).error["code"] == 3002
    assert await eventually(lambda: someone.at_cosigner(request).state is S.FAILED)
    await a_next_one_works(someone)


# ── making a vault ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(hub, "CEREMONY_SECONDS", 4)
    monkeypatch.setattr(participation, "BEGIN_SECONDS", 4)
    monkeypatch.setattr(jobs, "seal_recovery", lambda _file, _passphrase: b"sealed")  # age takes its time on purpose
    someone = Someone(Pair.at(tmp_path / "new"))
    await someone.make_home_passkey()
    yield someone
    await someone.pair.close()
    assert someone.pair.mistakes() == []


def no_half_vault_signs(agent: Agent) -> None:
    for vault in vaults.listed(agent.db):
        if vault.state is VaultState.CREATING:
            with pytest.raises(NotFound):
                shares.load(agent.db, agent.wallet.unlocked.key(), vault.id, 99)
    assert requests.listed(agent.db) == []


@pytest.mark.parametrize("who", ["device", "cosigner"])
@pytest.mark.parametrize(
    ("kind", "number"),
    [("join", 1), ("round", 1), ("round", 3), ("result", 1), ("join", 4), ("effect", 1), ("result", 4)],
)
async def test_a_kill_while_the_vault_is_made_leaves_nothing_and_one_can_try_again(
    newcomer: Someone, tmp_path: Path, who: str, kind: str, number: int
) -> None:
    agent = getattr(newcomer.pair, who)
    kill = Kill(agent, tmp_path)
    at_frame(agent, kind, kill, number=_of(who, kind, number))
    work = asyncio.create_task(outcome(newcomer.make_vault()))
    await asyncio.wait({work}, timeout=10)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await kill.revive()
    assert [v for v in vaults.listed(agent.db) if v.state is VaultState.CREATING] == []
    vault = await newcomer.make_vault()
    vaults.prove_recovery(newcomer.pair.device.db, vault.id, 1)
    assert vault.state is VaultState.READY
    assert len(vaults.listed(newcomer.pair.device.db)) == 1
    await newcomer.connect()
    assert (await newcomer.decide(await newcomer.ask_to_send())).state is S.SENT


def _of(who: str, kind: str, number: int) -> int:
    """The device runs two workers in a key generation, the co-signer one; then one each for the first signature."""
    if number < 4:
        return number
    per = {"device": {"join": 3, "result": 3}, "cosigner": {"join": 2, "result": 2}}
    return per[who][kind]


async def test_a_kill_between_the_two_parties_being_ready_leaves_one_vault_to_make(
    newcomer: Someone, tmp_path: Path
) -> None:
    kill = Kill(newcomer.pair.device, tmp_path)
    at_message(newcomer.pair.device, "vault_ready/answer", kill)
    work = asyncio.create_task(outcome(newcomer.make_vault()))
    await asyncio.wait({work}, timeout=10)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await kill.revive()
    assert vaults.listed(newcomer.pair.device.db) == []
    assert (await newcomer.make_vault()).state is VaultState.READY


async def test_a_key_generation_that_fails_is_forgotten_by_both_at_once(newcomer: Someone) -> None:
    at_frame(newcomer.pair.device, "join", lambda: kill_worker(newcomer.pair.device), number=3)
    assert isinstance(await outcome(newcomer.make_vault()), WalletError)
    assert vaults.listed(newcomer.pair.device.db) == []
    assert await eventually(lambda: vaults.listed(newcomer.pair.cosigner.db) == [])
    assert (await newcomer.make_vault()).state is VaultState.READY


async def test_two_makings_at_once_make_one_vault(newcomer: Someone) -> None:
    answers = await asyncio.gather(newcomer.make_vault(), newcomer.make_vault(), return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyExists", "Vault"]


async def test_an_unfinished_vault_signs_nothing(newcomer: Someone, tmp_path: Path) -> None:
    """Its share is on the disk for the first signature; requests are refused all the same."""
    seen: list[Any] = []

    def look() -> None:
        (vault,) = vaults.listed(newcomer.pair.device.db)
        seen.append((vault.state, vaults.receive_ready(vault)))

    at_frame(newcomer.pair.device, "join", look, number=3)
    await newcomer.make_vault()
    assert seen == [(VaultState.CREATING, False)]
