"""``site_*`` and ``chain_*``."""

from __future__ import annotations

from counterfoil.chains.family import Chain, Native
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.protocol import site as wire
from counterfoil.protocol.model import Empty
from counterfoil.store import sites, vaults
from counterfoil.types import Caip2
from counterfoil.wallet import connect, own_chains, provider, put_on_chain
from counterfoil.wallet.passkey_records import site_passkey


@method("site_list")
async def list_all(_params: Empty, _client: Client, context: Context) -> wire.SiteList:
    """Connected sites."""
    wallet = context.wallet
    known = vaults.listed(wallet.db)
    return wire.SiteList(
        sites=[
            wire.Site(
                origin=permission.origin,
                accounts=list(permission.accounts),
                chain=provider.chain_of(wallet, permission.origin).id,
                has_passkey=any(site_passkey(wallet.db, vault.id, permission.origin) for vault in known),
                connected_at=permission.granted_at,
            )
            for permission in sites.connected(wallet.db)
        ]
    )


@method("site_revoke")
async def revoke(params: wire.SiteOrigin, _client: Client, context: Context) -> Empty:
    """The site sees nothing any more."""
    connect.revoke(context.wallet, params.origin)
    return Empty()


@method("chain_list")
async def list_chains(_params: Empty, _client: Client, context: Context) -> wire.ChainList:
    """All networks."""
    return _chains(context)


@method("chain_setEndpoint")
async def set_endpoint(params: wire.EndpointParams, _client: Client, context: Context) -> wire.ChainView:
    """Ask the node for its chain id before using it."""
    return _chain(context, await own_chains.use_node(context.wallet, Caip2(params.chain), params.rpc_url))


@method("chain_add")
async def add_chain(params: wire.AddChainParams, _client: Client, context: Context) -> wire.ChainView:
    """The same before adding a network."""
    chain = await own_chains.add(
        context.wallet,
        Caip2(params.chain),
        name=params.name,
        native=Native(params.symbol, params.coin, 18),
        rpc_url=params.rpc_url,
        explorer=params.explorer,
        testnet=params.testnet,
    )
    return _chain(context, chain)


@method("chain_remove")
async def remove_chain(params: wire.ChainParams, _client: Client, context: Context) -> wire.ChainList:
    """Only one that was added."""
    own_chains.remove(context.wallet, Caip2(params.chain))
    return _chains(context)


@method("chain_setDefault")
async def set_default(params: wire.ChainParams, _client: Client, context: Context) -> wire.ChainList:
    """Where sites start that never chose."""
    put_on_chain.set_default_chain(context.wallet, Caip2(params.chain))
    return _chains(context)


def _chains(context: Context) -> wire.ChainList:
    wallet = context.wallet
    return wire.ChainList(
        chains=[_chain(context, chain) for chain in wallet.networks.listed()],
        current=put_on_chain.default_chain(wallet),
    )


def _chain(context: Context, chain: Chain) -> wire.ChainView:
    return wire.ChainView(
        chain=chain.id,
        name=chain.name,
        symbol=chain.native.symbol,
        decimals=chain.native.decimals,
        testnet=chain.testnet,
        rpc_url=chain.rpc_url,
        explorer=chain.explorer,
        own=context.wallet.networks.is_own(chain.id),
    )
