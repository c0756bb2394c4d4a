"""``site_*`` and ``chain_*``."""

from __future__ import annotations

from counterfoil.chains.family import Chain
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.errors import InputError
from counterfoil.protocol import site as wire
from counterfoil.protocol.model import Empty
from counterfoil.store import log, sites, vaults
from counterfoil.types import Caip2
from counterfoil.wallet import connect, provider
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
    wallet = context.wallet
    before = wallet.networks.chain(params.chain)
    chain = wallet.networks.use_node(params.chain, params.rpc_url)
    try:
        await _check_node(context, chain)
    except BaseException:
        if before.rpc_url is not None:
            wallet.networks.use_node(params.chain, before.rpc_url)
        raise
    log.append(wallet.db, "node_chosen", {"chain": params.chain, "url": params.rpc_url}, wallet.now())
    return _chain(chain)


@method("chain_setDefault")
async def set_default(params: wire.ChainParams, _client: Client, context: Context) -> wire.ChainList:
    """Where sites start that never chose."""
    provider.set_default_chain(context.wallet, Caip2(params.chain))
    return _chains(context)


async def _check_node(context: Context, chain: Chain) -> None:
    answered = await context.wallet.networks.client(chain).passthrough(chain, "net_version", [])
    if str(answered) != chain.id.split(":")[1]:
        raise InputError(f"That node is of another chain ({answered}).", reason="chain_id")


def _chains(context: Context) -> wire.ChainList:
    wallet = context.wallet
    return wire.ChainList(
        chains=[_chain(chain) for chain in wallet.networks.listed()], current=provider.default_chain(wallet)
    )


def _chain(chain: Chain) -> wire.ChainView:
    return wire.ChainView(
        chain=chain.id,
        name=chain.name,
        symbol=chain.native.symbol,
        decimals=chain.native.decimals,
        testnet=chain.testnet,
        rpc_url=chain.rpc_url,
    )
