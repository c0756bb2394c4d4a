"""The person of ``two_agents`` with a Safe, on a real chain with Safe's published contracts. Use cases only, no wire."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counterfoil.chains.evm.client import EvmClient
from counterfoil.store import accounts, requests
from counterfoil.store.accounts import Account
from counterfoil.store.requests import Request
from counterfoil.types import CLI_ORIGIN, Caip2, Origin
from counterfoil.wallet import safe_create
from counterfoil.wallet.propose import Ask, Caller, propose
from counterfoil.wallet.safe_set_up import propose_set_up
from counterfoil.wallet.watch import Pace, look_once
from tests.devnet.anvil import ETHER, Anvil
from tests.fakes.authenticator import FakeAuthenticator
from tests.fakes.two_agent_person import SITE, TAB, Someone
from tests.fakes.two_agents import Agent, Pair

LOCAL = Caip2("eip155:31337")


@dataclass
class SafeOwner(Someone):
    """``safe`` is the account that requests are made for; empty until one is made."""

    chain: Anvil = field(default=None)  # type: ignore[assignment] # given by at()
    safe: str = ""

    @classmethod
    async def at(cls, folder: Path, chain: Anvil) -> SafeOwner:
        """A vault and a connected site; the vault's account has coins."""
        owner = cls(Pair.at(folder), FakeAuthenticator(b"home"), FakeAuthenticator(b"site"), chain=chain)
        for agent in owner.pair.both:
            use_chain(agent, chain)
        await owner.make_home_passkey()
        await owner.make_vault()
        await owner.prove_recovery()
        await owner.connect()
        chain.fund(owner.payer)
        return owner

    @property
    def payer(self) -> str:
        """The vault's account."""
        return next(a.address for a in accounts.listed(self.pair.device.db) if a.kind == accounts.VAULT)

    @property
    def account(self) -> Account:
        """The Safe as an account."""
        return accounts.by_address(self.pair.device.db, "eip155", self.safe)

    async def propose_safe(self, site: Origin | None = None) -> Request:
        """Ask for a Safe, as the command line does."""
        return await safe_create.propose_safe(self.wallet, chain=LOCAL, site=site, origin=CLI_ORIGIN, profile_id=None)

    async def propose_set_up(self) -> Request:
        """Ask for the first act with nothing else to do."""
        return await propose_set_up(self.wallet, self.account.id, LOCAL, origin=CLI_ORIGIN, profile_id=None)

    async def make_safe(self, site: Origin | None = None) -> str:
        """Make a Safe of the home passkey or of a site's; its address."""
        made = await self.decide(await self.propose_safe(site))
        self.safe = made.result["address"]
        self.chain.fund(self.safe, 10 * ETHER)
        return self.safe

    async def ask(self, method: str, params: list[Any], *, origin: Origin = SITE) -> Request:
        """A page's call for the Safe (or the vault's account, as long as there is none)."""
        payload = json.dumps({"method": method, "params": params})
        caller = Caller(origin, None, {**TAB}, None)
        return await propose(self.wallet, caller, Ask(method, params, payload, LOCAL, self.safe or self.payer))

    async def ask_to_send(self, wei: int = 10**18, **fields: Any) -> Request:
        call = {"to": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "value": hex(wei), **fields}
        return await self.ask("eth_sendTransaction", [{"from": self.safe or self.payer, **call}])

    async def ask_to_sign(self, text: str = "Hello") -> Request:
        return await self.ask("personal_sign", ["0x" + text.encode().hex(), self.safe or self.payer])

    async def settled(self, request: Request) -> Request:
        """The request once its transaction is mined and the wallet has looked."""
        self.chain.receipt(self.at_device(request).transaction_id or "")
        await look_once(self.wallet, Pace())
        return requests.get(self.pair.device.db, request.id)

    async def close(self) -> None:
        """Both agents, and their nodes' connections."""
        for agent in self.pair.both:
            await agent.wallet.networks.close()
        await self.pair.close()


def use_chain(agent: Agent, chain: Anvil) -> None:
    """This agent asks the real node, by the client that it has in earnest."""
    agent.node = EvmClient()  # type: ignore[assignment] # a real one
    agent.wallet.networks.use_node(LOCAL, chain.url)
