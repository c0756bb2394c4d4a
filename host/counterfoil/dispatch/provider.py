"""``provider_*``: the page's side."""

from __future__ import annotations

import asyncio

from counterfoil.codecs.strict_json import encode_json, parse_json
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.errors import InvalidMessage, NotPermitted, WalletError
from counterfoil.protocol import provider as wire
from counterfoil.protocol.eip1193 import to_eip1193
from counterfoil.protocol.model import Empty
from counterfoil.store import requests
from counterfoil.types import Origin
from counterfoil.wallet import provider
from counterfoil.wallet.end import refuse
from counterfoil.wallet.propose import Caller
from counterfoil.wallet.spelling import as_pages_see, hex_chain_id
from counterfoil.webauthn.origin import parse_origin


@method("provider_request")
async def request(params: wire.ProviderParams, client: Client, context: Context) -> wire.ProviderResult:
    """Answer a page, always: with a result or with an error in its own numbers."""
    try:
        caller = _caller(params, client)
        method_name, method_params = _payload(params.payload)
        result = await provider.answer(context.wallet, caller, method_name, method_params, params.payload)
    except WalletError as error:
        return wire.ProviderResult(result_json=None, error=to_eip1193(error))
    text = await asyncio.to_thread(lambda: encode_json(result).decode())
    return wire.ProviderResult(result_json=text, error=None)


@method("provider_state")
async def state(params: wire.Context, _client: Client, context: Context) -> wire.ProviderState:
    """What the provider of a fresh page starts with."""
    origin = _origin(params)
    chain = provider.chain_of(context.wallet, origin)
    grant = provider.grant_of(context.wallet, origin)
    return wire.ProviderState(
        chain_id=hex_chain_id(chain.id),
        network_version=chain.id.split(":")[1],
        accounts=as_pages_see(grant.addresses) if grant else [],
    )


@method("provider_closed")
async def closed(params: wire.TabClosed, _client: Client, context: Context) -> Empty:
    """Nobody waits any more for what this document asked."""
    for waiting in requests.pending(context.wallet.db):
        tab = waiting.tab or {}
        same_document = params.document_id is None or tab.get("document_id") == params.document_id
        if tab.get("tab_id") == params.tab_id and same_document:
            refuse(context.wallet, waiting.id)
    context.wallet.batches.end_page(params.tab_id, params.document_id)
    context.wallet.subscriptions.end_page(params.tab_id, params.document_id)
    return Empty()


def _caller(params: wire.ProviderParams, client: Client) -> Caller:
    context = params.context
    return Caller(
        origin=_origin(context),
        profile_id=client.profile_id,
        tab={"tab_id": context.tab_id, "frame_id": context.frame_id, "document_id": context.document_id},
        client_key=f"{client.profile_id}/{context.document_id}/{params.call_id}",
    )


def _origin(context: wire.Context) -> Origin:
    if context.frame_id != 0:
        raise NotPermitted("Counterfoil answers only the page itself, not frames inside it.", reason="frame")
    return parse_origin(context.origin)


def _payload(text: str) -> tuple[str, object]:
    match parse_json(text):
        case {"method": str(name), "params": list() | dict() as given, **rest} if not rest and len(name) <= 128:
            return name, given
        case {"method": str(name), **rest} if not rest and len(name) <= 128:
            return name, []
    raise InvalidMessage("A call has a method and, if need be, params: a list or an object.")
