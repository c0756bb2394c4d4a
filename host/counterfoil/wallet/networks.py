"""The chains of this wallet: our rows, the person's settings, and one client a family."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from counterfoil.chains.family import Chain, Client, Native
from counterfoil.chains.registry import chain_of, is_ours, load_chains, make_client
from counterfoil.errors import AlreadyExists, InputError, NetworkError, NotFound, RateLimited, UnknownChain
from counterfoil.store import settings
from counterfoil.store.db import Database

_SETTING = "chains"
PROBE_SECONDS: Final = 8.0


class Networks:
    """Reads the person's settings anew whenever they change."""

    def __init__(self, db: Database, client_of: Callable[[Chain], Client] = make_client) -> None:
        self._db = db
        self._client_of = client_of
        self._clients: dict[str, Client] = {}
        self._probing: set[str] = set()
        self._chains = load_chains(_named_by_us(settings.get(db, _SETTING, {})))

    def chain(self, chain_id: str) -> Chain:
        """Raises UnknownChain."""
        return chain_of(self._chains, chain_id)

    def find(self, chain_id: str) -> Chain | None:
        """The chain, if there is one."""
        try:
            return self.chain(chain_id)
        except UnknownChain:
            return None

    def listed(self) -> list[Chain]:
        """All chains, in the order of the rows, then those that the person added."""
        return list(self._chains.values())

    def client(self, chain: Chain) -> Client:
        """The client of the chain's family."""
        if chain.family not in self._clients:
            self._clients[chain.family] = self._client_of(chain)
        return self._clients[chain.family]

    async def probe(self, chain_id: str, rpc_url: str) -> None:
        """Ask a node which chain it belongs to, before it is used for ``chain_id``.

        Raises: InputError(reason=chain_id) where it is another one, NodeUnreachable, NodeRejected
        """
        example = self.find(chain_id) or self.listed()[0]
        answered = await self.client(example).chain_at(rpc_url, PROBE_SECONDS)
        if answered != chain_id:
            raise InputError(f"That node is of another chain ({answered[:80]}).", reason="chain_id")

    async def first_of(self, chain_id: str, rpc_urls: tuple[str, ...], asker: str) -> str:
        """The first of these nodes that says it belongs to the chain; for each asker one after the other.

        Raises: RateLimited; InputError(reason=node): the same whatever went wrong, so that nobody learns from it what is where
        """
        if asker in self._probing:
            raise RateLimited("The nodes that this site named before are still being asked.")
        self._probing.add(asker)
        try:
            for url in rpc_urls:
                with contextlib.suppress(NetworkError, InputError):
                    await self.probe(chain_id, url)
                    return url
        finally:
            self._probing.discard(asker)
        raise InputError("None of these nodes says that it belongs to this network.", reason="node")

    def use_node(self, chain_id: str, rpc_url: str) -> Chain:
        """Use another node for a chain. Raises InputError, UnknownChain."""
        self.chain(chain_id)
        return self._change(chain_id, {"rpc_url": rpc_url})

    def add(
        self, chain_id: str, *, name: str, native: Native, rpc_url: str, explorer: str | None, testnet: bool
    ) -> Chain:
        """A chain of the person's own. Raises AlreadyExists, InputError."""
        if self.find(chain_id) is not None:
            raise AlreadyExists("This network is known already.")
        coin = {"symbol": native.symbol, "name": native.name, "decimals": native.decimals}
        given = {"name": name, "native": coin, "rpc_url": rpc_url, "testnet": testnet}
        return self._change(chain_id, given | ({"explorer": explorer} if explorer else {}))

    def remove(self, chain_id: str) -> None:
        """Forget a chain of the person's own. Raises UnknownChain; NotFound for one of our rows."""
        self.chain(chain_id)
        if not self.is_own(chain_id):
            raise NotFound("Only a network that was added can be removed.")
        kept: dict[str, Any] = settings.get(self._db, _SETTING, {})
        self._keep({key: value for key, value in kept.items() if key != chain_id})

    def is_own(self, chain_id: str) -> bool:
        """Whether the person added it."""
        return chain_id in self._chains and not is_ours(chain_id)

    def add_token(self, chain_id: str, address: str, token: Native) -> Chain:
        """Know a token by its name from now on, on this device. Raises InputError, UnknownChain."""
        self.chain(chain_id)
        kept: dict[str, Any] = settings.get(self._db, _SETTING, {}).get(chain_id, {})
        coin = {"symbol": token.symbol, "name": token.name, "decimals": token.decimals}
        return self._change(chain_id, {"tokens": {**kept.get("tokens", {}), address: coin}})

    def _change(self, chain_id: str, given: Mapping[str, Any]) -> Chain:
        kept: dict[str, Any] = settings.get(self._db, _SETTING, {})
        self._keep({**kept, chain_id: {**kept.get(chain_id, {}), **given}})
        return self.chain(chain_id)

    def _keep(self, changed: dict[str, Any]) -> None:
        chains = load_chains(_named_by_us(changed))
        settings.put(self._db, _SETTING, changed)
        self._chains = chains

    async def close(self) -> None:
        """End all connections."""
        for client in self._clients.values():
            await client.close()


def _named_by_us(kept: dict[str, Any]) -> dict[str, Any]:
    """A chain that the person added and that a later version brings itself has our name and coin from then on."""
    return {
        key: {name: value for name, value in given.items() if not (is_ours(key) and name in _IDENTITY)}
        for key, given in kept.items()
    }


_IDENTITY: Final = frozenset({"name", "native", "testnet"})
