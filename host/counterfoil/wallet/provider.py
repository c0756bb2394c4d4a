"""What a page asks through EIP-1193: decide, answer, or wait for the person.   EIP-1193, EIP-2255, EIP-1102"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from counterfoil.chains.family import NOTHING, Chain
from counterfoil.chains.registry import family_of
from counterfoil.errors import (
    Cancelled,
    InputError,
    NotPermitted,
    ProtocolAbort,
    RequestExpired,
    UnknownMethod,
    UnsafeToSign,
    WalletError,
    error_from_dict,
)
from counterfoil.permissions import CAPABILITY, METHODS, Grant, Need, Verdict, decide
from counterfoil.store import requests, sites
from counterfoil.store.requests import Request
from counterfoil.types import RequestState
from counterfoil.wallet import calls, calls_status, connect, site_asset, site_chain, subscribe
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.end import unfinished
from counterfoil.wallet.page_call import PageCall
from counterfoil.wallet.propose import Ask, Caller, propose
from counterfoil.wallet.put_on_chain import chain_id_of
from counterfoil.wallet.replace import done_instead, has_living_child
from counterfoil.wallet.spelling import as_pages_see, hex_chain_id

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}\Z")
ANSWER_SECONDS_AFTER_EXPIRY = 5


async def answer(wallet: Wallet, caller: Caller, method: str, params: Any, payload: str) -> Any:  # noqa: ANN401
    """The result of a page's call.

    Standard: EIP-1193
    In:       ``params`` as the page gave them, untrusted; ``payload`` the JSON text they came in
    Raises:   any WalletError; the wire turns it into an EIP-1193 error
    """
    if (known := _asked_before(wallet, caller, method, payload)) is not None:
        return _shown(wallet, caller, method, await settle(wallet, known))
    chain = chain_of(wallet, caller.origin)
    grant = grant_of(wallet, caller.origin)
    account = _named_account(method, params, grant)
    verdict = decide(method, is_read_only=family_of(chain).is_read_only(method), grant=grant, account=account)
    if verdict is Verdict.UNSUPPORTED:
        raise UnknownMethod(f"Counterfoil does not know {method[:64]}.")
    if verdict is Verdict.REFUSE:
        need = METHODS.get(method)
        if method == "eth_sign":
            raise UnsafeToSign("eth_sign can sign anything unseen, so Counterfoil never does it.", reason="eth_sign")
        if grant is not None and account is None and need is Need.ACCOUNT:
            raise InputError("The call does not name the account that it is for.", reason="params")
        raise NotPermitted
    if method in _ROOMS and grant is not None:
        call = PageCall(caller, method, params, payload, chain, account, grant)
        result = await _ROOMS[method](wallet, call)
        return await settle(wallet, result) if isinstance(result, Request) else result
    if verdict is Verdict.ALLOW:
        own = _OWN_ANSWERS.get(method)
        if own is not None:
            return own(wallet, caller.origin, params)
        return await wallet.networks.client(chain).passthrough(chain, method, params)
    if method == "wallet_requestPermissions":
        _check_capability(params)
    if method in {"eth_requestAccounts", "wallet_requestPermissions"}:
        return await _connect(wallet, caller, method, payload)
    assert account is not None
    ask = Ask(method=method, params=params, payload=payload, chain=chain.id, account=account)
    return await settle(wallet, await propose(wallet, caller, ask))


def chain_of(wallet: Wallet, origin: str) -> Chain:
    """The chain that a site is on: its own choice, else where new sites start."""
    return wallet.networks.chain(chain_id_of(wallet, origin))


def grant_of(wallet: Wallet, origin: str) -> Grant | None:
    """What a site holds; nothing while the wallet is locked, so that a locked wallet says nothing."""
    permission = sites.permission(wallet.db, origin)
    if permission is None or not wallet.unlocked.is_unlocked:
        return None
    return Grant(origin, permission.accounts, permission.granted_at)


async def settle(wallet: Wallet, request: Request) -> Any:  # noqa: ANN401
    """Wait until a request has an answer for its page, at the latest 5 s after its expiry.

    Raises: the request's own end as its typed error
    """
    deadline = request.expires_at + ANSWER_SECONDS_AFTER_EXPIRY
    while True:
        request = requests.get(wallet.db, request.id)
        if request.state is RequestState.DEAD and not has_living_child(wallet, request):
            return _instead(wallet, request)
        if (found := _ready(request)) is not None:
            return found[0]
        left = deadline - wallet.now()
        if left <= 0:
            raise _late(request)
        await wallet.waiters.wait(request.id, min(left, 30))


def _ready(request: Request) -> tuple[Any] | None:
    """The page's answer, if it stands. Raises the error the request ended with."""
    state = request.state
    error = error_from_dict(request.error) if request.error else None
    if state in {RequestState.REFUSED, RequestState.EXPIRED, RequestState.FAILED}:
        raise error or RequestExpired()
    if state is RequestState.RELEASED and error is not None:
        raise error
    if request.kind in {"transaction", "safe_transaction"}:
        if state in {RequestState.SENT, RequestState.FINAL}:
            return (request.transaction_id,)
        if state is RequestState.SIGNED and error is not None:
            if error.word == "broadcast_unknown":
                return (request.transaction_id,)
            raise error
        return None
    if state is RequestState.FINAL:
        return (request.result,)
    return None


def _instead(wallet: Wallet, request: Request) -> Any:  # noqa: ANN401
    """The answer of a transaction that can't happen any more: the one that did what it asked for, or why nothing did.

    Raises: Cancelled, ProtocolAbort(reason=replaced)
    """
    done = done_instead(wallet, request)
    if done is not None and (done.summary or {}).get("act") != NOTHING:
        return done.transaction_id
    if done is not None:
        raise Cancelled("You called this transaction off. It can't happen any more.")
    raise ProtocolAbort("Another transaction took its place. It can't happen any more.", reason="replaced")


def _late(request: Request) -> WalletError:
    if request.state in {RequestState.PROPOSED, RequestState.CONSENTED, RequestState.APPROVED}:
        return RequestExpired()
    return unfinished()


def _asked_before(wallet: Wallet, caller: Caller, method: str, payload: str) -> Request | None:
    """The request that this very call made, before the connection broke or the agent was restarted.

    Whoever waits for it goes on waiting, also while the wallet is locked: it says nothing but how it ends.
    """
    known = None if caller.client_key is None else requests.find_by_client_key(wallet.db, caller.client_key)
    if known is None or (known.origin, known.method, known.payload) != (caller.origin, method, payload):
        return None
    return known


async def _connect(wallet: Wallet, caller: Caller, method: str, payload: str) -> Any:  # noqa: ANN401
    return _shown(
        wallet, caller, method, await settle(wallet, connect.propose_connection(wallet, caller, method, payload))
    )


def _shown(wallet: Wallet, caller: Caller, method: str, result: Any) -> Any:  # noqa: ANN401
    """A request's result in the form of the method that asked for it."""
    if method == "wallet_requestPermissions":
        return permissions_of(wallet, caller.origin)
    return as_pages_see(result) if method == "eth_requestAccounts" else result


def permissions_of(wallet: Wallet, origin: str) -> list[dict[str, Any]]:
    """What a site holds, as EIP-2255 shows it."""
    grant = grant_of(wallet, origin)
    if grant is None:
        return []
    caveat = {"type": "restrictReturnedAccounts", "value": as_pages_see(grant.addresses)}
    return [{"invoker": origin, "parentCapability": CAPABILITY, "date": grant.granted_at * 1000, "caveats": [caveat]}]


def _check_capability(params: Any) -> None:  # noqa: ANN401
    """A request of EIP-2255 names the one capability there is; what else it names is not given."""
    if not (isinstance(params, list) and params and isinstance(params[0], dict) and CAPABILITY in params[0]):
        raise InputError("The only permission that Counterfoil gives is eth_accounts: name it.", reason="params")


def _named_account(method: str, params: Any, grant: Grant | None) -> str | None:  # noqa: ANN401
    """The account that a call is about, as the site spelled it."""
    first = grant.addresses[0] if grant and grant.addresses else None
    if not isinstance(params, list):
        return first
    if method in {"eth_sendTransaction", "wallet_sendCalls"}:
        named = params[0].get("from") if params and isinstance(params[0], dict) else None
        return _spelled(named, grant) if isinstance(named, str) else first
    candidates = [item for item in params[:2] if isinstance(item, str) and _ADDRESS.match(item)]
    if method == "personal_sign" and len(candidates) == 2:
        return _spelled(candidates[1], grant)
    if candidates:
        return _spelled(candidates[0], grant)
    return first if method not in {"personal_sign", "eth_signTypedData_v4"} else None


def _spelled(address: str, grant: Grant | None) -> str:
    known = {item.lower(): item for item in (grant.addresses if grant else ())}
    return known.get(address.lower(), address)


def _accounts(wallet: Wallet, origin: str) -> list[str]:
    grant = grant_of(wallet, origin)
    return as_pages_see(grant.addresses) if grant else []


def _revoke(wallet: Wallet, origin: str, params: Any) -> None:  # noqa: ANN401
    _check_capability(params)
    if sites.permission(wallet.db, origin) is not None:
        connect.revoke(wallet, origin)


_OWN_ANSWERS: dict[str, Callable[[Wallet, str, Any], Any]] = {
    "eth_chainId": lambda wallet, origin, _params: hex_chain_id(chain_of(wallet, origin).id),
    "net_version": lambda wallet, origin, _params: chain_of(wallet, origin).id.split(":")[1],
    "eth_accounts": lambda wallet, origin, _params: _accounts(wallet, origin),
    "eth_requestAccounts": lambda wallet, origin, _params: _accounts(wallet, origin),
    "eth_coinbase": lambda wallet, origin, _params: next(iter(_accounts(wallet, origin)), None),
    "wallet_getPermissions": lambda wallet, origin, _params: permissions_of(wallet, origin),
    "wallet_revokePermissions": _revoke,
}
"""What is answered from our own records, at once."""


async def _capabilities(wallet: Wallet, call: PageCall) -> dict[str, Any]:
    return calls.capabilities(wallet, call)


async def _show_calls(wallet: Wallet, call: PageCall) -> None:
    calls_status.show(wallet, call)


_ROOMS: dict[str, Callable[[Wallet, PageCall], Awaitable[Any]]] = {
    "wallet_switchEthereumChain": site_chain.switch,
    "wallet_addEthereumChain": site_chain.add,
    "wallet_watchAsset": site_asset.watch,
    "wallet_getCapabilities": _capabilities,
    "wallet_sendCalls": lambda wallet, call: calls.send(wallet, call, settle),
    "wallet_getCallsStatus": calls_status.status,
    "wallet_showCallsStatus": _show_calls,
    "eth_subscribe": subscribe.subscribe,
    "eth_unsubscribe": subscribe.unsubscribe,
}
"""Methods of a connected site that have a room of their own: each gives its answer, or the request that the answer waits for."""
