from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.agent.ceremony import jobs
from counterfoil.agent.ceremony.orders import KEYGEN, Invitation
from counterfoil.codecs.canonical import Canonical
from counterfoil.errors import (
    AlreadyExists,
    InvalidMessage,
    Locked,
    NotFound,
    NotPermitted,
    PartyUnavailable,
    StateConflict,
)
from counterfoil.store import peers, vaults
from counterfoil.store.vaults import VaultState
from counterfoil.types import Party, PartyKind
from counterfoil.wallet import create, home, join_vault
from tests.fakes.two_agent_person import Someone
from tests.fakes.two_agents import Pair


@pytest.fixture
async def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Someone]:
    monkeypatch.setattr(jobs, "seal_recovery", lambda _file, _passphrase: b"sealed")  # age takes its time on purpose
    someone = Someone(Pair.at(tmp_path / "new"))
    await someone.make_home_passkey()
    yield someone
    await someone.pair.close()
    assert someone.pair.mistakes() == []


async def test_a_locked_wallet_makes_no_vault(newcomer: Someone) -> None:
    newcomer.wallet.unlocked.lock()
    with pytest.raises(Locked):
        await newcomer.make_vault()


async def test_without_a_co_signer_no_vault_is_made(newcomer: Someone) -> None:
    peers.revoke(newcomer.pair.device.db, newcomer.pair.cosigner.identity.public, 1)
    with pytest.raises(PartyUnavailable):
        await newcomer.make_vault()


async def test_a_locked_co_signer_makes_no_vault_and_leaves_none(newcomer: Someone) -> None:
    newcomer.pair.cosigner.wallet.unlocked.lock()
    with pytest.raises(Locked):
        await newcomer.make_vault()
    assert [vaults.listed(agent.db) for agent in newcomer.pair.both] == [[], []]


async def test_there_is_one_starter_vault(newcomer: Someone) -> None:
    await newcomer.make_vault()
    with pytest.raises(AlreadyExists):
        await newcomer.make_vault()


async def test_both_know_the_same_vault_and_its_home_passkeys(newcomer: Someone) -> None:
    await newcomer.make_vault()
    ours, theirs = (vaults.listed(agent.db)[0] for agent in newcomer.pair.both)
    assert (ours.id, ours.group_key, ours.chain_code, ours.context_hash) == (
        theirs.id,
        theirs.group_key,
        theirs.chain_code,
        theirs.context_hash,
    )
    assert ours.state is theirs.state is VaultState.READY
    assert not vaults.receive_ready(ours), "no address before the recovery file is proven"
    assert home.waiting(newcomer.wallet) == []


def invitation(newcomer: Someone, **changes: Any) -> dict[str, Canonical]:
    device, cosigner = newcomer.pair.both
    parties = (
        Party(1, "This computer", PartyKind.DEVICE, device.identity.public),
        Party(2, "Co-signer", PartyKind.COSIGNER, cosigner.identity.public),
        Party(3, "Recovery file", PartyKind.RECOVERY_FILE, b"\x03" * 32),
    )
    context = create.keygen_context("Savings", home.waiting(newcomer.wallet))
    value = Invitation("ab" * 16, KEYGEN, "cd" * 16, 0, 2, parties, context).as_dict()
    return {**value, **changes}


@pytest.mark.parametrize(
    "changes",
    [
        {"epoch": 1},
        {"threshold": 1},
        {"threshold": 3},
        {"context": {}},
        {"context": {"purpose": "keygen", "name": "", "home_passkeys": []}},
        {"context": {"purpose": "request", "name": "x", "home_passkeys": []}},
        {"context": {"purpose": "keygen", "name": "x", "home_passkeys": [{}]}},
    ],
    ids=str,
)
async def test_a_set_up_that_is_no_starter_vaults_is_declined(newcomer: Someone, changes: dict[str, Any]) -> None:
    cosigner, device = newcomer.pair.cosigner.wallet, newcomer.pair.device.identity.public
    join_vault.join_keygen(cosigner, device, invitation(newcomer), 2)
    with pytest.raises(InvalidMessage):
        join_vault.join_keygen(cosigner, device, invitation(newcomer, **changes), 2)


async def test_nobody_is_invited_as_someone_else_or_by_a_stranger(newcomer: Someone) -> None:
    cosigner, device = newcomer.pair.cosigner.wallet, newcomer.pair.device.identity.public
    for sender, index in ((device, 1), (device, 3), (device, 4), (b"\x09" * 32, 2), (cosigner.identity.public, 2)):
        with pytest.raises(InvalidMessage):
            join_vault.join_keygen(cosigner, sender, invitation(newcomer), index)


async def test_a_finished_vault_is_neither_made_again_nor_checked_again_nor_forgotten(newcomer: Someone) -> None:
    vault = await newcomer.make_vault()
    cosigner, device = newcomer.pair.cosigner.wallet, newcomer.pair.device.identity.public
    with pytest.raises(StateConflict):
        join_vault.join_keygen(cosigner, device, invitation(newcomer, vault=vault.id), 2)
    with pytest.raises(StateConflict):
        join_vault.join_check(cosigner, device, invitation(newcomer), {"check": vault.id})
    with pytest.raises(StateConflict):
        join_vault.discard(cosigner, device, {"vault": vault.id})
    with pytest.raises(StateConflict):
        join_vault.make_ready(cosigner, device, {"vault": vault.id})
    for call in (join_vault.discard, join_vault.make_ready):
        with pytest.raises(NotPermitted):
            call(cosigner, b"\x09" * 32, {"vault": vault.id})
        with pytest.raises(NotFound):
            call(cosigner, device, {})
    create.discard_unfinished(cosigner)
    assert vaults.get(cosigner.db, vault.id).state is VaultState.READY
