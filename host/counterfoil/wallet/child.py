"""Speed-ups and cancellations: the only requests that may want a slot which another one holds.   DESIGN §5, §7.5

A child names its parent. Each party looks the parent up in its own records: same vault, account and slot, and either
the very same act for another fee, or no act at all. So whatever comes of a slot is what a person approved for it, or
nothing.
"""

from __future__ import annotations

from counterfoil.chains.family import NOTHING, Kind
from counterfoil.errors import NotFound, PolicyRefused
from counterfoil.store import requests
from counterfoil.types import RequestId
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.review import Reviewed


def known_parent(wallet: Wallet, reviewed: Reviewed) -> RequestId | None:
    """The parent, if this party has it. Where it has not, it holds nothing for it: the request stands on its own.

    Raises: PolicyRefused(reason=child) if this is no child of that request
    """
    proposal = reviewed.proposal
    if not proposal.parent:
        return None
    try:
        parent = requests.get(wallet.db, proposal.parent)
    except NotFound:
        return None
    same_place = (parent.vault, parent.chain, parent.account, parent.kind) == (
        *(proposal.vault, proposal.chain, proposal.account),
        proposal.kind.value,
    )
    if not same_place or parent.unsigned is None or proposal.kind is not Kind.TRANSACTION:
        raise _no_child()
    before = reviewed.family.slots(reviewed.chain, proposal.account, proposal.kind, parent.unsigned)
    if before != reviewed.slots:
        raise _no_child()
    same_act = reviewed.intent == reviewed.family.intent_of(reviewed.chain, proposal.kind, parent.unsigned)
    if not same_act and reviewed.summary.act != NOTHING:
        raise _no_child()
    return parent.id


def _no_child() -> PolicyRefused:
    return PolicyRefused(
        "This neither repeats nor calls off the transaction whose place it wants. Nothing was signed.", reason="child"
    )
