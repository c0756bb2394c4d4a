"""Home passkeys where there is a second device: its person, or a day; and a device that lies about either."""

from __future__ import annotations

from typing import Any

import pytest

from counterfoil.errors import (
    AssertionRefused,
    InvalidMessage,
    Locked,
    NotFound,
    NotPermitted,
    StateConflict,
)
from counterfoil.store import changes, log
from counterfoil.store.changes import ChangeState
from counterfoil.wallet.changes import WAIT_SECONDS
from counterfoil.wallet.propose_change import Rounds, agree, cancel
from tests.adversary.bending import bent, leaves, without
from tests.adversary.parties.changing import homes, same_heads, until
from tests.fakes.authenticator import FakeAuthenticator
from tests.fakes.two_agent_person import Someone, outcome
from tests.fakes.two_agents import Crossing

# ── a second device: its person, or a day ──────────────────────────────────────────────────────────


async def test_with_a_second_device_the_touch_alone_is_not_enough(someone: Someone, drawer: FakeAuthenticator) -> None:
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    assert change.state is ChangeState.WAITING
    assert homes(someone) == [1, 1]
    await Rounds().look_once(someone.wallet)
    assert homes(someone) == [1, 1]


async def test_its_person_agrees_and_it_is_done(someone: Someone, drawer: FakeAuthenticator) -> None:
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    agree(someone.pair.cosigner.wallet, change.id)
    await Rounds().look_once(someone.wallet)
    assert homes(someone) == [2, 2]
    assert changes.get(someone.pair.device.db, change.id).state is ChangeState.KEPT
    assert same_heads(someone)


async def test_nobody_agrees_for_the_device_that_asks(someone: Someone, drawer: FakeAuthenticator) -> None:
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    with pytest.raises(StateConflict):
        agree(someone.wallet, change.id)
    someone.pair.cosigner.wallet.unlocked.lock()
    with pytest.raises(Locked):
        agree(someone.pair.cosigner.wallet, change.id)


async def test_a_day_is_as_good_as_a_person(someone: Someone, drawer: FakeAuthenticator) -> None:
    someone.gain_a_second_device()
    await someone.add_home_passkey(drawer)
    someone.pair.clock.now += WAIT_SECONDS - 1
    await Rounds().look_once(someone.wallet)
    assert homes(someone) == [1, 1]
    someone.pair.clock.now += 1
    await Rounds().look_once(someone.wallet)
    assert homes(someone) == [2, 2]


@pytest.mark.parametrize("who", ["device", "cosigner"])
@pytest.mark.parametrize("told", [True, False])
async def test_any_party_calls_it_off_and_no_day_brings_it_back(
    someone: Someone, drawer: FakeAuthenticator, who: str, told: bool
) -> None:
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "change_off" and not told:
            raise NotPermitted("lost")

    someone.pair.wire.hook = hook
    cancel(getattr(someone.pair, who).wallet, change.id)
    someone.pair.clock.now += WAIT_SECONDS
    await Rounds().look_once(someone.wallet)
    assert homes(someone) == [1, 1]
    assert changes.get(someone.pair.device.db, change.id).state is ChangeState.CANCELLED
    if not told and who == "device":
        return  # the other one never heard: but the device that asks does not go on
    await until(lambda: changes.get(someone.pair.cosigner.db, change.id).state is ChangeState.CANCELLED)
    with pytest.raises(StateConflict):
        body = {"change": change.id, "consents": {}}
        await someone.pair.device.links.call(someone.pair.cosigner.identity.public, "change_keep", body)
    assert homes(someone) == [1, 1]


async def test_a_hostile_device_cannot_hurry_the_other(someone: Someone, drawer: FakeAuthenticator) -> None:
    """Its own signature is no person's elsewhere, nobody else's can be made, and a wrong one is noticed."""
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    other = someone.pair.cosigner.identity.public
    own = someone.pair.device.identity.sign("counterfoil/change-consent/1", bytes.fromhex(change.id)).hex()
    for consents, error in (
        ({}, StateConflict),
        ({"1": own}, StateConflict),
        ({"2": own}, InvalidMessage),
        ({"3": own}, InvalidMessage),
        ({"2": "00" * 64}, InvalidMessage),
        ({"2": "00"}, InvalidMessage),
        ([], InvalidMessage),
    ):
        with pytest.raises(error):
            await someone.pair.device.links.call(other, "change_keep", {"change": change.id, "consents": consents})
    assert homes(someone) == [1, 1]


async def test_no_field_of_a_change_can_be_altered(someone: Someone, drawer: FakeAuthenticator) -> None:
    caught: list[dict[str, Any]] = []

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "change_hear":
            caught.append(crossing.body)
            raise NotPermitted("held back")

    someone.pair.wire.hook = hook
    assert isinstance(await outcome(someone.add_home_passkey(drawer)), NotPermitted)
    [honest] = caught
    calls, sender = someone.pair.cosigner.calls, someone.pair.device.identity.public
    given = dict(calls._nonces._given)
    loose = {
        ("record", "evidence", "response", name)
        for name in ("authenticatorAttachment", "clientExtensionResults", "rawId", "type")
    }
    handle = ("record", "evidence", "response", "response", "userHandle")
    for path in (path for path in leaves(honest) if path not in loose):
        for change in (bent, without):
            if (path, change) == (handle, without):  # an authenticator may leave it out
                continue
            calls._nonces._given.update(given)
            with pytest.raises((InvalidMessage, StateConflict, AssertionRefused, NotFound)):
                await calls.serve(sender, "change_hear", change(honest, path))
            assert changes.waiting(someone.pair.cosigner.db) == [], path
    calls._nonces._given.update(given)
    await calls.serve(sender, "change_hear", honest)
    with pytest.raises(StateConflict):
        await calls.serve(sender, "change_hear", honest)
    assert homes(someone) == [1, 1]


async def test_a_home_passkey_does_not_come_by_the_way_of_a_sites(someone: Someone, drawer: FakeAuthenticator) -> None:
    """record_put takes what the touch alone allows: nothing about home passkeys is among it."""
    caught: list[dict[str, Any]] = []

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "change_hear":
            caught.append(crossing.body)
            raise NotPermitted("held back")

    someone.pair.wire.hook = hook
    await outcome(someone.add_home_passkey(drawer))
    with pytest.raises(InvalidMessage):
        await someone.pair.device.links.call(someone.pair.cosigner.identity.public, "record_put", caught[0])
    assert homes(someone) == [1, 1]


async def test_strangers_neither_look_nor_agree_nor_call_off(someone: Someone, drawer: FakeAuthenticator) -> None:
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    for kind in ("change_look", "change_ready", "change_keep", "change_agreed", "change_off"):
        with pytest.raises(NotPermitted):
            await someone.pair.cosigner.calls.serve(b"\x09" * 32, kind, {"change": change.id, "consents": {}})
        with pytest.raises(NotFound):
            await someone.pair.cosigner.calls.serve(
                someone.pair.device.identity.public, kind, {"change": "00" * 16, "consents": {}}
            )
    assert changes.get(someone.pair.cosigner.db, change.id).state is ChangeState.WAITING


async def test_a_change_outlives_a_restart(someone: Someone, drawer: FakeAuthenticator, tmp_path: Any) -> None:
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    await someone.pair.device.revive(someone.pair.device.image(tmp_path / "later"))
    agree(someone.pair.cosigner.wallet, change.id)
    await Rounds().look_once(someone.wallet)
    assert homes(someone) == [2, 2]


async def test_a_device_that_died_while_it_told_the_others_lets_go(someone: Someone, drawer: FakeAuthenticator) -> None:
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    someone.pair.cosigner.db.execute("DELETE FROM changes")
    await Rounds().look_once(someone.wallet)
    assert changes.get(someone.pair.device.db, change.id).state is ChangeState.CANCELLED


async def test_an_approver_that_was_removed_meanwhile_approves_no_more(
    someone: Someone, drawer: FakeAuthenticator
) -> None:
    await someone.add_home_passkey(drawer)
    someone.gain_a_second_device()
    third = await someone.add_home_passkey(FakeAuthenticator(b"third"))
    gone = await someone.remove_passkey(someone.home.credentials[0].id, by=drawer)
    assert third is not None
    assert gone is not None
    agree(someone.pair.cosigner.wallet, gone.id)
    await Rounds().look_once(someone.wallet)
    assert homes(someone) == [1, 1]
    agree(someone.pair.cosigner.wallet, third.id)
    await Rounds().look_once(someone.wallet)
    assert homes(someone) == [1, 1]
    assert changes.get(someone.pair.device.db, third.id).state is ChangeState.CANCELLED


async def test_every_step_is_in_the_log(someone: Someone, drawer: FakeAuthenticator) -> None:
    someone.gain_a_second_device()
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    cancel(someone.pair.cosigner.wallet, change.id)
    kinds = [entry.kind for entry in log.page(someone.pair.cosigner.db)]
    assert kinds[:2] == ["change_called_off", "change_waits"]
