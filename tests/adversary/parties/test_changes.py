"""Home passkeys that come and go: what the home passkey alone can do, what a person elsewhere has to agree to, what a day does."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.errors import (
    AssertionRefused,
    InvalidMessage,
    Locked,
    NotFound,
    NotPermitted,
    PartyUnavailable,
    StateConflict,
)
from counterfoil.store import changes, key_slots, log, sites
from counterfoil.store.changes import ChangeState
from counterfoil.types import RequestState
from counterfoil.wallet import administer, home, unlock
from counterfoil.wallet.changes import WAIT_SECONDS
from counterfoil.wallet.passkey_records import home_passkeys, site_passkey
from counterfoil.wallet.propose_change import Rounds, agree, cancel
from counterfoil.wallet.record_heads import record_heads
from counterfoil.wallet.record_wire import record_as_dict, signed_record
from counterfoil.wallet.unlock import Way
from tests.adversary.bending import bent, leaves, without
from tests.fakes.authenticator import FakeAuthenticator, Twist
from tests.fakes.two_agent_person import EXTENSION, SITE, Someone, outcome
from tests.fakes.two_agents import Crossing


def homes(someone: Someone) -> list[int]:
    """How many home passkeys device and co-signer have on record."""
    return [len(home_passkeys(agent.db, someone.vault.id)) for agent in someone.pair.both]


def same_heads(someone: Someone) -> bool:
    one, other = (record_heads(agent.db, someone.vault.id) for agent in someone.pair.both)
    return one == other


async def until(condition: Callable[[], bool]) -> None:
    """What is told without waiting arrives."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the state is in a database, nothing tells of it
            await asyncio.sleep(0)


@pytest.fixture
def drawer() -> FakeAuthenticator:
    return FakeAuthenticator(b"drawer")


# ── a starter vault: the window's person is the only one there is ──────────────────────────────────


async def test_a_second_home_passkey_is_on_record_of_both_and_approves(
    someone: Someone, drawer: FakeAuthenticator
) -> None:
    change = await someone.add_home_passkey(drawer)
    assert change is not None
    assert change.state is ChangeState.KEPT
    assert homes(someone) == [2, 2]
    assert same_heads(someone)
    someone.home = drawer
    assert (await someone.connect("https://other.example")).state is RequestState.FINAL  # type: ignore[arg-type]


async def test_no_passkey_comes_in_by_the_touch_of_another_one(someone: Someone, drawer: FakeAuthenticator) -> None:
    """The new passkey can't let itself in, and a site's passkey can't either."""
    creation = home.begin(someone.wallet, EXTENSION)
    response = drawer.create(creation.options, origin=EXTENSION)
    step = await administer.add_home(someone.wallet, creation.ceremony_id, response, "Drawer", can_unlock=True)
    itself = {**step.options, "allowCredentials": []}
    with pytest.raises(AssertionRefused):
        await administer.approve(someone.wallet, step.step_id, drawer.get(itself, origin=EXTENSION))
    for twist in (
        Twist(origin=SITE),
        Twist(challenge=bytes(32)),
        Twist(user_verified=False),
        Twist(bad_signature=True),
    ):
        with pytest.raises(AssertionRefused):
            await administer.approve(
                someone.wallet, step.step_id, someone.home.get(step.options, origin=EXTENSION, twist=twist)
            )
    assert homes(someone) == [1, 1]


async def test_the_last_home_passkey_stays(someone: Someone) -> None:
    [only] = home_passkeys(someone.pair.device.db, someone.vault.id)
    with pytest.raises(StateConflict) as caught:
        await someone.remove_passkey(only.credential_id)
    assert caught.value.word == "last_home_passkey"


async def test_a_home_passkey_is_removed_by_one_that_stays(someone: Someone, drawer: FakeAuthenticator) -> None:
    await someone.add_home_passkey(drawer)
    gone = someone.home.credentials[0].id
    step = await administer.remove(someone.wallet, gone)
    assert [one["id"] for one in step.options["allowCredentials"]] == [encode_base64url(drawer.credentials[0].id)]
    by_itself = {**step.options, "allowCredentials": []}
    with pytest.raises(AssertionRefused):
        await administer.approve(someone.wallet, step.step_id, someone.home.get(by_itself, origin=EXTENSION))
    assert homes(someone) == [2, 2]
    await administer.approve(someone.wallet, step.step_id, drawer.get(step.options, origin=EXTENSION))
    assert homes(someone) == [1, 1]
    assert same_heads(someone)
    with pytest.raises(NotFound):
        await administer.remove(someone.wallet, gone)


async def test_a_removed_home_passkey_opens_and_approves_nothing(someone: Someone, drawer: FakeAuthenticator) -> None:
    old = someone.home.credentials[0].id
    for agent in someone.pair.both:
        await unlock.add_slots(agent.wallet, [Way("prf", old, bytearray(b"\x01" * 32))])
    await someone.add_home_passkey(drawer)
    await someone.remove_passkey(old, by=drawer)
    for agent in someone.pair.both:
        assert old not in {slot.credential_id for slot in key_slots.slots(agent.db)}
    real = drawer.credentials[0].id
    site = site_passkey(someone.pair.device.db, someone.vault.id, SITE)
    assert site is not None
    step = await administer.remove(someone.wallet, site.credential_id)
    assert [one["id"] for one in step.options["allowCredentials"]] == [encode_base64url(real)]
    stale = someone.home.get({**step.options, "allowCredentials": []}, origin=EXTENSION)
    with pytest.raises(AssertionRefused):
        await administer.approve(someone.wallet, step.step_id, stale)


async def test_a_removed_passkey_does_not_come_back(someone: Someone, drawer: FakeAuthenticator) -> None:
    await someone.add_home_passkey(drawer)
    [record] = [p for p in home_passkeys(someone.pair.device.db, someone.vault.id) if p.name == "Key in the drawer"]
    await someone.remove_passkey(record.credential_id)
    step = administer._ask(someone.wallet, someone.vault, record, "again")
    with pytest.raises(StateConflict) as caught:
        await step
    assert caught.value.word == "known_passkey"


async def test_the_only_way_to_unlock_is_not_removed(someone: Someone, drawer: FakeAuthenticator) -> None:
    await someone.add_home_passkey(drawer)
    someone.pair.cosigner.db.execute("UPDATE key_slots SET credential_id = ?", (someone.home.credentials[0].id,))
    with pytest.raises(StateConflict) as caught:
        await someone.remove_passkey(someone.home.credentials[0].id, by=drawer)
    assert caught.value.word == "last_key_slot"
    assert homes(someone) == [2, 2]
    assert changes.waiting(someone.pair.device.db) == []


async def test_a_site_passkey_is_removed_everywhere_and_its_site_disconnected(someone: Someone) -> None:
    site = site_passkey(someone.pair.device.db, someone.vault.id, SITE)
    assert site is not None
    assert await someone.remove_passkey(site.credential_id) is None
    assert [site_passkey(agent.db, someone.vault.id, SITE) for agent in someone.pair.both] == [None, None]
    assert sites.permission(someone.pair.device.db, SITE) is None
    assert same_heads(someone)
    assert (await someone.connect()).state is RequestState.FINAL
    renewed = site_passkey(someone.pair.cosigner.db, someone.vault.id, SITE)
    assert renewed is not None
    assert renewed.credential_id != site.credential_id


async def test_changes_need_an_unlocked_wallet(someone: Someone) -> None:
    someone.wallet.unlocked.lock()
    with pytest.raises(Locked):
        await administer.remove(someone.wallet, someone.site.credentials[0].id)


async def test_a_change_that_a_party_did_not_hear_of_waits_nowhere(someone: Someone, drawer: FakeAuthenticator) -> None:
    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "change_hear":
            raise PartyUnavailable

    someone.pair.wire.hook = hook
    assert isinstance(await outcome(someone.add_home_passkey(drawer)), PartyUnavailable)
    assert [changes.waiting(agent.db) for agent in someone.pair.both] == [[], []]
    assert homes(someone) == [1, 1]


async def test_a_page_that_was_taken_over_makes_no_way_in(someone: Someone) -> None:
    for way in (Way("prf", b"stranger", bytearray(32)), Way("passphrase", None, bytearray(b"a way of their own"))):
        with pytest.raises(NotPermitted):
            await unlock.add_slots(someone.wallet, [way])


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


# ── the user handle ───────────────────────────────────────────────────────────────────────────────


async def test_a_passkey_of_another_user_handle_is_refused(someone: Someone) -> None:
    """WebAuthn L3 §7.2 step 6: what the authenticator says of its user is the one that we made it for."""
    site = site_passkey(someone.pair.device.db, someone.vault.id, SITE)
    assert site is not None
    assert len(site.user_handle) == 64
    step = await administer.remove(someone.wallet, site.credential_id)
    stranger = someone.home.get(step.options, origin=EXTENSION, twist=Twist(user_handle=b"\x01" * 64))
    with pytest.raises(AssertionRefused) as caught:
        await administer.approve(someone.wallet, step.step_id, stranger)
    assert caught.value.word == "CREDENTIAL"
    assert (
        await administer.approve(someone.wallet, step.step_id, someone.home.get(step.options, origin=EXTENSION)) is None
    )


async def test_a_record_with_another_role_or_copy_is_not_a_removal(someone: Someone, drawer: FakeAuthenticator) -> None:
    """A device that alters the removed passkey's record lacks the touch, and the other knows the true one."""
    await someone.add_home_passkey(drawer)
    [passkey] = [p for p in home_passkeys(someone.pair.device.db, someone.vault.id) if p.name == "Key in the drawer"]
    lie = dataclasses.replace(passkey.revoked(), name="another")
    record = signed_record(someone.wallet, someone.vault, lie, 2, None)
    with pytest.raises(InvalidMessage):
        await someone.pair.device.links.call(
            someone.pair.cosigner.identity.public, "change_hear", {"record": record_as_dict(record)}
        )
