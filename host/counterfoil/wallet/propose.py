"""From a page's call to a request that waits in the window.   DESIGN §5.1-5.3

The family reads what is asked, the client brings the chain's facts, ``prepare`` builds the exact
bytes and ``summarize`` decodes those bytes: what is stored and shown comes from them alone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from counterfoil.chains.evm.safe.kinds import for_safe
from counterfoil.chains.family import Chain, Family, Finding, Kind, Summary
from counterfoil.chains.registry import family_of
from counterfoil.errors import NotFound, NotPermitted, RateLimited
from counterfoil.store import accounts, requests, settings, slots, vaults
from counterfoil.store.accounts import Account
from counterfoil.store.requests import NewRequest, Request
from counterfoil.types import Caip2, Origin, RequestId
from counterfoil.wallet import simulate
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.paths import payer_of
from counterfoil.wallet.review import MAX_LIFE_SECONDS
from counterfoil.wallet.safe_records import safe_on_record
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
    at_once: bool = False
    """``params`` are several calls that a Safe makes in one act."""


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
    kind, intent = _read(family, chain, account, ask)
    kind, intent = asked_of(wallet, caller.origin, account, kind, intent)
    facts = await wallet.networks.client(chain).facts(chain, account.address, kind, intent)
    unsigned = family.prepare(chain, account.address, kind, intent, facts)
    if kind is Kind.TRANSACTION and (wanted := family.slots(chain, account.address, kind, unsigned)):
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


def _read(family: Family, chain: Chain, account: Account, ask: Ask) -> tuple[Kind, Any]:
    """The intent of a call; of several, for a Safe, all of them in order. Raises as ``Family.read_request``."""
    if not ask.at_once or account.kind != accounts.SAFE:
        return family.read_request(chain, account.address, ask.method, ask.params)
    found = [family.read_request(chain, account.address, ask.method, [one]) for one in ask.params]
    return found[0][0], tuple(intent for _, intent in found)


def asked_of(wallet: Wallet, origin: str, account: Account, kind: Kind, intent: Any) -> tuple[Kind, Any]:  # noqa: ANN401
    """What was asked of an address, as its kind of account takes it. Raises NotPermitted, InvalidTransaction."""
    if account.kind != accounts.SAFE:
        return kind, intent
    safe = safe_on_record(wallet.db, account.vault, account.address)
    if safe is None or (safe.passkey_role == "site" and safe.passkey_origin != origin):
        raise NotPermitted("This Safe moves only by the passkey of its own site.")
    return for_safe(safe.account, payer_of(wallet, account.vault).address, kind, intent)


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
    return summary.fee_cap * 3 // 2 if kind.is_transaction else 0
