"""``request_*`` and ``tx_explain``."""

from __future__ import annotations

import json

from counterfoil.chains.family import Kind, Own
from counterfoil.chains.registry import family_of
from counterfoil.devices.words import words_of
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.dispatch.views import explanation, notches_of, request_view
from counterfoil.errors import InvalidMessage, WindowNeeded
from counterfoil.protocol import request as wire
from counterfoil.protocol.method import Role
from counterfoil.protocol.model import Empty
from counterfoil.store import requests
from counterfoil.store.requests import Request
from counterfoil.types import Origin
from counterfoil.wallet import approve as approving
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.end import refuse as refuse_request
from counterfoil.wallet.renew import renew
from counterfoil.wallet.replace import WALLET, propose_own
from counterfoil.wallet.steps import AssertHomePasskey, AssertSitePasskey, CreateSitePasskey, Step, WaitForOthers
from counterfoil.wallet.waiting import awaiting_person


@method("request_list")
async def list_all(params: wire.ListParams, client: Client, context: Context) -> wire.RequestList:
    """Newest first; pending ones oldest first, as they are decided: those that this client can decide."""
    wallet = context.wallet
    if params.pending:
        found = awaiting_person(wallet.db, client.profile_id)
        return wire.RequestList(requests=[request_view(wallet, item) for item in found[: params.limit]], more=False)
    found = requests.listed(wallet.db, limit=params.limit + 1, before=params.before)
    views = [request_view(wallet, item) for item in found[: params.limit]]
    return wire.RequestList(requests=views, more=len(found) > params.limit)


@method("request_get")
async def get(params: wire.RequestId, _client: Client, context: Context) -> wire.RequestView:
    """One request."""
    return request_view(context.wallet, requests.get(context.wallet.db, params.request_id))


@method("request_approve")
async def approve(params: wire.ApproveParams, _client: Client, context: Context) -> wire.Next:
    """The person said yes to what this view showed."""
    step = await approving.approve(context.wallet, params.request_id, params.seq, list(params.account_ids))
    return wire.Next(next=_step(context.wallet, step))


@method("request_answer")
async def answer(params: wire.AnswerParams, _client: Client, context: Context) -> wire.Next:
    """A passkey's answer."""
    if (params.response is None) == (params.failure is None):
        raise InvalidMessage("Give either a response or a failure.")
    failure = (params.failure.name, params.failure.message) if params.failure else None
    step = await approving.answer(context.wallet, params.request_id, params.step, params.response, failure)
    return wire.Next(next=_step(context.wallet, step))


@method("request_renew")
async def renew_passkey(params: wire.RequestId, _client: Client, context: Context) -> wire.Next:
    """The site's passkey is gone: have its page make a new one first."""
    return wire.Next(next=_step(context.wallet, await renew(context.wallet, params.request_id)))


@method("request_refuse")
async def refuse(params: wire.RequestId, _client: Client, context: Context) -> wire.RequestView:
    """The person said no."""
    return request_view(context.wallet, refuse_request(context.wallet, params.request_id))


@method("request_refuseAll")
async def refuse_all(_params: Empty, client: Client, context: Context) -> Empty:
    """No to everything that waits in this client's window."""
    for request in awaiting_person(context.wallet.db, client.profile_id):
        refuse_request(context.wallet, request.id)
    return Empty()


@method("request_speedUp")
async def speed_up(params: wire.RequestId, client: Client, context: Context) -> wire.RequestView:
    """A new request: the same for a higher fee."""
    return await _own(params, client, context, Own.SPEED_UP)


@method("request_cancel")
async def cancel(params: wire.RequestId, client: Client, context: Context) -> wire.RequestView:
    """A new request: nothing, in its place."""
    return await _own(params, client, context, Own.CANCEL)


@method("request_fill")
async def fill(params: wire.RequestId, client: Client, context: Context) -> wire.RequestView:
    """A new request: nothing, in the number that it waits for."""
    return await _own(params, client, context, Own.FILL)


async def _own(params: wire.RequestId, client: Client, context: Context, own: Own) -> wire.RequestView:
    """Only a browser's window can ask for the passkey."""
    if client.role is Role.CLI and not context.events.has_window():
        raise WindowNeeded(
            "No browser with Counterfoil is open, and the passkey is asked for there. Nothing was changed."
        )
    origin = Origin("cli") if client.role is Role.CLI else WALLET
    return request_view(context.wallet, await propose_own(context.wallet, params.request_id, own, origin))


@method("tx_explain")
async def explain(params: wire.ExplainParams, _client: Client, context: Context) -> wire.Explanation:
    """What bytes do, decoded from those bytes alone."""
    chain = context.wallet.networks.chain(params.chain)
    family = family_of(chain)
    raw = bytes.fromhex(params.raw[2:])
    unsigned, sender = family.unsigned_of(chain, raw)
    account = family.parse_address(chain, params.account) if params.account else sender or "0x" + "00" * 20
    summary = family.summarize(chain, account, Kind.TRANSACTION, unsigned)
    return explanation(summary, chain.native.symbol, chain.native.decimals)


def _step(
    wallet: Wallet, step: Step
) -> wire.CreateSitePasskey | wire.AssertSitePasskey | wire.AssertHomePasskey | wire.WaitForOthers | wire.Finished:
    if isinstance(step, CreateSitePasskey):
        return wire.CreateSitePasskey(
            step="create_site_passkey", target=_target(step.request), options_json=json.dumps(step.options)
        )
    if isinstance(step, AssertSitePasskey):
        return wire.AssertSitePasskey(
            step="assert_site_passkey",
            target=_target(step.request),
            options_json=json.dumps(step.options),
            words=list(words_of(step.challenge, 4)),
            notches=notches_of(step.challenge),
        )
    if isinstance(step, WaitForOthers):
        return wire.WaitForOthers(step="wait_for_others", request=request_view(wallet, step.request))
    if isinstance(step, AssertHomePasskey):
        return wire.AssertHomePasskey(step="assert_home_passkey", options_json=json.dumps(step.options), why=step.why)
    return wire.Finished(step="done", request=request_view(wallet, step.request))


def _target(request: Request) -> wire.Target:
    return wire.Target.model_validate({"origin": request.origin, **(request.tab or {})})
