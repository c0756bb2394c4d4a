"""Which nonce a transaction gets: decided at the last moment at which it is still nobody's.

Two requests that wait at once were both prepared with the chain's next nonce. When a person approves
one, it takes the lowest that is free; so the order of approval is the order of the nonces, and a
request that was refused leaves no gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.chains.family import Chain, Kind
from counterfoil.chains.registry import family_of
from counterfoil.codecs.strict_json import parse_json
from counterfoil.store import slots
from counterfoil.store.requests import Request
from counterfoil.types import Caip2
from counterfoil.wallet.child import known_parent
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.proposal import Proposal
from counterfoil.wallet.review import Reviewed, hold_slots, review


def take_slot(wallet: Wallet, request: Request, proposal: Proposal, firsts: Mapping[str, str]) -> Reviewed:
    """The proposal's bytes in free slots, reviewed, and these slots held; nothing may come between these.

    In:     ``firsts`` is what ``next_slots`` answered
    Raises: what ``review`` raises, SlotHeld, InvalidTransaction(reason=nonce_used)
    """
    if firsts:
        chain = wallet.networks.chain(Caip2(proposal.chain))
        # A Safe's bytes say all that was asked; a page's own nonce is one of another kind of account.
        intent = _intent_of(request, chain, proposal) if proposal.kind is Kind.TRANSACTION else None
        unsigned = proposal.unsigned
        for holder, first in firsts.items():
            taken = slots.held(wallet.db, proposal.chain, holder, but_for=proposal.request_id)
            unsigned = family_of(chain).renumber(
                chain, proposal.kind, intent, unsigned, first=first, taken=frozenset(taken), holder=holder
            )
        proposal = proposal.with_bytes(unsigned)
    reviewed = review(wallet, proposal)
    known_parent(wallet, reviewed)
    hold_slots(wallet, reviewed)
    return reviewed


async def next_slots(wallet: Wallet, proposal: Proposal) -> dict[str, str]:
    """The first slot that the chain would take now, of every account whose slots the bytes take.

    Raises: NodeUnreachable, NodeRejected
    """
    if not proposal.kind.is_transaction:
        return {}
    chain = wallet.networks.chain(Caip2(proposal.chain))
    client, family = wallet.networks.client(chain), family_of(chain)
    firsts: dict[str, str] = {}
    for holder in (proposal.account, *family.signers(chain, proposal.account, proposal.kind, proposal.unsigned)):
        if holder in firsts or not family.slots(chain, holder, proposal.kind, proposal.unsigned):
            continue
        kind = proposal.kind if holder == proposal.account else Kind.TRANSACTION
        if (first := await client.next_slot(chain, holder, kind)) is not None:
            firsts[holder] = first
    return firsts


def _intent_of(request: Request, chain: Chain, proposal: Proposal) -> Any:  # noqa: ANN401 - the family's own
    """What was asked, read once more from the asker's own words: it may name its nonce itself."""
    call = parse_json(request.payload)
    params = call.get("params", []) if isinstance(call, Mapping) else []
    return family_of(chain).read_request(chain, proposal.account, request.method, params)[1]
