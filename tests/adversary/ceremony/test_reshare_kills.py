"""SIGKILL while a vault's parties change: at each step that is persisted, and at each word on the wire.

Whatever the moment, right then one quorum can sign, of the old set or of the new one; after the killed agent is back and
all have spoken with each other, all are on one side, and the shares of the other side are gone or good for nothing.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from counterfoil.agent.ceremony import hub, participation
from counterfoil.errors import WalletError
from counterfoil.store import key_slots, recovery_file, reshares, shares, vaults
from counterfoil.store.db import Database
from counterfoil.threshold.dkls.sign import SignMachine
from counterfoil.threshold.session import Join, Session
from counterfoil.threshold.share import KeyShare
from counterfoil.wallet import reshare, reshare_commit
from counterfoil.wallet.reshare_plan import Plan
from tests.fakes.ceremony import SeededRng, run
from tests.fakes.quick_age import QUICK_AGE
from tests.fakes.reshare_person import Resharer
from tests.fakes.two_agent_person import Someone
from tests.fakes.two_agents import CREDENTIAL, PRF, Crossing

PATIENCE = 30
AFTER_A_KILL = 1
"""For the others to notice, where they do; who hangs on the dead hangs for good."""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery_file, "pyrage", QUICK_AGE)
    _hurry(monkeypatch.setattr, seconds=20)


def _hurry(put: Callable[[Any, str, Any], None], *, seconds: float) -> None:
    put(hub, "CEREMONY_SECONDS", seconds)
    put(hub, "LAST_WORD_SECONDS", seconds / 5)
    put(participation, "BEGIN_SECONDS", seconds)
    put(reshare, "ACK_SECONDS", seconds)


@pytest.fixture
async def resharer(someone: Someone) -> AsyncIterator[Resharer]:
    resharer = Resharer(someone)
    yield resharer
    await resharer.close()
    assert resharer.phone.pool.crashes == []


# ── who can sign ──────────────────────────────────────────────────────────────────────────────────


def active_share(database: Path) -> KeyShare | None:
    """The one that a process which starts from this disk would sign with."""
    db = Database.open(database)
    try:
        for vault in vaults.listed(db):
            key = key_slots.unlock_with_prf(db, CREDENTIAL, PRF)
            return KeyShare.parse(bytes(shares.load(db, key, vault.id, vault.epoch)))
        return None
    finally:
        db.close()


def sign_together(pair: tuple[KeyShare, KeyShare]) -> bool:
    """Whether these two shares make a signature of the vault's key."""
    if pair[0].public.epoch != pair[1].public.epoch or pair[0].me == pair[1].me:
        return False
    public = pair[0].public
    ordered = sorted(pair, key=lambda share: share.me)
    joins = tuple(Join(s.me, public.identity_of(s.me), bytes([s.me]) * 32, bytes([50 + s.me]) * 32) for s in ordered)
    outcome = run({
        s.me: SignMachine(
            Session("sign", public.vault, public.epoch, public.threshold, joins, s.me, b""),
            s, path=(44, 60, 0, 0, 0), digest=bytes(32), poisoned=frozenset(), rng=SeededRng(str(s.me)),
        )
        for s in ordered
    })  # fmt: skip
    return outcome.results.keys() == {s.me for s in ordered}


def quorums(folders: dict[str, Path]) -> set[tuple[int, tuple[str, ...]]]:
    """(epoch, who) of all pairs that can sign."""
    held = {name: active_share(folder / "counterfoil.db") for name, folder in folders.items()}
    found = set()
    for one, other in itertools.combinations(sorted(held), 2):
        first, second = held[one], held[other]
        if first is not None and second is not None and sign_together((first, second)):
            found.add((first.public.epoch, (one, other)))
    return found


# ── the kill ──────────────────────────────────────────────────────────────────────────────────────


class Kill:
    """SIGKILL of one agent, once: its disk is copied at this moment, and its words reach nobody from here on."""

    def __init__(self, resharer: Resharer, who: str, folder: Path) -> None:
        self.resharer = resharer
        self.agent = next(agent for agent in resharer.agents if agent.name == who)
        self.image = folder / f"image of {who}"
        self.moment = asyncio.Event()

    @property
    def happened(self) -> bool:
        return self.moment.is_set()

    def __call__(self) -> None:
        if self.happened:
            return
        self.moment.set()
        self.agent.image(self.image)
        self.agent.wire.dead.add(self.agent.name)

    async def revive(self) -> None:
        self.resharer.someone.wallet.resharing.clear()
        await self.agent.revive(self.image)


def at_step(kill: Kill, monkeypatch: pytest.MonkeyPatch, step: str, *, when: str, number: int = 1) -> None:
    """Just before or just after the ``number``-th time that this step is written to the agent's disk."""
    original, count = getattr(reshares, step), 0

    def watched(db: Database, *arguments: Any) -> Any:
        nonlocal count
        is_it = db is kill.agent.db
        count += is_it
        if is_it and count == number and when == "before":
            kill()
        result = original(db, *arguments)
        if is_it and count == number and when == "after":
            if step == "switch":
                on_commit(db, kill)
            else:
                kill()
        return result

    monkeypatch.setattr(reshares, step, watched)


def on_commit(db: Database, kill: Kill) -> None:
    """A switch is on the disk once its transaction is: the next thing done to this database comes after it."""
    execute = db.execute

    def executed(sql: str, *parameters: Any) -> int:
        if sql == "COMMIT":
            db.execute = execute  # type: ignore[method-assign]
            done = execute(sql, *parameters)
            kill()
            return done
        return execute(sql, *parameters)

    db.execute = executed  # type: ignore[method-assign]


def at_crossing(kill: Kill, number: int) -> None:
    """Just before the ``number``-th word on the wire arrives, whosever it is."""
    count = 0

    async def hook(_crossing: Crossing) -> None:
        nonlocal count
        count += 1
        if count == number:
            kill()

    kill.agent.wire.hook = hook


async def as_far_as_it_goes(work: Any, kill: Kill) -> None:
    """Until it ended, or hangs on the dead."""
    task, killed = asyncio.create_task(work), asyncio.create_task(kill.moment.wait())
    await asyncio.wait({task, killed}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.wait({task}, timeout=AFTER_A_KILL)
    task.cancel()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    for result in await asyncio.gather(task, return_exceptions=True):
        if isinstance(result, Exception) and not isinstance(result, WalletError):
            raise result


async def all_speak(resharer: Resharer) -> None:
    """What the agents do by themselves, until nothing changes any more."""
    for agent in (*resharer.agents, *resharer.agents):
        await asyncio.wait_for(reshare_commit.converge(agent.wallet), PATIENCE)


async def survives(resharer: Resharer, kill: Kill, plan: Plan) -> None:
    """Run the change into the kill; then everything that has to hold."""
    someone = resharer.someone
    before = someone.vault
    await as_far_as_it_goes(resharer.change(plan), kill)
    seated = {party.identity for party in plan.agents()}
    folders = {agent.name: agent.folder for agent in resharer.agents if agent.identity.public in seated}
    if kill.happened:
        folders[kill.agent.name] = kill.image
    check_after_restart(folders, kill)
    kill.agent.wire.hook = _silent
    if kill.happened:
        await kill.revive()
    await all_speak(resharer)
    found = quorums({agent.name: agent.folder for agent in resharer.agents})
    assert found, "nobody can sign"
    assert len({epoch for epoch, _ in found}) == 1, "both sets can sign"
    check_one_side(resharer, before.epoch)
    await finishes(resharer, plan)
    assert someone.vault.group_key == before.group_key
    assert someone.vault.epoch > before.epoch


async def _silent(_crossing: Crossing) -> None:
    return None


def check_after_restart(folders: dict[str, Path], kill: Kill) -> None:
    """On the disks of this very moment: a quorum of active shares, or all that is missing is that someone hears of it."""
    if quorums(folders):
        return
    committed = []
    for name, folder in folders.items():
        db = Database.open(folder / "counterfoil.db")
        try:
            changes = reshares.listed(db)
            committed += [name for change in changes if change.state == reshares.COMMITTED]
            assert changes, f"{name} knows nothing of what the others committed"
        finally:
            db.close()
    assert committed, "no quorum, and nobody has committed"
    assert kill.happened


def check_one_side(resharer: Resharer, old: int) -> None:
    """All parties of one epoch, none of another; whoever left holds nothing."""
    someone = resharer.someone
    epoch = someone.vault.epoch
    identities_in = {party.identity for party in someone.vault.parties}
    for agent in resharer.agents:
        held = [row["epoch"] for row in agent.db.all("SELECT epoch FROM shares")]
        assert held == ([epoch] if agent.identity.public in identities_in else []), agent.name
        change = reshares.find(agent.db, someone.vault.id)
        if epoch > old and change is not None:
            assert change.state == reshares.COMMITTED, agent.name


async def finishes(resharer: Resharer, plan: Plan) -> None:
    """The person goes on from where they are: saves the file that waits, or does it again."""
    with pytest.MonkeyPatch.context() as patch:
        _hurry(patch.setattr, seconds=30)
        if resharer.someone.vault.epoch:
            return
        if reshares.waiting(resharer.someone.pair.device.db, resharer.someone.vault.id) is None:
            resharer.agree()
            swaps = any(party.identity == resharer.phone.identity.public for party in plan.parties)
            await resharer.prepare(resharer.swap() if swaps else resharer.refresh())
        await resharer.prove()
    await all_speak(resharer)
    check_one_side(resharer, 0)
    assert quorums({agent.name: agent.folder for agent in resharer.agents})


def plan_of(resharer: Resharer, kind: str) -> Plan:
    resharer.agree()
    return resharer.swap() if kind == "swap" else resharer.refresh()


STEPS = [
    ("device", "prepare", 1),
    ("device", "keep_acks", 1),
    ("device", "keep_acks", 2),
    ("device", "prove", 1),
    ("device", "switch", 1),
    ("device", "delete_old_shares", 1),
    ("device", "note_told", 1),
    ("cosigner", "prepare", 1),
    ("cosigner", "keep_acks", 1),
    ("cosigner", "switch", 1),
    ("cosigner", "delete_old_shares", 1),
]
OF_THE_PHONE = [("phone", step, number) for who, step, number in STEPS if who == "cosigner"]


def _param(kind: str, who: str, step: str, number: int, when: str) -> Any:
    # One of the two sides of each step in every run; both of the steps that decide.
    decides = step in {"switch", "delete_old_shares", "prove"} and when == "after"
    marks = [] if decides or (kind == "swap" and when == "after") else [pytest.mark.slow]
    return pytest.param(kind, who, step, number, when, marks=marks, id=f"{kind}-{who}-{when}-{step}-{number}")


SCHEDULES = [
    _param(kind, *step, when)
    for kind in ("swap", "refresh")
    for step in (STEPS + OF_THE_PHONE if kind == "swap" else STEPS)
    for when in ("before", "after")
]


@pytest.mark.parametrize(("kind", "who", "step", "number", "when"), SCHEDULES)
async def test_killed_at_a_step_on_its_disk_one_set_signs(
    resharer: Resharer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, who: str, step: str, number: int,
    when: str,
) -> None:  # fmt: skip
    kill = Kill(resharer, who, tmp_path)
    at_step(kill, monkeypatch, step, when=when, number=number)
    await survives(resharer, kill, plan_of(resharer, kind))
    assert kill.happened, "the moment never came"


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 61))
@pytest.mark.parametrize(("kind", "who"), [("swap", "device"), ("swap", "phone"), ("refresh", "cosigner")])
async def test_killed_at_any_word_on_the_wire_one_set_signs(
    resharer: Resharer, tmp_path: Path, kind: str, who: str, number: int
) -> None:
    kill = Kill(resharer, who, tmp_path)
    at_crossing(kill, number)
    await survives(resharer, kill, plan_of(resharer, kind))
