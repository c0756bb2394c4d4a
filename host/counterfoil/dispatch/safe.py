"""``safe_*``."""

from __future__ import annotations

from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.dispatch.views import request_view
from counterfoil.protocol import safe as wire
from counterfoil.protocol.method import Role
from counterfoil.protocol.request import RequestView
from counterfoil.types import CLI_ORIGIN, WALLET_ORIGIN, Caip2, Origin
from counterfoil.wallet import safe_create, safe_set_up
from counterfoil.wallet.put_on_chain import default_chain


@method("safe_propose")
async def propose(params: wire.ProposeParams, client: Client, context: Context) -> RequestView:
    """A request that waits in the window; its home passkey decides."""
    wallet = context.wallet
    request = await safe_create.propose_safe(
        wallet,
        chain=Caip2(params.chain) if params.chain else default_chain(wallet),
        site=params.site,
        origin=_origin(client),
        profile_id=client.profile_id,
    )
    return request_view(wallet, request)


@method("safe_setUp")
async def set_up(params: wire.SetUpParams, client: Client, context: Context) -> RequestView:
    """Its first act, with nothing else to do."""
    wallet = context.wallet
    request = await safe_set_up.propose_set_up(
        wallet,
        params.account_id,
        Caip2(params.chain) if params.chain else default_chain(wallet),
        origin=_origin(client),
        profile_id=client.profile_id,
    )
    return request_view(wallet, request)


def _origin(client: Client) -> Origin:
    return CLI_ORIGIN if client.role is Role.CLI else WALLET_ORIGIN
