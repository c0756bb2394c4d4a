"""What a site asks of this wallet itself, and a person grants in the window: nothing is signed.

Such a request has no bytes. What was shown is kept with it and is what is done, once, when it is approved.
"""

from __future__ import annotations

from typing import Any, Final

from counterfoil.chains.family import Finding, Native, Summary
from counterfoil.errors import AlreadyExists, StateConflict
from counterfoil.store import log, requests
from counterfoil.store.request_states import PENDING
from counterfoil.store.requests import NewRequest, Request
from counterfoil.types import Caip2, RequestId, RequestState
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.end import told
from counterfoil.wallet.page_call import PageCall
from counterfoil.wallet.propose import life_seconds, refuse_flood
from counterfoil.wallet.put_on_chain import put_on_chain
from counterfoil.wallet.steps import Done, Step
from counterfoil.wallet.summary_json import encode_summary

ADD_CHAIN: Final = "add_chain"
SET_NODE: Final = "set_node"
WATCH_ASSET: Final = "watch_asset"
KINDS: Final = frozenset({ADD_CHAIN, SET_NODE, WATCH_ASSET})


def shown(
    act: str, sentence: str, details: tuple[tuple[str, str], ...], findings: tuple[Finding, ...], to: str | None = None
) -> Summary:
    """What the window says of an act of the wallet itself."""
    return Summary(
        act=act, sentence=sentence, changes=(), to=to, fee_cap=0, priced=False, details=details, findings=findings
    )


def propose_act(wallet: Wallet, call: PageCall, summary: Summary, data: dict[str, Any], chain: Caip2 | None) -> Request:
    """A request to be granted in the window; ``data`` is what is done then. Raises RateLimited."""
    refuse_flood(wallet, call.caller.origin)
    now = wallet.now()
    new = NewRequest(
        id=RequestId(wallet.rng(16).hex()),
        origin=call.caller.origin,
        kind=summary.act,
        method=call.method,
        payload=call.payload,
        created_at=now,
        expires_at=now + life_seconds(wallet),
        client_key=call.caller.client_key,
        profile_id=call.caller.profile_id,
        tab=call.caller.tab,
        chain=chain,
        intent=data,
        summary=encode_summary(summary),
    )
    request, is_new = requests.insert_or_attach(wallet.db, new)
    if is_new:
        wallet.events.requests_changed(request.id)
    return request


def approve(wallet: Wallet, request: Request) -> Step:
    """The person said yes: do it, and tell the site. Raises StateConflict where the world moved on meanwhile."""
    wallet.unlocked.key()
    now = wallet.now()
    with wallet.db.transaction():
        requests.move(wallet.db, request.id, PENDING, RequestState.APPROVED, now=now)
        result = _carry_out(wallet, request)
        ended = requests.move(
            wallet.db, request.id, {RequestState.APPROVED}, RequestState.FINAL, now=now, result=result
        )
        log.append(wallet.db, request.kind, {"request": request.id, "origin": request.origin, **request.intent}, now)
    told(wallet, request.id)
    if request.kind != WATCH_ASSET:
        put_on_chain(wallet, request.origin, request.intent["chain"])
    wallet.events.state_changed()
    return Done(ended)


def _carry_out(wallet: Wallet, request: Request) -> bool | None:
    data: dict[str, Any] = request.intent
    if request.kind == ADD_CHAIN:
        try:
            wallet.networks.add(
                data["chain"],
                name=data["name"],
                native=_native(data),
                rpc_url=data["rpc_url"],
                explorer=data["explorer"],
                testnet=False,
            )
        except AlreadyExists as error:
            raise StateConflict(error.message, reason="known") from None
        return None
    if request.kind == SET_NODE:
        if wallet.networks.chain(data["chain"]).rpc_url is not None:
            raise StateConflict("This network has a node already.", reason="known")
        wallet.networks.use_node(data["chain"], data["rpc_url"])
        return None
    wallet.networks.add_token(data["chain"], data["address"], _native(data))
    return True


def _native(data: dict[str, Any]) -> Native:
    return Native(data["symbol"], data["coin"], data["decimals"])
