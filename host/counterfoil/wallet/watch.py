"""What goes on by itself: expiry, sending stored bytes again, noticing that a transaction was mined or is dead."""

from __future__ import annotations

import logging

from counterfoil.chains.family import Chain, Kind
from counterfoil.chains.registry import family_of
from counterfoil.errors import NetworkError, Retry, StateConflict, UnknownChain, WalletError
from counterfoil.store import log, requests, safe_chains, unsettled
from counterfoil.store.request_states import OVER, PENDING
from counterfoil.store.requests import Request
from counterfoil.types import Caip2, RequestState
from counterfoil.wallet import simulate
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import discard_unfinished
from counterfoil.wallet.end import expire_due, fail, note_cut_off, told, unfinished
from counterfoil.wallet.replace import note_gap, nothing_left
from counterfoil.wallet.reshare_commit import converge, resume
from counterfoil.wallet.settle import settle
from counterfoil.wallet.sign import broadcast
from counterfoil.wallet.unlock import lock

_BROADCAST = frozenset(kind.value for kind in Kind if kind.is_transaction)
_LOG = logging.getLogger(__name__)


class Pace:
    """How often a node is asked about one transaction: at first every second, an hour later once a minute."""

    def __init__(self) -> None:
        self._looked: dict[str, int] = {}

    def is_due(self, request: Request, now: int, what: str = "") -> bool:
        """Whether to ask ``what`` now; notes that it was asked."""
        wait = min(60, max(1, (now - request.created_at) // 60))
        if now - self._looked.get(request.id + what, 0) < wait:
            return False
        self._looked[request.id + what] = now
        return True


async def look_once(wallet: Wallet, pace: Pace) -> None:
    """One round of everything that needs no person."""
    expire_due(wallet)
    if wallet.unlocked.is_idle:
        lock(wallet)
    await converge(wallet)
    for request in requests.holding(wallet.db):
        is_ours = wallet.role != "cosigner" and request.kind in _BROADCAST
        if not is_ours or not pace.is_due(request, wallet.now()):
            continue
        try:
            await _follow(wallet, request)
        except (NetworkError, UnknownChain) as error:
            _LOG.info("request %s: %s", request.id, error.word)
    for item in unsettled.listed(wallet.db):
        request = requests.get(wallet.db, item.request_id)
        if not pace.is_due(request, wallet.now(), "settle"):
            continue
        try:
            await (_follow_held(wallet, request) if item.is_held else settle(wallet, request.id))
        except WalletError as error:
            _LOG.info("request %s is not settled: %s", request.id, error.word)


async def _follow_held(wallet: Wallet, request: Request) -> None:
    """Held by another party, with nothing to send: until the chain has used the slot."""
    if request.state in OVER and await _status(wallet, request) in {"mined", "reverted", "replaced"}:
        unsettled.forget(wallet.db, request.id)
        told(wallet, request.id)


async def _status(wallet: Wallet, request: Request) -> str:
    """As the chain has it; mined only where the account itself says that the act was done."""
    chain = wallet.networks.chain(Caip2(request.chain or ""))
    client = wallet.networks.client(chain)
    kind, transaction, unsigned = Kind(request.kind), request.transaction_id or "", request.unsigned or b""
    status = await client.status(chain, transaction, *_paid_by(chain, request))
    if status == "mined" and transaction and not await client.confirm(chain, kind, unsigned, transaction):
        return "reverted"
    return status


async def _follow(wallet: Wallet, request: Request) -> None:
    status = await _status(wallet, request)
    if status in {"mined", "reverted"}:
        await _note_contract(wallet, request)
        _end(wallet, request, RequestState.FINAL, status)
    elif status == "replaced":
        _end(wallet, request, RequestState.DEAD, status)
    elif request.state is not RequestState.RELEASED and (status == "unknown" or request.state is RequestState.SIGNED):
        await broadcast(wallet, request)
        await note_gap(wallet, request.id)
    elif request.state is RequestState.SENT:
        await note_gap(wallet, request.id)


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
    unsettled.forget(wallet.db, request.id)
    for child in requests.children(wallet.db, request.id):
        if child.state in PENDING:
            fail(wallet, child.id, nothing_left())
    log.append(wallet.db, f"request_{to.value}", {"request": request.id, "status": status}, wallet.now())
    told(wallet, request.id)
    while request.parent_id is not None:  # whoever waits for the first one learns which was done
        request = requests.get(wallet.db, request.parent_id)
        told(wallet, request.id)


def recover(wallet: Wallet) -> None:
    """After a restart: what was approved and not released can't be continued by anyone, so it ends; a vault whose
    making was cut off is forgotten, and a change of parties goes on from where all can go on.

    Waiting requests stay waiting; released ones keep their slots and are followed. What another party may have gone
    further with is asked about.
    """
    discard_unfinished(wallet)
    resume(wallet)
    simulate.give_up(wallet)
    for request in requests.pending(wallet.db):
        if request.state is RequestState.APPROVED:
            fail(wallet, request.id, Retry("Counterfoil was restarted while signing.", reason="restarted"))
    for request in requests.holding(wallet.db):
        if request.state is RequestState.RELEASED and request.error is None and request.intent is None:
            noted = unfinished().as_dict()
            requests.change(wallet.db, request.id, {request.state}, now=wallet.now(), error=noted)
            note_cut_off(wallet, request)
