"""The agent that asks for a change of parties lies: in what it invites to, in what it hands on, in what it says came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from counterfoil.errors import (
    InvalidMessage,
    NotFound,
    NotPermitted,
    PartyUnavailable,
    PolicyRefused,
    StateConflict,
    WalletError,
)
from counterfoil.store import recovery_file, reshares
from counterfoil.threshold.dkls.sharing.pairing import Pairings
from counterfoil.wallet import backup, join_reshare, reshare_commit
from counterfoil.wallet.keep_record import AdminNonces
from counterfoil.wallet.reshare_acks import sign_ack
from tests.adversary.bending import Path, bent, leaves, without
from tests.adversary.ceremony.stops import eventually
from tests.fakes.quick_age import QUICK_AGE
from tests.fakes.reshare_person import NEW_PASSPHRASE, Resharer
from tests.fakes.two_agent_person import Someone
from tests.fakes.two_agents import Agent, Crossing


@pytest.fixture
async def resharer(someone: Someone, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Resharer]:
    monkeypatch.setattr(recovery_file, "pyrage", QUICK_AGE)
    resharer = Resharer(someone)
    yield resharer
    await resharer.close()


class Recorded:
    """An honest swap up to its prepared state, with what crossed."""

    def __init__(self, resharer: Resharer) -> None:
        self.resharer = resharer
        self.bodies: dict[tuple[str, str], dict[str, Any]] = {}

    async def make(self) -> Recorded:
        wire = self.resharer.someone.pair.wire
        to_seat = {4: "cosigner", 2: "phone"}

        async def hook(crossing: Crossing) -> None:
            if crossing.kind == "ceremony_join" and crossing.body["invitation"]["ceremony"] == "reshare":
                self.bodies[to_seat[crossing.body["me"]], "ceremony_join"] = crossing.body
            if crossing.kind == "reshare_nonce":
                self.bodies["cosigner", "reshare_nonce"] = crossing.body

        wire.hook = hook
        self.resharer.agree()
        await self.resharer.prepare(self.resharer.swap())
        return self

    def join(self, agent: Agent, body: dict[str, Any]) -> Any:
        """What the agent checks when it is invited; as often as one likes, with a nonce that it gave."""
        agent.db.execute("DELETE FROM passkey_counters")
        nonces = AdminNonces()
        if isinstance(approval := body.get("approval"), dict) and isinstance(approval.get("nonces"), dict):
            honest = self.bodies["cosigner", "ceremony_join"]["approval"]["nonces"]["4"]
            nonces.give(self.resharer.someone.vault.id, bytes.fromhex(honest))
        self.resharer.agree()
        sender = self.resharer.someone.pair.device.identity.public
        return join_reshare.join_reshare(agent.wallet, nonces, sender, body["invitation"], body)


def is_free(path: Path, agent: str, body: dict[str, Any]) -> bool:
    """What means nothing to this party: ids, names and numbers of accounts, which it derives itself, evidence of what all
    old parties vouch for."""
    if path[:2] in {("invitation", "ceremony_id"), ("invitation", "ceremony")} or path[0] == "me":
        return True  # what the call is looked up by
    if path[0] == "heads":
        return True  # judged before anything else, see tests/unit/wallet/test_witness.py
    if path == ("invitation", "context", "old"):
        return True  # its confirmations are checked where the key is dealt, see tests/unit/threshold/test_reshare.py
    if path[:2] == ("invitation", "context") and path[-1] == "name":
        return path[2] == "name" or path[3] == "dealers"
    if path[:2] == ("invitation", "parties") and path[3] == "identity":
        return bool(body["invitation"]["parties"][path[2]]["kind"] == "recovery_file")
    if agent == "cosigner":
        unread = {"clientExtensionResults", "authenticatorAttachment", "type", "userHandle"}
        return path[0] == "facts" or bool(unread & set(path))
    return path[0] == "approval" or "evidence" in path or (path[:2] == ("facts", "accounts"))


@pytest.mark.parametrize("who", ["cosigner", "phone"])
async def test_every_field_of_an_invitation_is_checked(resharer: Resharer, who: str) -> None:
    recorded = await Recorded(resharer).make()
    agent = next(agent for agent in resharer.agents if agent.name == who)
    body = recorded.bodies[who, "ceremony_join"]
    assert recorded.join(agent, body).job["kind"] == "reshare"
    accepted = []
    for path in leaves(body):
        for lie in (bent(body, path), without(body, path)):
            try:
                recorded.join(agent, lie)
            except (WalletError, KeyError):
                continue
            accepted.append(path)
    unexpected = [path for path in accepted if not is_free(path, who, body)]
    assert not unexpected, [".".join(map(str, path)) for path in unexpected]
    assert recorded.join(agent, body).job["kind"] == "reshare"


async def test_an_old_partys_share_only_goes_to_its_own_worker_and_a_new_one_has_none(resharer: Resharer) -> None:
    recorded = await Recorded(resharer).make()
    jobs = {
        agent.name: recorded.join(agent, recorded.bodies[agent.name, "ceremony_join"]).job
        for agent in (resharer.someone.pair.cosigner, resharer.phone)
    }
    assert jobs["cosigner"]["share"] is not None
    assert jobs["phone"]["share"] is None


async def test_a_stranger_changes_nothing(resharer: Resharer) -> None:
    recorded = await Recorded(resharer).make()
    cosigner = resharer.someone.pair.cosigner
    body = recorded.bodies["cosigner", "ceremony_join"]
    for sender in (b"\x05" * 32, resharer.phone.identity.public, cosigner.identity.public):
        with pytest.raises(WalletError):
            join_reshare.join_reshare(cosigner.wallet, AdminNonces(), sender, body["invitation"], body)
        with pytest.raises(WalletError):
            nonce = recorded.bodies["cosigner", "reshare_nonce"]
            join_reshare.give_nonce(cosigner.wallet, AdminNonces(), sender, nonce)


async def test_an_approval_is_for_one_time(resharer: Resharer) -> None:
    recorded = await Recorded(resharer).make()
    cosigner = resharer.someone.pair.cosigner
    body = recorded.bodies["cosigner", "ceremony_join"]
    links, identity = resharer.someone.pair.device.links, cosigner.identity.public
    with pytest.raises(StateConflict) as refused:
        await links.call(identity, "ceremony_join", body)
    assert refused.value.word == "nonce"


# ── the second phase ──────────────────────────────────────────────────────────────────────────────


async def commit_of(resharer: Resharer) -> dict[str, Any]:
    """What the device tells the others, honest; they have not heard it."""
    bodies: list[dict[str, Any]] = []

    async def hook(crossing: Crossing) -> None:
        if crossing.kind == "reshare_commit":
            bodies.append(crossing.body)
            raise PartyUnavailable

    wire = resharer.someone.pair.wire
    resharer.agree()
    await resharer.prepare(resharer.swap())
    wire.hook = hook
    await resharer.prove()
    assert len(bodies) == 2
    return bodies[0]


async def test_a_commit_counts_with_all_acknowledgements_only(resharer: Resharer) -> None:
    body = await commit_of(resharer)
    sender = resharer.someone.pair.device.identity.public
    others = (resharer.someone.pair.cosigner, resharer.phone)
    for agent in others:
        for path in leaves(body):
            for lie in (bent(body, path), without(body, path)):
                with pytest.raises((InvalidMessage, NotFound)):
                    reshare_commit.accept_commit(agent.wallet, sender, lie)
        with pytest.raises(NotPermitted):
            reshare_commit.accept_commit(agent.wallet, b"\x05" * 32, body)
        change = reshares.find(agent.db, resharer.someone.vault.id)
        assert change is not None
        assert change.state == reshares.PREPARED
    for agent in others:
        for _ in range(2):
            reshare_commit.accept_commit(agent.wallet, sender, body)
        assert reshares.find(agent.db, resharer.someone.vault.id).state == reshares.COMMITTED  # type: ignore[union-attr]


async def test_acknowledgements_of_another_attempt_do_not_count(resharer: Resharer) -> None:
    resharer.agree()
    await resharer.prepare(resharer.swap())
    vault = resharer.someone.vault.id
    first = reshares.find(resharer.someone.pair.device.db, vault)
    resharer.agree()
    await resharer.prepare(resharer.swap())
    second = reshares.find(resharer.phone.db, vault)
    assert first is not None
    assert second is not None
    acks = {str(i): ack.hex() for i, ack in {**first.acks, 3: first.recovery_ack or b""}.items()}
    body = {"vault": vault, "epoch": second.epoch, "acks": acks}
    with pytest.raises(InvalidMessage):
        reshare_commit.accept_commit(resharer.phone.wallet, resharer.someone.pair.device.identity.public, body)


async def test_a_committed_change_is_not_forgotten_on_anyones_word(resharer: Resharer) -> None:
    body = await commit_of(resharer)
    sender = resharer.someone.pair.device.identity.public
    reshare_commit.accept_commit(resharer.phone.wallet, sender, body)
    reshare_commit.accept_forget(resharer.phone.wallet, sender, body)
    assert resharer.vault_at(resharer.phone).epoch == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("lie", ["another party's", "another attempt's", "none"])
async def test_a_wrong_acknowledgement_ends_the_change_at_the_old_parties(resharer: Resharer, lie: str) -> None:
    resharer.agree()

    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind != "reshare_ack/answer":
            return None
        if lie == "none":
            return {}
        signer = resharer.someone.pair.cosigner if lie == "another party's" else resharer.phone
        epoch = 1 if lie == "another party's" else 7
        change = reshares.find(resharer.phone.db, resharer.someone.vault.id)
        assert change is not None
        return {"ack": sign_ack(signer.identity, change.vault, epoch, change.context_hash).hex()}

    resharer.someone.pair.wire.hook = hook
    with pytest.raises(InvalidMessage):
        await resharer.prepare(resharer.swap())
    assert reshares.waiting(resharer.someone.pair.device.db, resharer.someone.vault.id) is None
    assert resharer.someone.vault.epoch == 0
    with pytest.raises((NotFound, WalletError)):
        await resharer.prove()


async def test_new_shares_that_can_not_sign_are_noticed_while_the_old_ones_can(
    resharer: Resharer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The phone's worker sets up oblivious transfer that nobody can use: found by the test, before anything switches."""
    original = Pairings.states

    def spoiled(self: Pairings) -> Any:
        states = original(self)
        if self._me == 2:
            for peer in states.values():
                peer.chosen.wipe()
        return states

    monkeypatch.setattr(Pairings, "states", spoiled)
    resharer.agree()
    with pytest.raises(WalletError):
        await resharer.prepare(resharer.swap())
    vault = resharer.someone.vault.id
    agents = resharer.someone.pair.both
    assert await eventually(lambda: all(reshares.waiting(agent.db, vault) is None for agent in agents))
    assert resharer.someone.vault.epoch == 0
    request = await resharer.someone.decide(await resharer.someone.ask_to_send(wei=3))
    assert request.error is None


async def test_the_old_recovery_file_is_refused_for_the_new_set(resharer: Resharer) -> None:
    resharer.agree()
    await resharer.prepare(resharer.swap())
    vault = resharer.someone.vault.id
    with pytest.raises(WalletError):
        await backup.prove(resharer.wallet, vault, resharer.someone.recovery_file, NEW_PASSPHRASE)
    assert resharer.someone.vault.epoch == 0


async def test_a_party_that_never_agreed_answers_no_plan_at_all(resharer: Resharer) -> None:
    resharer.agree()
    await resharer.change(resharer.swap())
    with pytest.raises(PolicyRefused):
        await resharer.begin(resharer.refresh())


async def test_a_new_device_takes_no_other_key_for_an_account(resharer: Resharer) -> None:
    recorded = await Recorded(resharer).make()
    body = recorded.bodies["phone", "ceremony_join"]
    for path in ("44/60/0/1/0", "44/60/0/0/00", "44/60/0/0/0/0", "0", "44/60/0/0/1\n", ""):
        lie = {**body, "facts": {**body["facts"], "accounts": [{"path": path, "name": "Account"}]}}
        with pytest.raises(InvalidMessage):
            recorded.join(resharer.phone, lie)
