"""The helping party's side: consent to an intent, by policy or by its own person, and let go of it.   DESIGN §5.4, §7

Consent is asked, and may be answered later: where a person is needed the request waits on this device, the asking one
is told that it waits, and it asks again once it hears that something moved. No link has to hold meanwhile.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from counterfoil.errors import NotFound, NotPermitted, PolicyRefused, StateConflict, UserRejected, WalletError
from counterfoil.policy import Outcome
from counterfoil.store import log, requests, slots, vaults
from counterfoil.store.request_states import OVER
from counterfoil.store.requests import NewRequest, Request
from counterfoil.store.vaults import Vault
from counterfoil.types import Caip2, Origin, Party, RequestId, RequestState
from counterfoil.wallet import lending
from counterfoil.wallet.challenge import NONCE_LENGTH
from counterfoil.wallet.child import known_parent
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.end import fail, told
from counterfoil.wallet.proposal import Proposal, parse_proposal
from counterfoil.wallet.record_heads import check_heads, read_heads
from counterfoil.wallet.review import Reviewed, hold_slots, review
from counterfoil.wallet.summary_json import encode_summary

_OPEN = frozenset({RequestState.PROPOSED, RequestState.CONSENTED})
WAITING: dict[str, Any] = {"waiting": True}
"""The answer while this device's person has not decided."""


def consent(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """Look at an intent as if nobody had: decode, apply this party's policy, hold its slots, give a nonce.

    Out:    ``{"nonce": hex}``, or WAITING where this device's person has to decide first
    Raises: what ``review`` raises, PolicyRefused(reason=refuse|intent), UserRejected, SlotHeld, NotPermitted, Locked,
            StateConflict(reason=records_behind|records_missing|terms)
    """
    proposal = parse_proposal(body.get("proposal"))
    reviewed = review(wallet, proposal)
    requester = party_of(reviewed.vault, sender)
    check_heads(wallet.db, reviewed.vault.id, read_heads(body.get("records")))
    known = _known(wallet, reviewed, requester)
    by_person = known is not None and _is_agreed(known, reviewed)
    outcome = lending.outcome(wallet, reviewed, by_person_here=by_person)
    if outcome is Outcome.REFUSE:
        raise PolicyRefused(reason=outcome.value)
    if outcome is Outcome.NEEDS_PERSON:
        _await_person(wallet, reviewed, requester, known)
        return WAITING
    wallet.unlocked.key()
    with wallet.db.transaction():
        request = known or _insert(wallet, reviewed, requester)
        return {"nonce": _agree(wallet, request, reviewed, requester, by_person=by_person).hex()}


def agree(wallet: Wallet, request: Request) -> Request:
    """This device's person said yes to what another device asks. It stands in for no passkey.

    Raises: what ``review`` raises, Locked, PolicyRefused(reason=refuse), SlotHeld
    """
    wallet.unlocked.key()
    reviewed = review(wallet, _proposal_of(request))
    requester = _requester(reviewed.vault, request)
    outcome = lending.outcome(wallet, reviewed, by_person_here=True)
    if outcome is not Outcome.GO:
        raise PolicyRefused(reason=outcome.value)
    with wallet.db.transaction():
        _agree(wallet, request, reviewed, requester, by_person=True)
    told(wallet, request.id)
    wallet.peers.tell(requester.identity, "request_moved", {"request_id": request.id})
    return requests.get(wallet.db, request.id)


def _agree(wallet: Wallet, request: Request, reviewed: Reviewed, requester: Party, *, by_person: bool) -> bytes:
    """Hold the slots and consent, with a fresh nonce; in the caller's transaction."""
    proposal = reviewed.proposal
    _let_go_of_older(wallet, reviewed, requester)
    _yield_to(wallet, reviewed, requester)
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
        consents={
            "requester": requester.index,
            "nonce": nonce.hex(),
            "intent": reviewed.intent.hex(),
            "person": by_person,
        },
    )
    log.append(
        wallet.db,
        "consented",
        {"request": request.id, "origin": proposal.origin, "act": reviewed.summary.act, "person": by_person},
        wallet.now(),
    )
    return nonce


def _is_agreed(request: Request, reviewed: Reviewed) -> bool:
    """Whether this device's person said yes to exactly this intent."""
    given = request.consents or {}
    if not given.get("person"):
        return False
    if given.get("intent") != reviewed.intent.hex():
        raise PolicyRefused("This is not what was agreed to on the other device. Ask again.", reason="intent")
    return True


def _await_person(wallet: Wallet, reviewed: Reviewed, requester: Party, known: Request | None) -> None:
    """The request waits here, as this device read it, until its person decides."""
    if known is None:
        request = _insert(wallet, reviewed, requester)
    elif known.unsigned == reviewed.proposal.unsigned:
        return
    else:
        request = requests.change(
            wallet.db,
            known.id,
            {RequestState.PROPOSED},
            now=wallet.now(),
            unsigned=reviewed.proposal.unsigned,
            summary=encode_summary(reviewed.summary),
        )
    wallet.events.requests_changed(request.id)


def _known(wallet: Wallet, reviewed: Reviewed, requester: Party) -> Request | None:
    """This party's own row of the request; asked again, the same one, if it is the same in all but bytes.

    Raises: StateConflict(reason=terms), UserRejected, RequestExpired and whatever else it ended with here
    """
    try:
        known = requests.get(wallet.db, reviewed.proposal.request_id)
    except NotFound:
        return None
    if known.intent != _intent(reviewed, requester):
        raise StateConflict("This request was made before with another content.", reason="terms")
    if known.state is RequestState.REFUSED:
        raise UserRejected("You refused this on your other device. Nothing was signed.", reason="refused_there")
    if known.state in OVER:
        raise StateConflict("This request is over on the other device.", reason="ended")
    return known


def _intent(reviewed: Reviewed, requester: Party) -> dict[str, Any]:
    return {"requester": requester.index, "terms": reviewed.proposal.terms()}


def _insert(wallet: Wallet, reviewed: Reviewed, requester: Party) -> Request:
    proposal = reviewed.proposal
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
            unsigned=proposal.unsigned,
            summary=encode_summary(reviewed.summary),
            intent=_intent(reviewed, requester),
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


def _yield_to(wallet: Wallet, reviewed: Reviewed, requester: Party) -> None:
    """Two devices ask each other for one nonce at once: the one with the lower number goes first, the other's request
    gives the nonce back while nobody has consented to it. So exactly one of the two is told that the slot is held."""
    proposal = reviewed.proposal
    if requester.index > reviewed.vault.my_index:
        return
    for slot in reviewed.slots:
        for hold in slots.holders(wallet.db, proposal.chain, proposal.account, slot):
            own = requests.get(wallet.db, hold.request_id)
            if own.intent is None and own.state is RequestState.PROPOSED:
                slots.release(wallet.db, own.id)


def drop(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """The requester says that its request ended before anything was signed: give its slots back.

    Raises: NotFound, NotPermitted
    """
    request = requests.get(wallet.db, str(body.get("request_id")))
    requester = party_of(vaults.get(wallet.db, request.vault or ""), sender)
    if (request.intent or {}).get("requester") != requester.index:
        raise NotPermitted("This is not a request of that device.")
    end_unreleased(wallet, request.id, StateConflict("The requesting device ended it.", reason="ended"))


def hear_of_move(wallet: Wallet, _sender: bytes, body: Mapping[str, Any]) -> None:
    """A device that was asked says that its person decided: it is asked again now. Its word alone moves nothing."""
    wallet.consents.wake(str(body.get("request_id")))


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


def party_of(vault: Vault, identity: bytes) -> Party:
    """The other party that has this identity. Raises NotPermitted."""
    for party in vault.parties:
        if party.identity == identity and party.index != vault.my_index:
            return party
    raise NotPermitted("This device is no party of that vault.")


def requester_of(wallet: Wallet, request: Request) -> Party | None:
    """The device that asks for this one's consent; None for a request that was born here."""
    if request.intent is None or request.vault is None:
        return None
    return _requester(vaults.get(wallet.db, request.vault), request)


def _requester(vault: Vault, request: Request) -> Party:
    index = (request.intent or {}).get("requester")
    for party in vault.parties:
        if party.index == index and party.index != vault.my_index:
            return party
    raise NotPermitted("The device that asked is no party of that vault any more.")


def _proposal_of(request: Request) -> Proposal:
    """What was asked, as it was kept when it came."""
    terms, unsigned = (request.intent or {}).get("terms"), request.unsigned
    if not isinstance(terms, dict) or unsigned is None:
        raise StateConflict("This is not a request of another device.", reason="terms")
    return parse_proposal({**terms, "unsigned": unsigned.hex()})
