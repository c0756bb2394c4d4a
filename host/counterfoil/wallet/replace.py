"""Speed up, call off, fill a gap: what a person can still do about a transaction that is on its way.   DESIGN §5

Each is a request of the wallet's own, with its own approval and the touch of a home passkey. The first two are
children: they take over the nonce of their parent, for a fee that nodes take in its place.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

from counterfoil.chains.family import Chain, Finding, Kind, Level, Own
from counterfoil.chains.registry import family_of
from counterfoil.errors import StateConflict
from counterfoil.store import requests, slots, unsettled
from counterfoil.store.request_states import OVER
from counterfoil.store.requests import NewRequest, Request
from counterfoil.types import Caip2, Origin, RequestId, RequestState
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.propose import fee_cap, life_seconds, refuse_flood
from counterfoil.wallet.summary_json import decode_summary, encode_summary

WALLET = Origin("wallet")
_WAITS_FOR = "waits_for"
_USED = frozenset({"mined", "reverted", "replaced"})


def choices(wallet: Wallet, request: Request) -> tuple[Own, ...]:
    """What can be done about a request now."""
    if request.kind != Kind.TRANSACTION.value or request.unsigned is None or request.intent is not None:
        return ()
    if any(child.state not in OVER or child.state is RequestState.FINAL for child in _children(wallet, request)):
        return ()
    is_stopped = request.state is RequestState.RELEASED and request.error is not None
    if request.state in {RequestState.SIGNED, RequestState.SENT} or is_stopped:
        both = (Own.SPEED_UP, Own.CANCEL)
        return (Own.FILL, *both) if waits_for(request) else both
    if request.state in OVER and unsettled.is_held(wallet.db, request.id):
        return (Own.CANCEL,)  # its asker was told that it failed, so it is never done after all
    return ()


def waits_for(request: Request) -> str | None:
    """The slot that nobody uses and that the chain wants first."""
    found = (request.result or {}).get(_WAITS_FOR) if request.state is RequestState.SENT else None
    return found if isinstance(found, str) else None


async def propose_own(wallet: Wallet, request_id: str, own: Own, origin: Origin = WALLET) -> Request:
    """A request of the wallet's own about another one.

    Raises: NotFound, StateConflict(reason=cannot|mined), RateLimited, NodeUnreachable, NodeRejected
    """
    parent = requests.get(wallet.db, request_id)
    _check(wallet, parent, own)
    refuse_flood(wallet, origin)
    assert parent.chain is not None
    assert parent.account is not None
    assert parent.unsigned is not None
    chain = wallet.networks.chain(Caip2(parent.chain))
    slot = (parent.slots or [""])[0]
    client = wallet.networks.client(chain)
    if await client.status(chain, parent.transaction_id or "", parent.account, slot) in _USED:
        raise nothing_left()
    new = await _prepared(wallet, chain, parent, own, origin)
    _check(wallet, requests.get(wallet.db, parent.id), own)  # again: another one may have been made meanwhile
    if own is Own.FILL and new.slots[0] in slots.held(wallet.db, chain.id, parent.account):
        raise StateConflict("Another request uses that number now.", reason="cannot")
    request = requests.insert(wallet.db, new)
    wallet.events.requests_changed(request.id)
    wallet.events.requests_changed(parent.id)
    return request


_KNOWN_TO_THE_PERSON = frozenset({"fee_above_usual", "nonce_gap"})


async def _prepared(wallet: Wallet, chain: Chain, parent: Request, own: Own, origin: Origin) -> NewRequest:
    family, account = family_of(chain), parent.account or ""
    params = [waits_for(parent) if own is Own.FILL else "0x" + (parent.unsigned or b"").hex()]
    kind, intent = family.read_request(chain, account, own.value, params)
    facts = await wallet.networks.client(chain).facts(chain, account, kind, intent)
    unsigned = family.prepare(chain, account, kind, intent, facts)
    now = wallet.now()
    summary = await asyncio.to_thread(family.summarize, chain, account, kind, unsigned)
    weighed = family.weigh(chain, account, kind, unsigned, facts=facts, now=now)
    said = (f for f in weighed if f.code not in _KNOWN_TO_THE_PERSON)
    summary = replace(summary, findings=(*summary.findings, *said, _why(own, parent)))
    is_child = own is not Own.FILL
    return NewRequest(
        id=RequestId(wallet.rng(16).hex()),
        origin=origin,
        kind=kind.value,
        method=own.value,
        payload=json.dumps({"method": own.value, "params": params}),
        created_at=now,
        expires_at=now + life_seconds(wallet),
        vault=parent.vault,
        chain=chain.id,
        account=account,
        unsigned=unsigned,
        summary=encode_summary(summary),
        fee_cap=summary.fee_cap if is_child else fee_cap(kind, summary),
        slots=list(family.slots(chain, account, kind, unsigned)),
        parent_id=parent.id if is_child else None,
    )


async def note_gap(wallet: Wallet, request_id: str) -> None:
    """Keep with a transaction that is sent which slot it waits for, if nothing is going to use that. Raises NetworkError kinds."""
    request = requests.get(wallet.db, request_id)
    if request.state is not RequestState.SENT or not request.slots or request.kind != Kind.TRANSACTION.value:
        return
    assert request.chain is not None
    assert request.account is not None
    chain = wallet.networks.chain(Caip2(request.chain))
    held = slots.held(wallet.db, request.chain, request.account)
    found = await wallet.networks.client(chain).missing(chain, request.account, request.slots[0], held)
    if found != waits_for(requests.get(wallet.db, request_id)):
        result = {_WAITS_FOR: found} if found else None
        requests.change(wallet.db, request_id, {RequestState.SENT}, now=wallet.now(), result=result)
        wallet.events.requests_changed(request_id)


def nothing_left() -> StateConflict:
    """The network was faster."""
    return StateConflict("The network has taken it already. There is nothing left to change.", reason="mined")


def done_instead(wallet: Wallet, request: Request) -> Request | None:
    """What was mined in the place of a request: one of its children, or of theirs."""
    for child in _children(wallet, request):
        if child.state is RequestState.FINAL:
            return child
        if (found := done_instead(wallet, child)) is not None:
            return found
    return None


def has_living_child(wallet: Wallet, request: Request) -> bool:
    """Whether it is not known yet which of them was done."""
    return any(
        child.state not in OVER or has_living_child(wallet, child) for child in requests.children(wallet.db, request.id)
    )


def _children(wallet: Wallet, request: Request) -> list[Request]:
    return requests.children(wallet.db, request.id)


def _check(wallet: Wallet, parent: Request, own: Own) -> None:
    if own in choices(wallet, parent):
        return
    for child in _children(wallet, parent):
        if child.state not in OVER:
            raise StateConflict("Another request took its place: look at that one.", reason="cannot", request=child.id)
    raise StateConflict("There is nothing that could be done about this request now.", reason="cannot")


def _why(own: Own, parent: Request) -> Finding:
    """Said beside the bytes, from this computer's own record of the first one."""
    first = decode_summary(parent.summary).sentence if parent.summary else "the first one"
    if own is Own.SPEED_UP:
        return Finding(
            "replaces",
            Level.INFO,
            "The same as before, for a higher fee.",
            "Only one of the two can be done, never both.",
        )
    if own is Own.CANCEL:
        return Finding(
            "calls_off",
            Level.INFO,
            f"It takes the place of: {first}",
            "If the network takes this one first, the other can never be done. If not, this one is not done and costs nothing.",
        )
    return Finding(
        "fills_gap", Level.INFO, f"So that this can go on: {first}", "Its number was set aside and never used."
    )
