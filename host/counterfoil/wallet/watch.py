"""What goes on by itself: expiry, sending stored bytes again, noticing that a transaction was mined or is dead."""

from __future__ import annotations

import logging

from counterfoil.chains.family import Kind
from counterfoil.errors import NetworkError, Retry, StateConflict, UnknownChain
from counterfoil.store import log, requests
from counterfoil.store.requests import Request
from counterfoil.types import Caip2, RequestState
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import discard_unfinished
from counterfoil.wallet.end import expire_due, fail, told
from counterfoil.wallet.reshare_commit import converge, resume
from counterfoil.wallet.sign import broadcast
from counterfoil.wallet.unlock import lock

_LOG = logging.getLogger(__name__)


class Pace:
    """How often a node is asked about one transaction: at first every second, an hour later once a minute."""

    def __init__(self) -> None:
        self._looked: dict[str, int] = {}

    def is_due(self, request: Request, now: int) -> bool:
        """Whether to ask now; notes that it was asked."""
        wait = min(60, max(1, (now - request.created_at) // 60))
        if now - self._looked.get(request.id, 0) < wait:
            return False
        self._looked[request.id] = now
        return True


async def look_once(wallet: Wallet, pace: Pace) -> None:
    """One round of everything that needs no person."""
    expire_due(wallet)
    if wallet.unlocked.is_idle:
        lock(wallet)
    await converge(wallet)
    for request in requests.holding(wallet.db):
        is_ours = wallet.role != "cosigner" and request.kind == Kind.TRANSACTION.value
        if not is_ours or not pace.is_due(request, wallet.now()):
            continue
        try:
            await _follow(wallet, request)
        except (NetworkError, UnknownChain) as error:
            _LOG.info("request %s: %s", request.id, error.word)


async def _follow(wallet: Wallet, request: Request) -> None:
    assert request.chain is not None
    assert request.account is not None
    chain = wallet.networks.chain(Caip2(request.chain))
    client = wallet.networks.client(chain)
    slot = (request.slots or [""])[0]
    status = await client.status(chain, request.transaction_id or "", request.account, slot)
    if status in {"mined", "reverted"}:
        _end(wallet, request, RequestState.FINAL, status)
    elif status == "replaced":
        _end(wallet, request, RequestState.DEAD, status)
    elif request.state is not RequestState.RELEASED and (status == "unknown" or request.state is RequestState.SIGNED):
        await broadcast(wallet, request)


def _end(wallet: Wallet, request: Request, to: RequestState, status: str) -> None:
    try:
        requests.move(wallet.db, request.id, {request.state}, to, now=wallet.now(), result={"status": status})
    except StateConflict:
        return
    log.append(wallet.db, f"request_{to.value}", {"request": request.id, "status": status}, wallet.now())
    told(wallet, request.id)


def recover(wallet: Wallet) -> None:
    """After a restart: what was approved and not released can't be continued by anyone, so it ends; a vault whose
    making was cut off is forgotten, and a change of parties goes on from where all can go on.

    Waiting requests stay waiting; released ones keep their slots and are followed.
    """
    discard_unfinished(wallet)
    resume(wallet)
    for request in requests.pending(wallet.db):
        if request.state is RequestState.APPROVED:
            fail(wallet, request.id, Retry("Counterfoil was restarted while signing.", reason="restarted"))
