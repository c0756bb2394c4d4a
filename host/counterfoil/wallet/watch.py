"""What goes on by itself: expiry, sending stored bytes again, noticing that a transaction was mined or is dead."""

from __future__ import annotations

import logging

from counterfoil.chains.family import Chain, Kind
from counterfoil.chains.registry import family_of
from counterfoil.errors import NetworkError, Retry, StateConflict, UnknownChain
from counterfoil.store import log, requests, safe_chains
from counterfoil.store.requests import Request
from counterfoil.types import Caip2, RequestState
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import discard_unfinished
from counterfoil.wallet.end import expire_due, fail, told
from counterfoil.wallet.sign import broadcast
from counterfoil.wallet.unlock import lock

_BROADCAST = frozenset(kind.value for kind in Kind if kind.is_transaction)
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
    for request in requests.holding(wallet.db):
        is_ours = wallet.role != "cosigner" and request.kind in _BROADCAST
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
    kind, transaction = Kind(request.kind), request.transaction_id or ""
    payer, slot = _paid_by(chain, request)
    status = await client.status(chain, transaction, payer, slot)
    if (
        status == "mined"
        and transaction
        and not await client.confirm(chain, kind, request.unsigned or b"", transaction)
    ):
        status = "reverted"
    if status in {"mined", "reverted"}:
        await _note_contract(wallet, request)
        _end(wallet, request, RequestState.FINAL, status)
    elif status == "replaced":
        _end(wallet, request, RequestState.DEAD, status)
    elif request.state is not RequestState.RELEASED and (status == "unknown" or request.state is RequestState.SIGNED):
        await broadcast(wallet, request)


def _paid_by(chain: Chain, request: Request) -> tuple[str, str]:
    """Whose nonce a transaction uses, and which: the last that signs pays."""
    assert request.account is not None
    assert request.unsigned is not None
    family, kind = family_of(chain), Kind(request.kind)
    payer = family.signers(chain, request.account, kind, request.unsigned)[-1]
    return payer, family.slots(chain, payer, kind, request.unsigned)[0]


async def _note_contract(wallet: Wallet, request: Request) -> None:
    """Remember that a contract account stands on this chain, with its lock: its address may be shown there."""
    assert request.chain is not None
    assert request.account is not None
    chain = wallet.networks.chain(Caip2(request.chain))
    lock = await wallet.networks.client(chain).contract_stands(chain, Kind(request.kind), request.unsigned or b"")
    if lock is not None and safe_chains.put(wallet.db, request.account, chain.id, lock, wallet.now()):
        wallet.events.state_changed()


def _end(wallet: Wallet, request: Request, to: RequestState, status: str) -> None:
    try:
        requests.move(wallet.db, request.id, {request.state}, to, now=wallet.now(), result={"status": status})
    except StateConflict:
        return
    log.append(wallet.db, f"request_{to.value}", {"request": request.id, "status": status}, wallet.now())
    told(wallet, request.id)


def recover(wallet: Wallet) -> None:
    """After a restart: what was approved and not released can't be continued by anyone, so it ends; a vault whose
    making was cut off is forgotten.

    Waiting requests stay waiting; released ones keep their slots and are followed.
    """
    discard_unfinished(wallet)
    for request in requests.pending(wallet.db):
        if request.state is RequestState.APPROVED:
            fail(wallet, request.id, Retry("Counterfoil was restarted while signing.", reason="restarted"))
