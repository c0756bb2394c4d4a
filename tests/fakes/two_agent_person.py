"""The person in front of ``two_agents``: makes the vault, connects a site, asks and touches. Use cases only, no wire."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counterfoil.errors import WalletError
from counterfoil.store import accounts, requests, vaults
from counterfoil.store.changes import Change
from counterfoil.store.requests import Request
from counterfoil.store.vaults import Vault
from counterfoil.types import Caip2, Origin, PartyKind
from counterfoil.wallet import administer, approve, backup, connect, create, home
from counterfoil.wallet.propose import Ask, Caller, propose
from counterfoil.wallet.steps import AssertHomePasskey, AssertSitePasskey, CreateSitePasskey, Done, Step
from tests.fakes.authenticator import HONEST, FakeAuthenticator, Twist
from tests.fakes.two_agents import Pair, clone

EXTENSION = "chrome-extension://" + "abcdefghijklmnop" * 2
SITE = Origin("https://app.example")
CHAIN = Caip2("eip155:1")
FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
RECOVERY = "correct horse battery staple"
TAB = {"tab_id": 1, "frame_id": 0, "document_id": "D" * 32}


def quiet(*_of: Any) -> None:
    """Progress that nobody watches."""


@dataclass
class Someone:
    """Their passkeys, and the pair of agents they use."""

    pair: Pair
    home: FakeAuthenticator = field(default_factory=lambda: FakeAuthenticator(b"home"))
    site: FakeAuthenticator = field(default_factory=lambda: FakeAuthenticator(b"site"))
    recovery_file: bytes = b""

    @property
    def wallet(self) -> Any:
        return self.pair.device.wallet

    @property
    def vault(self) -> Vault:
        return vaults.listed(self.pair.device.db)[0]

    @property
    def address(self) -> str:
        return accounts.listed(self.pair.device.db)[0].address

    async def make_home_passkey(self) -> None:
        creation = home.begin(self.wallet, EXTENSION)
        response = self.home.create(creation.options, origin=EXTENSION)
        await home.finish(self.wallet, creation.ceremony_id, response, "This laptop", can_unlock=True)

    async def add_home_passkey(self, new: FakeAuthenticator, name: str = "Key in the drawer") -> Change | None:
        """A second home passkey, let in by the first."""
        creation = home.begin(self.wallet, EXTENSION)
        response = new.create(creation.options, origin=EXTENSION)
        step = await administer.add_home(self.wallet, creation.ceremony_id, response, name, can_unlock=True)
        return await administer.approve(self.wallet, step.step_id, self.home.get(step.options, origin=EXTENSION))

    async def remove_passkey(self, credential_id: bytes, by: FakeAuthenticator | None = None) -> Change | None:
        """Take a passkey off the record, by the home passkey or another one."""
        step = await administer.remove(self.wallet, credential_id)
        response = (by or self.home).get(step.options, origin=EXTENSION)
        return await administer.approve(self.wallet, step.step_id, response)

    def gain_a_second_device(self) -> None:
        """The other party becomes a device with a screen of its own, on both records; nothing else changes."""
        for agent in self.pair.both:
            agent.db.execute("DROP TRIGGER IF EXISTS vaults_change_by_reshare")
            agent.db.execute("UPDATE vaults SET parties = replace(parties, 'cosigner', 'device')")
        assert [party.kind for party in self.vault.parties][:2] == [PartyKind.DEVICE, PartyKind.DEVICE]

    async def make_vault(self) -> Vault:
        return await create.create_starter(self.wallet, "Savings", RECOVERY, quiet)

    async def prove_recovery(self) -> None:
        self.recovery_file = backup.download(self.wallet, self.vault.id).content
        await backup.prove(self.wallet, self.vault.id, self.recovery_file, RECOVERY)

    async def connect(self, origin: Origin = SITE) -> Request:
        caller = Caller(origin, None, {**TAB}, None)
        request = connect.propose_connection(self.wallet, caller, "eth_requestAccounts", '{"method":"x"}')
        return await self.decide(request)

    async def ask(self, method: str, params: list[Any], *, origin: Origin = SITE) -> Request:
        """A page's call, up to the request that waits in the window."""
        payload = json.dumps({"method": method, "params": params})
        caller = Caller(origin, None, {**TAB}, None)
        return await propose(self.wallet, caller, Ask(method, params, payload, CHAIN, self.address))

    async def ask_to_send(self, wei: int = 10**18, **fields: Any) -> Request:
        call = {"from": self.address, "to": FRIEND, "value": hex(wei), **fields}
        return await self.ask("eth_sendTransaction", [call])

    async def ask_to_sign(self, text: str = "Hello") -> Request:
        return await self.ask("personal_sign", ["0x" + text.encode().hex(), self.address])

    async def approve(self, request: Request) -> Step:
        request = requests.get(self.pair.device.db, request.id)
        chosen = (
            [account.id for account in connect.choices(self.wallet, request.origin)]
            if request.kind == "connect"
            else []
        )
        return await approve.approve(self.wallet, request.id, request.seq, chosen)

    def touch(self, step: Step, twist: Twist = HONEST, origin: str | None = None) -> tuple[str, dict[str, Any]]:
        """(step's name, the passkey's answer)."""
        match step:
            case CreateSitePasskey(request, options):
                return "create_site_passkey", self.site.create(options, origin=origin or request.origin, twist=twist)
            case AssertSitePasskey(request, options):
                return "assert_site_passkey", self.site.get(options, origin=origin or request.origin, twist=twist)
            case AssertHomePasskey(_, options):
                return "assert_home_passkey", self.home.get(options, origin=origin or EXTENSION, twist=twist)
        raise AssertionError(step)

    async def answer(self, step: Step, response: dict[str, Any], name: str) -> Step:
        return await approve.answer(self.wallet, step.request.id, name, response, None)

    async def decide(self, request: Request, twist: Twist = HONEST) -> Request:
        """Approve and touch, to the end."""
        step = await self.approve(request)
        while not isinstance(step, Done):
            name, response = self.touch(step, twist)
            step = await self.answer(step, response, name)
        return requests.get(self.pair.device.db, request.id)

    def at_device(self, request: Request) -> Request:
        return requests.get(self.pair.device.db, request.id)

    def at_cosigner(self, request: Request) -> Request:
        return requests.get(self.pair.cosigner.db, request.id)


@dataclass
class Template:
    """A person with vault and site, kept on disk: each test takes a copy."""

    folder: Path
    home: FakeAuthenticator
    site: FakeAuthenticator
    recovery_file: bytes

    def someone(self, folder: Path) -> Someone:
        shutil.copytree(self.folder, folder)
        return Someone(Pair.at(folder), clone(self.home), clone(self.site), self.recovery_file)


async def make_template(folder: Path) -> Template:
    someone = Someone(Pair.at(folder))
    await someone.make_home_passkey()
    await someone.make_vault()
    await someone.prove_recovery()
    await someone.connect()
    await someone.pair.close()
    return Template(folder, someone.home, someone.site, someone.recovery_file)


async def outcome(work: Any) -> Any:
    """A result, or the error of ours that it ended with."""
    try:
        return await work
    except WalletError as error:
        return error
