"""The helping party's side: consent to an intent, and let go of it.   DESIGN §5.4, §7"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from counterfoil import policy
from counterfoil.errors import NotPermitted, PolicyRefused, StateConflict, WalletError
from counterfoil.policy import Outcome, Outflow, Policy
from counterfoil.store import log, requests, slots, spending, vaults
from counterfoil.store.requests import NewRequest, Request
from counterfoil.store.spending import Budget
from counterfoil.store.vaults import Vault
from counterfoil.types import Caip2, Origin, Party, RequestId, RequestState
from counterfoil.wallet.challenge import NONCE_LENGTH
from counterfoil.wallet.child import known_parent
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.end import fail
from counterfoil.wallet.proposal import parse_proposal
from counterfoil.wallet.record_heads import check_heads, read_heads
from counterfoil.wallet.review import Reviewed, hold_slots, review
from counterfoil.wallet.summary_json import encode_summary

_OPEN = frozenset({RequestState.PROPOSED, RequestState.CONSENTED})


def consent(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """Look at an intent as if nobody had: decode, apply this party's policy, hold its slots, give a nonce.

    Raises: what ``review`` raises, PolicyRefused(reason=needs_person|frozen), SlotHeld, NotPermitted,
            StateConflict(reason=records_behind|records_missing|terms)
    """
    proposal = parse_proposal(body.get("proposal"))
    reviewed = review(wallet, proposal)
    requester = party_of(reviewed.vault, sender)
    wallet.unlocked.key()
    check_heads(wallet.db, reviewed.vault.id, read_heads(body.get("records")))
    _apply_policy(wallet, reviewed)
    with wallet.db.transaction():
        request = _kept(wallet, reviewed, requester)
        _let_go_of_older(wallet, reviewed, requester)
        hold_slots(wallet, reviewed)
        nonce = wallet.rng(NONCE_LENGTH)
        requests.move(
            wallet.db,
            request.id,
            _OPEN,
            RequestState.CONSENTED,
            now=wallet.now(),
            unsigned=proposal.unsigned,
            summary=encode_summary(reviewed.summary),
            consents={"requester": requester.index, "nonce": nonce.hex(), "intent": reviewed.intent.hex()},
        )
        log.append(
            wallet.db, "consented", {"request": request.id, "origin": proposal.origin, "act": reviewed.summary.act},
            wallet.now(),
        )  # fmt: skip
    return {"nonce": nonce.hex()}


def _kept(wallet: Wallet, reviewed: Reviewed, requester: Party) -> Request:
    """This party's own row of the request; asked again, the same one, if it is the same in all but bytes."""
    proposal = reviewed.proposal
    intent = {"requester": requester.index, "terms": proposal.terms()}
    for known in (r for r in requests.pending(wallet.db) if r.id == proposal.request_id):
        if known.intent != intent:
            raise StateConflict("This request was made before with another content.", reason="terms")
        return known
    return requests.insert(
        wallet.db,
        NewRequest(
            id=RequestId(proposal.request_id),
            origin=Origin(proposal.origin),
            kind=proposal.kind.value,
            method=proposal.method,
            payload="{}",
            created_at=wallet.now(),
            expires_at=proposal.expires_at,
            vault=reviewed.vault.id,
            chain=Caip2(proposal.chain),
            account=proposal.account,
            fee_cap=proposal.fee_cap,
            intent=intent,
            slots=list(reviewed.slots),
            parent_id=known_parent(wallet, reviewed),
        ),
    )


def _let_go_of_older(wallet: Wallet, reviewed: Reviewed, requester: Party) -> None:
    """The requester holds a nonce once only. An older request of its that wants this one too, and that no passkey
    approved here yet, was ended there, though word of it was lost: it ends here as well and can't be signed any more.
    """
    proposal = reviewed.proposal
    wanted = [(holder, slot) for holder, taken in reviewed.holds.items() for slot in taken]
    for holder, slot in wanted:
        for hold in slots.holders(wallet.db, proposal.chain, holder, slot):
            older = requests.get(wallet.db, hold.request_id)
            is_theirs = (older.consents or {}).get("requester") == requester.index
            if older.id != proposal.request_id and is_theirs and older.state is RequestState.CONSENTED:
                fail(wallet, older.id, StateConflict("The requesting device ended it.", reason="ended"))


def drop(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """The requester says that its request ended before anything was signed: give its slots back.

    Raises: NotFound, NotPermitted
    """
    request = requests.get(wallet.db, str(body.get("request_id")))
    requester = party_of(vaults.get(wallet.db, request.vault or ""), sender)
    if (request.consents or {}).get("requester") != requester.index:
        raise NotPermitted("This is not a request of that device.")
    end_unreleased(wallet, request.id, StateConflict("The requesting device ended it.", reason="ended"))


def let_go(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """The requester could not get everyone's consent now and may ask again: keep the request, give its slots back.

    Raises: NotFound, NotPermitted
    """
    request = requests.get(wallet.db, str(body.get("request_id")))
    requester = party_of(vaults.get(wallet.db, request.vault or ""), sender)
    if (request.consents or {}).get("requester") != requester.index:
        raise NotPermitted("This is not a request of that device.")
    if request.state is RequestState.CONSENTED:
        slots.release(wallet.db, request.id)


def end_unreleased(wallet: Wallet, request_id: str, error: WalletError) -> None:
    """End a request, unless a signature of it may be out: then it stays as it is."""
    with contextlib.suppress(StateConflict):
        fail(wallet, request_id, error)


def _apply_policy(wallet: Wallet, reviewed: Reviewed) -> None:
    summary, proposal = reviewed.summary, reviewed.proposal
    assets = {"native", *(change.asset for change in summary.changes)}
    spent = {asset: spending.spent(wallet.db, budget(reviewed, asset), wallet.now()) for asset in assets}
    outcome = policy.decide(
        Policy(shares_screen=wallet.role == "cosigner"),
        chain=proposal.chain,
        priced=summary.priced and proposal.kind.is_transaction,
        outflows=[
            Outflow(change.asset, change.amount, change.direction == "permission")
            for change in summary.changes
            if change.direction != "in"
        ],
        fee=Outflow("native", proposal.fee_cap, False),
        spent_today={f"{proposal.chain}/{asset}": amount for asset, amount in spent.items()},
        person_approved_here=False,
        person_approved_at_requester=True,
    )
    if outcome is not Outcome.GO:
        raise PolicyRefused(reason=outcome.value)


def party_of(vault: Vault, identity: bytes) -> Party:
    """The other party that has this identity. Raises NotPermitted."""
    for party in vault.parties:
        if party.identity == identity and party.index != vault.my_index:
            return party
    raise NotPermitted("This device is no party of that vault.")


def budget(reviewed: Reviewed, asset: str) -> Budget:
    """What the day's limit of an asset is counted on."""
    proposal = reviewed.proposal
    return Budget(reviewed.vault.id, proposal.chain, proposal.account, asset)
