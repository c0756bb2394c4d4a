"""A person who changes the devices of their vault: the two agents of ``two_agents``, and a third one that is new."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

from counterfoil.store import key_slots, peers, vaults
from counterfoil.store.peers import Peer
from counterfoil.store.vaults import Vault
from counterfoil.types import Party, PartyKind
from counterfoil.wallet import backup, reshare
from counterfoil.wallet.reshare_approval import Change
from counterfoil.wallet.reshare_plan import Plan, plan_change, plan_refresh
from counterfoil.webauthn.options import request_options
from tests.fakes.authenticator import FakeAuthenticator
from tests.fakes.two_agent_person import EXTENSION, Someone, quiet
from tests.fakes.two_agents import CREDENTIAL, PRF, Agent

NEW_PASSPHRASE = "another correct horse"


def touch(home: FakeAuthenticator, challenge: bytes) -> dict[str, Any]:
    """The home passkey's answer to this challenge."""
    options = request_options(
        challenge=challenge,
        rp_id=None,
        credential_ids=[credential.id for credential in home.credentials],
        prf_salts=None,
        timeout_ms=60_000,
    )
    return home.get(dict(options), origin=EXTENSION)


@dataclass
class Resharer:
    """``phone`` is paired with the device and is no party yet."""

    someone: Someone
    phone: Agent = field(init=False)

    def __post_init__(self) -> None:
        pair = self.someone.pair
        self.phone = Agent("phone", pair.device.folder.parent / "phone", pair.wire, pair.clock, pair.node).start()
        if not peers.paired(self.phone.db):
            self._introduce()

    def _introduce(self) -> None:
        for one, other in ((self.someone.pair.device, self.phone), (self.phone, self.someone.pair.device)):
            peers.add(
                one.db,
                Peer(other.identity.public, other.name, PartyKind.DEVICE, "ws://127.0.0.1:1", bytes(32), 1),
            )
        slot = key_slots.PrfOutput(CREDENTIAL, PRF)
        self.phone.wallet.unlocked.hold(
            key_slots.create_storage_key(self.phone.db, slot, rng=os.urandom, now=self.someone.pair.clock())
        )

    @property
    def wallet(self) -> Any:
        return self.someone.wallet

    @property
    def agents(self) -> tuple[Agent, ...]:
        return (*self.someone.pair.both, self.phone)

    def vault_at(self, agent: Agent) -> Vault | None:
        return next(iter(vaults.listed(agent.db)), None)

    def refresh(self) -> Plan:
        return plan_refresh(self.wallet, self.someone.vault)

    def swap(self) -> Plan:
        """The phone takes the co-signer's place."""
        device, _, file = self.someone.vault.parties
        phone = Party(2, "Phone", PartyKind.DEVICE, self.phone.identity.public)
        return plan_change(self.wallet, self.someone.vault, (device, phone, file), 2)

    def agree(self, vault: str | None = None) -> None:
        """The phone's person says yes to the device."""
        until = self.someone.pair.clock() + 600
        self.phone.wallet.agreements.give(self.someone.pair.device.identity.public, vault=vault, until=until)

    async def begin(self, plan: Plan) -> Change:
        return await reshare.begin(self.wallet, plan, expires_at=self.someone.pair.clock() + 300)

    async def prepare(self, plan: Plan) -> Vault:
        """Up to the new recovery file that waits to be saved."""
        change = await self.begin(plan)
        response = touch(self.someone.home, change.content.challenge())
        return await reshare.carry_out(
            self.wallet, change, response, recovery_passphrase=NEW_PASSPHRASE, progress=quiet
        )

    async def prove(self) -> Vault:
        content = backup.download(self.wallet, self.someone.vault.id).content
        return await backup.prove(self.wallet, self.someone.vault.id, content, NEW_PASSPHRASE)

    async def change(self, plan: Plan) -> Vault:
        await self.prepare(plan)
        return await self.prove()

    async def close(self) -> None:
        await self.phone.stop()
