"""From a page's call to a request that waits in the window.   DESIGN §5.1-5.3

The family reads what is asked, the client brings the chain's facts, ``prepare`` builds the exact
bytes and ``summarize`` decodes those bytes: what is stored and shown comes from them alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from counterfoil.chains.family import Finding, Kind, Summary
from counterfoil.chains.registry import family_of
from counterfoil.errors import NotFound, NotPermitted, RateLimited
from counterfoil.store import accounts, requests, settings, slots, vaults
from counterfoil.store.requests import NewRequest, Request
from counterfoil.types import Caip2, Origin, RequestId
from counterfoil.wallet import simulate
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.review import MAX_LIFE_SECONDS
from counterfoil.wallet.summary_json import encode_summary

LIFE_SECONDS = 5 * 60
LIFE_SETTING = "request_life_seconds"
MAX_WAITING_PER_ORIGIN = 5
MAX_WAITING = 20


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: stamped by the worker and the agent, never by the page."""

    origin: Origin
    profile_id: str | None
    tab: dict[str, Any] | None
    client_key: str | None


@dataclass(frozen=True, slots=True)
class Ask:
    """A call to be signed: ``account`` as the site knows it, ``payload`` its own JSON text."""

    method: str
    params: Any
    payload: str
    chain: Caip2
    account: str
    findings: tuple[Finding, ...] = ()
    """What is known of it besides: shown with the rest."""


async def propose(wallet: Wallet, caller: Caller, ask: Ask) -> Request:
    """Make a request of a call, or find the one this very call made before.

    Raises: InputError kinds of the family, NotPermitted, RateLimited, NodeUnreachable, SimulationFailed
    """
    refuse_flood(wallet, caller.origin)
    chain = wallet.networks.chain(ask.chain)
    family = family_of(chain)
    try:
        account = accounts.by_address(wallet.db, ask.chain.split(":")[0], ask.account)
    except NotFound:
        raise NotPermitted("This account is not one of Counterfoil's.") from None
    kind, intent = family.read_request(chain, account.address, ask.method, ask.params)
    facts = await wallet.networks.client(chain).facts(chain, account.address, kind, intent)
    unsigned = family.prepare(chain, account.address, kind, intent, facts)
    if wanted := family.slots(chain, account.address, kind, unsigned):
        taken = frozenset(slots.held(wallet.db, ask.chain, account.address))
        unsigned = family.renumber(chain, kind, intent, unsigned, first=wanted[0], taken=taken)
    now = wallet.now()
    summary = await asyncio.to_thread(family.summarize, chain, account.address, kind, unsigned)
    weighed = family.weigh(chain, account.address, kind, unsigned, facts=facts, now=now)
    refusal = summary.refusal or family.objection(chain, kind, unsigned, origin=caller.origin, now=now)
    summary = replace(summary, findings=(*summary.findings, *weighed, *ask.findings), refusal=refusal)
    new = NewRequest(
        id=RequestId(wallet.rng(16).hex()),
        origin=caller.origin,
        kind=kind.value,
        method=ask.method,
        payload=ask.payload,
        created_at=now,
        expires_at=now + life_seconds(wallet),
        client_key=caller.client_key,
        profile_id=caller.profile_id,
        tab=caller.tab,
        vault=vaults.get(wallet.db, account.vault).id,
        chain=ask.chain,
        account=account.address,
        unsigned=unsigned,
        summary=encode_summary(summary),
        fee_cap=fee_cap(kind, summary),
        slots=list(family.slots(chain, account.address, kind, unsigned)),
    )
    refuse_flood(wallet, caller.origin)  # again: calls that came together all found room at the start
    request, is_new = requests.insert_or_attach(wallet.db, new)
    if is_new:
        wallet.events.requests_changed(request.id)
        simulate.begin(wallet, request)
    return request


def life_seconds(wallet: Wallet) -> int:
    """How long a request waits for its person: five minutes, or what the setting ``request_life_seconds`` says."""
    return min(max(1, int(settings.get(wallet.db, LIFE_SETTING, LIFE_SECONDS))), MAX_LIFE_SECONDS)


def refuse_flood(wallet: Wallet, origin: str) -> None:
    """Raises RateLimited when a site, or all sites together, have too much waiting."""
    waiting = requests.pending(wallet.db)
    of_origin = sum(1 for request in waiting if request.origin == origin)
    if of_origin >= MAX_WAITING_PER_ORIGIN or len(waiting) >= MAX_WAITING:
        raise RateLimited


def fee_cap(kind: Kind, summary: Summary) -> int:
    """What the person is shown as the most that the network may charge: a half above today's estimate,
    so that a fee that rises while they read needs no second approval."""
    return summary.fee_cap * 3 // 2 if kind is Kind.TRANSACTION else 0
