"""The chains of this wallet: our rows, the person's settings, and one client a family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from counterfoil.chains.family import Chain, Client
from counterfoil.chains.registry import chain_of, load_chains, make_client
from counterfoil.store import settings
from counterfoil.store.db import Database

_SETTING = "chains"


class Networks:
    """Reads the person's settings anew whenever they change."""

    def __init__(self, db: Database, client_of: Callable[[Chain], Client] = make_client) -> None:
        self._db = db
        self._client_of = client_of
        self._clients: dict[str, Client] = {}
        self._chains = load_chains(settings.get(db, _SETTING, {}))

    def chain(self, chain_id: str) -> Chain:
        """Raises UnknownChain."""
        return chain_of(self._chains, chain_id)

    def listed(self) -> list[Chain]:
        """All chains, in the order of the rows."""
        return list(self._chains.values())

    def client(self, chain: Chain) -> Client:
        """The client of the chain's family."""
        if chain.family not in self._clients:
            self._clients[chain.family] = self._client_of(chain)
        return self._clients[chain.family]

    def use_node(self, chain_id: str, rpc_url: str) -> Chain:
        """Use another node for a chain. Raises InputError, UnknownChain."""
        self.chain(chain_id)
        kept: dict[str, Any] = settings.get(self._db, _SETTING, {})
        changed = {**kept, chain_id: {**kept.get(chain_id, {}), "rpc_url": rpc_url}}
        chains = load_chains(changed)
        settings.put(self._db, _SETTING, changed)
        self._chains = chains
        return self.chain(chain_id)

    async def close(self) -> None:
        """End all connections."""
        for client in self._clients.values():
            await client.close()
