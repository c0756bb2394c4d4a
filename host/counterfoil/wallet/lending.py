"""What this party's policy says to a request, and what the request will have spent.   DESIGN §7.3

Everything is taken from this party's own reading of the bytes and its own records. What leaves is counted when the
party joins, before a signature can exist: too much after a crash, never too little.
"""

from __future__ import annotations

from counterfoil import policy
from counterfoil.policy import Asked, Limit, Outcome, Outflow
from counterfoil.store import spending
from counterfoil.store.spending import Budget, Scope
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.policy_records import policy_of
from counterfoil.wallet.review import Reviewed

ANY_AMOUNT = 2**256 - 1
"""What an unlimited permission counts as."""


def outcome(wallet: Wallet, reviewed: Reviewed, *, by_person_here: bool) -> Outcome:
    """Whether this party's own policy lets it help, with all that left today counted."""
    own = policy_of(wallet.db, reviewed.vault.id, wallet.identity.public, shares_screen=shares_screen(wallet))
    asked = _asked(reviewed)
    closed = spending.is_day_closed(wallet.db, reviewed.vault.id, wallet.now())
    left = {} if closed else {limit: _spent(wallet, reviewed, limit) for limit in own.limits}
    return policy.decide(
        own, asked, spent_today=left, person_approved_here=by_person_here, person_approved_at_requester=True
    )


def shares_screen(wallet: Wallet) -> bool:
    """A co-signer's person is the one at the asking window. Its own role says so, and nothing that others say of it."""
    return wallet.role == "cosigner"


def count(wallet: Wallet, reviewed: Reviewed) -> None:
    """Count what this request takes out, permissions in full."""
    contacts = _contacts(reviewed)
    for asset, amount in _outgoing(reviewed).items():
        budget = Budget(
            vault=reviewed.vault.id,
            chain=reviewed.proposal.chain,
            account=reviewed.proposal.account,
            asset=asset,
            site=reviewed.proposal.origin,
            contact=next(iter(contacts)) if len(contacts) == 1 else "",
            act=reviewed.summary.act,
        )
        spending.add(wallet.db, budget, reviewed.proposal.request_id, amount, wallet.now())


def _asked(reviewed: Reviewed) -> Asked:
    summary, proposal = reviewed.summary, reviewed.proposal
    return Asked(
        site=proposal.origin,
        chain=proposal.chain,
        account=proposal.account,
        act=summary.act,
        contacts=_contacts(reviewed),
        priced=summary.priced and proposal.kind.is_transaction,
        outflows=[
            Outflow(change.asset, change.amount, change.direction == "permission")
            for change in summary.changes
            if change.direction != "in"
        ],
        fee=Outflow("native", proposal.fee_cap, False) if proposal.kind.is_transaction else None,
    )


def _contacts(reviewed: Reviewed) -> frozenset[str]:
    """Who receives something; an unknown receiver is one too, and no contact of any limit."""
    return frozenset(change.counterparty or "" for change in reviewed.summary.changes if change.direction != "in")


def _spent(wallet: Wallet, reviewed: Reviewed, limit: Limit) -> int:
    scope = Scope(
        vault=reviewed.vault.id,
        chain=limit.chain,
        asset=limit.asset,
        site=limit.site,
        account=limit.account,
        contact=limit.contact,
        act=limit.act,
    )
    return spending.spent(wallet.db, scope, wallet.now(), but_for=reviewed.proposal.request_id)


def _outgoing(reviewed: Reviewed) -> dict[str, int]:
    totals: dict[str, int] = {}
    for change in reviewed.summary.changes:
        if change.direction != "in":
            amount = ANY_AMOUNT if change.amount is None else change.amount
            totals[change.asset] = min(totals.get(change.asset, 0) + amount, ANY_AMOUNT)
    if reviewed.summary.fee_cap:
        totals["native"] = totals.get("native", 0) + reviewed.summary.fee_cap
    return totals
