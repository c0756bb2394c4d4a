"""The first act of a Safe with nothing to do: it creates the account and its lock on a network.   DESIGN §11

On a real network an address is shown only where its Safe stands with its lock, so this comes before any receiving.
"""

from __future__ import annotations

from dataclasses import replace

from counterfoil.chains.evm.safe.facts import ActFacts, ActIntent
from counterfoil.chains.family import Kind
from counterfoil.chains.registry import family_of
from counterfoil.errors import AlreadyExists, NotFound
from counterfoil.store import accounts, requests
from counterfoil.store.requests import NewRequest, Request
from counterfoil.types import Caip2, Origin, RequestId
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.paths import payer_of
from counterfoil.wallet.propose import fee_cap, life_seconds, refuse_flood
from counterfoil.wallet.safe_records import safe_on_record
from counterfoil.wallet.summary_json import encode_summary

METHOD = "safe_setUp"


async def propose_set_up(
    wallet: Wallet, account_id: str, chain_id: Caip2, *, origin: Origin, profile_id: str | None
) -> Request:
    """A request that sets a Safe up on a network, paid by the vault's account.

    Raises: NotFound, AlreadyExists where it has acted before, RateLimited, NodeUnreachable, InvalidTransaction
    """
    refuse_flood(wallet, origin)
    account = accounts.get(wallet.db, account_id)
    safe = safe_on_record(wallet.db, account.vault, account.address)
    if safe is None:
        raise NotFound("This account is not a Safe.")
    chain = wallet.networks.chain(chain_id)
    family, kind = family_of(chain), Kind.SAFE_TRANSACTION
    intent = ActIntent(safe.account, payer_of(wallet, account.vault).address, ())
    facts = await wallet.networks.client(chain).facts(chain, account.address, kind, intent)
    if isinstance(facts, ActFacts) and facts.nonce:
        raise AlreadyExists("This Safe stands on that network already.")
    unsigned = family.prepare(chain, account.address, kind, intent, facts)
    summary = family.summarize(chain, account.address, kind, unsigned)
    now = wallet.now()
    weighed = family.weigh(chain, account.address, kind, unsigned, facts=facts, now=now)
    request = requests.insert(
        wallet.db,
        NewRequest(
            id=RequestId(wallet.rng(16).hex()),
            origin=origin,
            kind=kind.value,
            method=METHOD,
            payload="{}",
            created_at=now,
            expires_at=now + life_seconds(wallet),
            profile_id=profile_id,
            vault=account.vault,
            chain=chain.id,
            account=account.address,
            unsigned=unsigned,
            summary=encode_summary(replace(summary, findings=(*summary.findings, *weighed))),
            fee_cap=fee_cap(kind, summary),
            slots=list(family.slots(chain, account.address, kind, unsigned)),
        ),
    )
    wallet.events.requests_changed(request.id)
    return request
