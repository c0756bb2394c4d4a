"""Home passkeys that come and go: what the home passkey alone can do, what a person elsewhere has to agree to, what a day does."""

from __future__ import annotations

import dataclasses

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
from counterfoil.store import changes, key_slots, records, sites
from counterfoil.store.changes import ChangeState
from counterfoil.store.records import Record, RecordKind
from counterfoil.types import RequestState
from counterfoil.wallet import administer, home, unlock
from counterfoil.wallet.passkey_records import home_passkeys, site_passkey
from counterfoil.wallet.record_wire import record_as_dict, signed_record
from counterfoil.wallet.unlock import Way
from tests.adversary.parties.changing import homes, same_heads
from tests.fakes.authenticator import FakeAuthenticator, Twist
from tests.fakes.two_agent_person import EXTENSION, SITE, Someone, outcome
from tests.fakes.two_agents import Crossing

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


async def test_a_passkey_that_owns_a_safe_is_not_removed(someone: Someone) -> None:
    site = site_passkey(someone.pair.device.db, someone.vault.id, SITE)
    assert site is not None
    body = {"credential_id": site.credential_id.hex()}
    for agent in someone.pair.both:
        record = Record(someone.vault.id, RecordKind.SAFE, "0xSafe", 1, 0, body, bytes(32), b"unchecked")
        records.put(agent.db, record)
    with pytest.raises(StateConflict) as caught:
        await someone.remove_passkey(site.credential_id)
    assert caught.value.word == "owns_safe"


async def test_a_removal_that_this_device_lost_closes_its_slots_when_it_is_learnt_again(
    someone: Someone, drawer: FakeAuthenticator
) -> None:
    """The device dies between the co-signer's keeping and its own."""
    old = someone.home.credentials[0].id
    await unlock.add_slots(someone.wallet, [Way("prf", old, bytearray(b"\x01" * 32))])
    await someone.add_home_passkey(drawer)

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "change_keep/answer":
            raise NotPermitted("killed here")

    someone.pair.wire.hook = hook
    await outcome(someone.remove_passkey(old, by=drawer))
    assert homes(someone) == [2, 1]
    someone.home = drawer
    assert (await someone.decide(await someone.ask_to_send())).state is RequestState.SENT
    assert homes(someone) == [1, 1]
    assert old not in {slot.credential_id for slot in key_slots.slots(someone.pair.device.db)}
