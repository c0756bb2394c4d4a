"""How requests end, and who is told."""

from __future__ import annotations

from counterfoil.chains.family import Kind
from counterfoil.errors import (
    Ban,
    ProtocolAbort,
    RequestExpired,
    StateConflict,
    UnsafeToSign,
    UserRejected,
    WalletError,
)
from counterfoil.store import log, requests, unsettled, vaults
from counterfoil.store.request_states import PENDING
from counterfoil.store.requests import Request
from counterfoil.types import RequestState
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.signers import other_agents

_BROADCAST = frozenset(kind.value for kind in Kind if kind.is_transaction)


def stop(wallet: Wallet, request_id: str, to: RequestState, error: WalletError) -> Request:
    """End a request that has not been released. Raises StateConflict once a signature may be out."""
    with wallet.db.transaction():
        request = requests.move(wallet.db, request_id, PENDING, to, now=wallet.now(), error=error.as_dict())
        note_cut_off(wallet, request)
    log.append(wallet.db, f"request_{to.value}", {"request": request_id, "origin": request.origin}, wallet.now())
    wallet.decisions.drop(request_id)
    wallet.consents.drop(request_id)
    _drop_elsewhere(wallet, request)
    told(wallet, request_id)
    return request


def note_cut_off(wallet: Wallet, request: Request) -> None:
    """It was approved, so another party may have gone further with it than this device knows: it will be asked."""
    if request.assertion is not None and request.intent is None and request.kind in _BROADCAST:
        unsettled.note(wallet.db, request.id, wallet.now())


def _drop_elsewhere(wallet: Wallet, request: Request) -> None:
    """Whoever was asked to consent may hold the same nonce, even where its answer never came: it may let go.
    Whoever asked for this device's consent is told that there is an answer."""
    if request.vault is None:
        return  # nobody was asked
    asker = (request.intent or {}).get("requester")
    for party in other_agents(vaults.get(wallet.db, request.vault)):
        if request.intent is None:
            wallet.peers.tell(party.identity, "request_drop", {"request_id": request.id})
        elif party.index == asker:
            wallet.peers.tell(party.identity, "request_moved", {"request_id": request.id})


def refuse(wallet: Wallet, request_id: str) -> Request:
    """The person said no, or closed the window. What is already over or released stays as it is."""
    try:
        return stop(wallet, request_id, RequestState.REFUSED, _reason(requests.get(wallet.db, request_id)))
    except StateConflict:
        return requests.get(wallet.db, request_id)


def _reason(request: Request) -> WalletError:
    """What DESIGN §6 never signs is told as that, whoever closed the window."""
    refusal = (request.summary or {}).get("refusal")
    if refusal is None:
        return UserRejected()
    return UnsafeToSign(refusal["sentence"], remedy=refusal["action"] or None, reason=refusal["code"])


def fail(wallet: Wallet, request_id: str, error: WalletError) -> Request:
    """The ceremony or a check ended it before anything was released."""
    return stop(wallet, request_id, RequestState.FAILED, error)


def unfinished(cause: WalletError | None = None) -> WalletError:
    """What is said of a request that was released and came to no end: a signature of it may exist."""
    if isinstance(cause, Ban):
        return cause  # it names who, and says the same
    return ProtocolAbort(
        "The signing did not finish. Its nonce stays reserved; look into Counterfoil before you ask again.",
        reason="unfinished_after_release",
        cause=None if cause is None else cause.word,
    )


def expire_due(wallet: Wallet) -> list[Request]:
    """End everything whose time is over; each page is answered by it."""
    ended = []
    for request in requests.due(wallet.db, wallet.now()):
        try:
            ended.append(stop(wallet, request.id, RequestState.EXPIRED, RequestExpired()))
        except StateConflict:
            continue
    return ended


def told(wallet: Wallet, request_id: str) -> None:
    """Wake whoever waits for this request, and tell the clients."""
    wallet.waiters.wake(request_id)
    wallet.events.requests_changed(request_id)
