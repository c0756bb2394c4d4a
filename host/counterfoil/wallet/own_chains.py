"""Networks and nodes of the person's own choice."""

from __future__ import annotations

from counterfoil.chains.family import Chain, Native
from counterfoil.errors import StateConflict
from counterfoil.store import log, requests, sites
from counterfoil.types import Caip2
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.put_on_chain import default_chain
from counterfoil.wallet.spelling import hex_chain_id


async def use_node(wallet: Wallet, chain_id: Caip2, rpc_url: str) -> Chain:
    """Ask a node for its chain id, then use it. Raises UnknownChain, InputError(reason=chain_id), NodeUnreachable."""
    wallet.networks.chain(chain_id)
    await wallet.networks.probe(chain_id, rpc_url)
    chain = wallet.networks.use_node(chain_id, rpc_url)
    log.append(wallet.db, "node_chosen", {"chain": chain_id, "url": rpc_url}, wallet.now())
    wallet.events.state_changed()
    return chain


async def add(
    wallet: Wallet, chain_id: Caip2, *, name: str, native: Native, rpc_url: str, explorer: str | None, testnet: bool
) -> Chain:
    """A network of the person's own, once its node has said that it belongs to it.

    Raises: AlreadyExists, InputError(reason=chain_id|chain_settings), NodeUnreachable
    """
    if wallet.networks.find(chain_id) is None:
        await wallet.networks.probe(chain_id, rpc_url)
    chain = wallet.networks.add(chain_id, name=name, native=native, rpc_url=rpc_url, explorer=explorer, testnet=testnet)
    log.append(wallet.db, "chain_added", {"chain": chain_id, "name": name, "url": rpc_url}, wallet.now())
    wallet.events.state_changed()
    return chain


def remove(wallet: Wallet, chain_id: Caip2) -> None:
    """Forget a network that was added: sites on it are told that they are where new sites start.

    Raises: UnknownChain, NotFound (one of ours), StateConflict(reason=default|unfinished)
    """
    wallet.networks.chain(chain_id)
    if wallet.networks.is_own(chain_id):
        if default_chain(wallet) == chain_id:
            raise StateConflict(
                "New sites start on this network.",
                remedy="Choose another with `counterfoil chain use`.",
                reason="default",
            )
        if requests.unfinished_on(wallet.db, chain_id):
            raise StateConflict("Something is still under way on this network.", reason="unfinished")
    wallet.networks.remove(chain_id)
    there = sites.on_chain(wallet.db, chain_id)
    sites.forget_chain(wallet.db, chain_id)
    log.append(wallet.db, "chain_removed", {"chain": chain_id}, wallet.now())
    wallet.subscriptions.end_chain(chain_id)
    for origin in there:
        wallet.events.provider(origin, "chainChanged", hex_chain_id(default_chain(wallet)))
    wallet.events.state_changed()
