"""Changing who shares a vault's key, with real agents, databases and ceremonies: refresh, and a second device for the co-signer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from counterfoil.errors import (
    AssertionRefused,
    BackupUnreadable,
    InvalidMessage,
    Locked,
    NotFound,
    PolicyRefused,
    StateConflict,
    WalletError,
    WrongPassphrase,
)
from counterfoil.store import accounts, log, poison, records, recovery_file, reshares, shares, vaults
from counterfoil.types import Party, PartyKind
from counterfoil.types import RequestState as S
from counterfoil.wallet import backup, home, reshare
from counterfoil.wallet.approve import proposal_of
from counterfoil.wallet.reshare_plan import plan_change
from tests.fakes.authenticator import FakeAuthenticator
from tests.fakes.quick_age import QUICK_AGE
from tests.fakes.reshare_person import NEW_PASSPHRASE, Resharer, touch
from tests.fakes.two_agent_person import EXTENSION, RECOVERY, Someone, quiet


@pytest.fixture
async def resharer(someone: Someone, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Resharer]:
    monkeypatch.setattr(recovery_file, "pyrage", QUICK_AGE)
    resharer = Resharer(someone)
    yield resharer
    await resharer.close()
    assert resharer.phone.pool.crashes == []


def kinds_logged(agent: Any) -> list[str]:
    return [row["kind"] for row in agent.db.all("SELECT kind FROM log ORDER BY seq")]


def share_epochs(agent: Any) -> list[int]:
    return [row["epoch"] for row in agent.db.all("SELECT epoch FROM shares ORDER BY epoch")]


async def signs(someone: Someone) -> None:
    request = await someone.decide(await someone.ask_to_send(wei=3))
    assert request.state is S.SENT, request.error


# ── refresh ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_refresh_leaves_key_and_address_and_renews_everything_else(resharer: Resharer) -> None:
    someone = resharer.someone
    before, address = someone.vault, someone.address
    await resharer.change(resharer.refresh())
    after = someone.vault
    assert (after.epoch, after.group_key, after.chain_code) == (1, before.group_key, before.chain_code)
    assert [party.kind for party in after.parties] == [party.kind for party in before.parties]
    assert after.context_hash != before.context_hash
    assert someone.address == address
    for agent in someone.pair.both:
        assert share_epochs(agent) == [1]
        assert vaults.listed(agent.db)[0].epoch == 1
        assert "vault_reshared" in kinds_logged(agent)
    await signs(someone)


async def test_until_the_new_file_is_proven_the_old_parties_sign_and_nothing_has_changed(resharer: Resharer) -> None:
    someone = resharer.someone
    before = someone.vault
    await resharer.prepare(resharer.refresh())
    assert someone.vault == before
    assert vaults.receive_ready(someone.vault)
    await signs(someone)
    change = reshares.waiting(someone.pair.device.db, before.id)
    assert change is not None
    assert change.missing == {3}
    await resharer.prove()
    assert someone.vault.epoch == 1
    await signs(someone)


async def test_the_old_recovery_file_and_a_wrong_passphrase_prove_nothing(resharer: Resharer) -> None:
    someone = resharer.someone
    old = await backup.export(someone.wallet, someone.vault.id, "second")
    await resharer.prepare(resharer.refresh())
    new = backup.download(someone.wallet, someone.vault.id)
    assert new.name != old.name
    assert "recovery-2" in new.name
    for content, passphrase, error in (
        (old.content, "second", BackupUnreadable),
        (new.content, RECOVERY, WrongPassphrase),
        (new.content[:-20], NEW_PASSPHRASE, Exception),
    ):
        with pytest.raises(error):
            await backup.prove(someone.wallet, someone.vault.id, content, passphrase)
        assert someone.vault.epoch == 0
    vault = await resharer.prove()
    assert vault.recovery_proven_at is not None
    verdict = await backup.verify(someone.wallet, old.content, "second")
    assert verdict.known
    assert not verdict.current
    with pytest.raises(NotFound):
        backup.download(someone.wallet, someone.vault.id)


async def test_a_poisoned_pair_is_free_again(resharer: Resharer) -> None:
    someone = resharer.someone
    poison.mark(someone.pair.device.db, someone.vault.id, 0, 2, 1)
    poison.mark(someone.pair.cosigner.db, someone.vault.id, 0, 1, 1)
    await resharer.change(resharer.refresh())
    assert poison.marked(someone.pair.device.db, someone.vault.id, 1) == frozenset()
    await signs(someone)


async def test_refreshing_again_and_again_works(resharer: Resharer) -> None:
    for epoch in (1, 2):
        await resharer.change(resharer.refresh())
        assert resharer.someone.vault.epoch == epoch
    await signs(resharer.someone)


async def test_while_a_change_waits_nothing_is_put_on_record(resharer: Resharer) -> None:
    someone = resharer.someone
    await resharer.prepare(resharer.refresh())
    with pytest.raises(StateConflict) as refused:
        await someone.connect("https://other.example")
    assert refused.value.word == "resharing"
    await resharer.prove()
    someone.site.credentials.clear()
    request = await someone.connect("https://other.example")
    assert request.state is S.FINAL


async def test_a_change_that_waits_for_its_file_makes_room_for_another_one(resharer: Resharer) -> None:
    someone = resharer.someone
    await resharer.prepare(resharer.refresh())
    first = backup.download(someone.wallet, someone.vault.id).content
    await resharer.prepare(resharer.refresh())
    with pytest.raises(BackupUnreadable):
        await backup.prove(someone.wallet, someone.vault.id, first, NEW_PASSPHRASE)
    await resharer.prove()
    assert someone.vault.epoch == 2
    await signs(someone)


# ── a second device in the co-signer's place ──────────────────────────────────────────────────────


async def test_a_new_device_takes_the_co_signers_place(resharer: Resharer) -> None:
    someone, phone = resharer.someone, resharer.phone
    resharer.agree()
    await resharer.change(resharer.swap())
    at_phone = resharer.vault_at(phone)
    assert at_phone is not None
    assert (at_phone.id, at_phone.epoch, at_phone.my_index) == (someone.vault.id, 1, 2)
    assert at_phone.group_key == someone.vault.group_key
    assert [account.address for account in accounts.listed(phone.db)] == [someone.address]
    of_device, of_phone = (
        {(r.kind, r.subject, r.version) for r in records.all_current(agent.db, someone.vault.id)}
        for agent in (someone.pair.device, phone)
    )
    assert of_phone == of_device
    assert share_epochs(phone) == [1]
    assert resharer.vault_at(someone.pair.cosigner) is None
    assert share_epochs(someone.pair.cosigner) == []
    assert "vault_left" in kinds_logged(someone.pair.cosigner)
    assert vaults.has_left(someone.pair.cosigner.db, someone.vault.id)


async def test_the_party_that_left_signs_no_more(resharer: Resharer) -> None:
    someone = resharer.someone
    resharer.agree()
    request = await someone.ask_to_send()
    await resharer.change(resharer.swap())
    with pytest.raises(NotFound):
        shares.load(someone.pair.cosigner.db, someone.pair.cosigner.wallet.unlocked.key(), someone.vault.id, 0)
    proposal = proposal_of(someone.wallet, someone.at_device(request))
    links, cosigner = someone.pair.device.links, someone.pair.cosigner.identity.public
    body = {"proposal": proposal.as_dict(), "records": []}
    with pytest.raises(WalletError) as refused:
        await links.call(cosigner, "request_consent", body)
    assert refused.value.word == "not_found"


async def test_the_one_that_left_can_come_back(resharer: Resharer) -> None:
    someone, cosigner = resharer.someone, resharer.someone.pair.cosigner
    resharer.agree()
    await resharer.change(resharer.swap())
    device, _, file = someone.vault.parties
    back = Party(2, "Co-signer on this computer", PartyKind.COSIGNER, cosigner.identity.public)
    plan = plan_change(someone.wallet, someone.vault, (device, back, file), 2)
    resharer.agree(someone.vault.id)
    until = someone.pair.clock() + 600
    cosigner.wallet.agreements.give(someone.pair.device.identity.public, vault=None, until=until)
    await resharer.change(plan)
    assert share_epochs(cosigner) == [2]
    assert not vaults.has_left(cosigner.db, someone.vault.id)
    assert vaults.has_left(resharer.phone.db, someone.vault.id)
    await signs(someone)


# ── approval ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_device_joins_only_where_its_own_person_agreed(resharer: Resharer) -> None:
    with pytest.raises(PolicyRefused):
        await resharer.prepare(resharer.swap())
    resharer.agree()
    resharer.someone.pair.clock.now += 601
    with pytest.raises(PolicyRefused):
        await resharer.prepare(resharer.swap())
    resharer.agree("00" * 16)
    with pytest.raises(PolicyRefused):
        await resharer.prepare(resharer.swap())
    assert reshares.listed(resharer.phone.db) == []
    assert resharer.someone.vault.epoch == 0


async def test_an_agreement_is_for_one_change(resharer: Resharer) -> None:
    resharer.agree()
    await resharer.prepare(resharer.swap())
    with pytest.raises(PolicyRefused):
        await resharer.prepare(resharer.swap())


async def test_a_second_device_deals_only_with_its_persons_agreement(resharer: Resharer) -> None:
    resharer.agree()
    await resharer.change(resharer.swap())
    with pytest.raises(PolicyRefused):
        await resharer.prepare(resharer.refresh())
    resharer.agree(resharer.someone.vault.id)
    await resharer.change(resharer.refresh())
    assert resharer.vault_at(resharer.phone).epoch == 2  # type: ignore[union-attr]


@pytest.mark.parametrize("answer", ["none", "another change", "an older approval", "another passkey"])
async def test_without_the_home_passkeys_answer_to_this_very_change_nothing_happens(
    resharer: Resharer, answer: str
) -> None:
    someone = resharer.someone
    resharer.agree()
    change = await resharer.begin(resharer.refresh())
    response: Any = touch(someone.home, change.content.challenge())
    if answer == "none":
        response = None
    elif answer == "another passkey":
        thief = FakeAuthenticator(b"thief")
        thief.create(home.begin(someone.wallet, EXTENSION).options, origin=EXTENSION)
        response = touch(thief, change.content.challenge())
    else:
        change = await resharer.begin(resharer.swap() if answer == "another change" else resharer.refresh())
    with pytest.raises(AssertionRefused):
        await reshare.carry_out(someone.wallet, change, response, recovery_passphrase=NEW_PASSPHRASE, progress=quiet)
    assert all(reshares.listed(agent.db) == [] for agent in resharer.agents)
    await signs(someone)


async def test_a_locked_party_changes_nothing(resharer: Resharer) -> None:
    for agent in resharer.someone.pair.both:
        agent.wallet.unlocked.lock()
        with pytest.raises(Locked):
            await resharer.prepare(resharer.refresh())


# ── plans ─────────────────────────────────────────────────────────────────────────────────────────


async def test_a_set_that_can_not_be_is_no_plan(resharer: Resharer) -> None:
    vault = resharer.someone.vault
    device, cosigner, file = vault.parties
    for parties, threshold in (
        ((device, cosigner, file), 1),
        ((device, cosigner, file), 4),
        ((device, cosigner, file, Party(4, "x", PartyKind.DEVICE, b"\x09" * 32)), 2),
        ((device, device, file), 2),
        ((device, file, file), 2),
        ((device,), 1),
    ):
        with pytest.raises(InvalidMessage):
            plan_change(resharer.wallet, vault, parties, threshold)
    with pytest.raises(StateConflict):
        plan_change(resharer.wallet, vault, (cosigner, Party(2, "x", PartyKind.DEVICE, b"\x09" * 32), file), 2)


async def test_an_attempt_that_failed_uses_up_its_epoch(resharer: Resharer) -> None:
    someone = resharer.someone
    await resharer.prepare(resharer.refresh())
    assert resharer.refresh().epoch == 2
    await resharer.change(resharer.refresh())
    assert someone.vault.epoch == 2
    log.verify(someone.pair.device.db)
