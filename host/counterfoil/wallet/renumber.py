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


def take_slot(wallet: Wallet, request: Request, proposal: Proposal, first: str | None) -> Reviewed:
    """The proposal's bytes in a free slot, reviewed, and that slot held; nothing may come between these.

    In:     ``first`` is what ``next_slot`` answered
    Raises: what ``review`` raises, SlotHeld, InvalidTransaction(reason=nonce_used)
    """
    if first is not None:
        chain = wallet.networks.chain(Caip2(proposal.chain))
        intent = _intent_of(request, chain, proposal)
        taken = slots.held(wallet.db, proposal.chain, proposal.account, but_for=proposal.request_id)
        unsigned = family_of(chain).renumber(
            chain, proposal.kind, intent, proposal.unsigned, first=first, taken=frozenset(taken)
        )
        proposal = proposal.with_bytes(unsigned)
    reviewed = review(wallet, proposal)
    known_parent(wallet, reviewed)
    hold_slots(wallet, reviewed)
    return reviewed


async def next_slot(wallet: Wallet, proposal: Proposal) -> str | None:
    """The first slot that the chain would take now. Raises NodeUnreachable, NodeRejected."""
    if proposal.kind is not Kind.TRANSACTION:
        return None
    chain = wallet.networks.chain(Caip2(proposal.chain))
    return await wallet.networks.client(chain).next_slot(chain, proposal.account, proposal.kind)


def _intent_of(request: Request, chain: Chain, proposal: Proposal) -> Any:  # noqa: ANN401 - the family's own
    """What was asked, read once more from the asker's own words: it may name its nonce itself."""
    call = parse_json(request.payload)
    params = call.get("params", []) if isinstance(call, Mapping) else []
    return family_of(chain).read_request(chain, proposal.account, request.method, params)[1]
