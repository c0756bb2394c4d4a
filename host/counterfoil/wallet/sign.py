"""From the touch to the finished bytes: authorise, hold the ceremony, store, broadcast.   DESIGN §5.6-5.7"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterfoil.chains.family import Chain
from counterfoil.codecs.canonical import Canonical
from counterfoil.errors import BroadcastUnknown, NetworkError, PartyUnavailable, Retry, StateConflict, WalletError
from counterfoil.store import log, poison, requests, shares
from counterfoil.store.requests import Request
from counterfoil.types import Caip2, RequestState, Signature
from counterfoil.wallet.authorise import Approval, Authorised, authorise
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.end import fail, note_cut_off, told, unfinished
from counterfoil.wallet.ports import Body, PartyState, SignOrder
from counterfoil.wallet.proposal import Proposal
from counterfoil.wallet.record_heads import record_heads
from counterfoil.wallet.signers import me

MORE_TRIES = 2


@dataclass(frozen=True, slots=True, repr=False)
class Approved:
    """A request whose bytes a passkey approved, with all that the others need to see that for themselves."""

    request: Request
    authorised: Authorised
    nonces: dict[int, bytes]
    extra: Body


def accept(wallet: Wallet, request: Request, decision: Decision, approval: Approval) -> Approved:
    """Check the touch as every party will, and move to APPROVED. Raises AssertionRefused and what review raises."""
    proposal: Proposal = decision.data["proposal"]
    nonces: dict[int, bytes] = decision.data["nonces"]
    authorised = authorise(wallet, proposal, nonces=nonces, consented_intent=decision.data["intent"], approval=approval)
    approval_body = {
        "role": approval.role,
        "credential_id": approval.credential_id.hex(),
        "response": dict(approval.response),
    }
    request = requests.move(
        wallet.db,
        request.id,
        {RequestState.CONSENTED},
        RequestState.APPROVED,
        now=wallet.now(),
        assertion=approval_body,
    )
    log.append(
        wallet.db,
        "request_approved",
        {
            "request": request.id,
            "origin": request.origin,
            "passkey": approval.role,
            "challenge": authorised.challenge.hex(),
        },
        wallet.now(),
    )
    wallet.events.requests_changed(request.id)
    extra: Body = {
        "proposal": proposal.as_dict(),
        "nonces": {str(index): nonce.hex() for index, nonce in nonces.items()},
        "approval": approval_body,
        "records": list(record_heads(wallet.db, proposal.vault)),
    }
    return Approved(request, authorised, nonces, extra)


async def run(wallet: Wallet, approved: Approved) -> Request:
    """Sign each digest once, in order; store the finished bytes; broadcast them.

    A failure before RELEASED ends the request as FAILED; after it the request stays RELEASED and keeps its slot.
    """
    request = approved.request
    proposal = approved.authorised.reviewed.proposal
    signatures: list[Signature] = []
    try:
        for _path in proposal.paths:
            signatures.append(await _sign_patiently(wallet, approved, signatures))
            keep_signature(wallet, request.id, signatures)
    except WalletError as error:
        return _ended(wallet, request.id, error)
    request = _store(wallet, approved, signatures)
    if proposal.kind.is_transaction:
        return await broadcast(wallet, request)
    return request


def sign_context(proposal: Proposal, challenge: bytes, digest: bytes, position: int) -> Canonical:
    """What a signing session is bound to: the same on every party, or their sessions differ."""
    return {
        "purpose": "request",
        "request_id": proposal.request_id,
        "challenge": challenge.hex(),
        "path": proposal.paths[position],
        "digest": digest.hex(),
        "position": position,
    }


async def _sign_patiently(wallet: Wallet, approved: Approved, earlier: Sequence[Signature]) -> Signature:
    """A digest that others wait for is tried again where nobody answered: what was signed before it is of no use alone,
    and its nonces stay held. Never once this party may have signed it."""
    for _ in range(MORE_TRIES if earlier else 0):
        try:
            return await _sign_one(wallet, approved, earlier)
        except (PartyUnavailable, Retry):
            if requests.get(wallet.db, approved.request.id).released > len(earlier):
                raise
    return await _sign_one(wallet, approved, earlier)


async def _sign_one(wallet: Wallet, approved: Approved, earlier: Sequence[Signature]) -> Signature:
    reviewed, proposal = approved.authorised.reviewed, approved.authorised.reviewed.proposal
    vault, position = reviewed.vault, len(earlier)
    digest = approved.authorised.digest(earlier)
    signing = tuple(party for party in vault.parties if party.index in approved.nonces)
    share = shares.load(wallet.db, wallet.unlocked.key(), vault.id, vault.epoch)
    order = SignOrder(
        vault=vault.id,
        epoch=vault.epoch,
        threshold=vault.threshold,
        me=me(vault).index,
        parties=signing,
        share=bytes(share),
        path=proposal.paths[position],
        digest=digest,
        context=sign_context(proposal, approved.authorised.challenge, digest, position),
        poisoned=poison.marked(wallet.db, vault.id, vault.epoch),
        on_poison=lambda party: poison.mark(wallet.db, vault.id, vault.epoch, party, wallet.now()),
        extra={**approved.extra, "position": position},
        seconds=proposal.expires_at - wallet.now(),
    )
    request_id = approved.request.id

    def report(stage: str, step: int, of: int, parties: Sequence[PartyState]) -> None:
        wallet.events.progress(request_id, stage, step, of, parties)

    return await wallet.ceremonies.sign(order, lambda: release(wallet, request_id, position), report)


def release(wallet: Wallet, request_id: str, position: int) -> None:
    """Durably RELEASED; called before the last messages of a signature leave. Once for each digest, in their order.

    Raises: StateConflict(reason=released) for a digest that may have been signed already
    """
    with wallet.db.durable():
        if requests.get(wallet.db, request_id).released != position:
            raise StateConflict("This may have been signed already.", reason="released")
        requests.move(
            wallet.db,
            request_id,
            {RequestState.APPROVED, RequestState.RELEASED},
            RequestState.RELEASED,
            now=wallet.now(),
            released=position + 1,
        )


def keep_signature(wallet: Wallet, request_id: str, signatures: Sequence[Signature]) -> None:
    """Durably keep what came out: the next digest may depend on it."""
    with wallet.db.durable():
        requests.change(
            wallet.db,
            request_id,
            {RequestState.RELEASED},
            now=wallet.now(),
            signatures=[[str(one.r), str(one.s), one.recovery_id] for one in signatures],
        )


def kept_signatures(request: Request) -> list[Signature]:
    """What ``keep_signature`` kept."""
    return [Signature(int(r), int(s), recovery_id) for r, s, recovery_id in request.signatures]


def _ended(wallet: Wallet, request_id: str, error: WalletError) -> Request:
    """FAILED; or RELEASED with the error noted; or as it stands, where it expired or was refused meanwhile."""
    try:
        return fail(wallet, request_id, error)
    except StateConflict:
        request = requests.get(wallet.db, request_id)
    if request.state is RequestState.RELEASED:
        noted = unfinished(error).as_dict()
        request = requests.change(wallet.db, request_id, {request.state}, now=wallet.now(), error=noted)
        note_cut_off(wallet, request)
        told(wallet, request_id)
    return request


def _store(wallet: Wallet, approved: Approved, signatures: list[Signature]) -> Request:
    reviewed, proposal = approved.authorised.reviewed, approved.authorised.reviewed.proposal
    request = store_signed(wallet, approved.request.id, approved.authorised, signatures)
    log.append(
        wallet.db,
        "request_signed",
        {"request": request.id, "digests": [digest.hex() for digest in reviewed.digests], "origin": proposal.origin},
        wallet.now(),
    )
    told(wallet, request.id)
    return request


def store_signed(wallet: Wallet, request_id: str, authorised: Authorised, signatures: list[Signature]) -> Request:
    """Keep the finished bytes, in one durable step; a message is final with that."""
    reviewed, proposal = authorised.reviewed, authorised.reviewed.proposal
    signed = reviewed.family.assemble(reviewed.chain, proposal.kind, proposal.unsigned, signatures, authorised.touch)
    is_transaction = proposal.kind.is_transaction
    columns = (
        {"transaction_id": reviewed.family.transaction_id(reviewed.chain, signed)}
        if is_transaction
        else {"result": "0x" + signed.hex()}
    )
    with wallet.db.durable():
        request = requests.move(
            wallet.db,
            request_id,
            {RequestState.RELEASED},
            RequestState.SIGNED,
            now=wallet.now(),
            signed=signed,
            **columns,
        )
        if not is_transaction:
            request = requests.move(wallet.db, request_id, {RequestState.SIGNED}, RequestState.FINAL, now=wallet.now())
    return request


async def broadcast(wallet: Wallet, request: Request) -> Request:
    """Send the stored bytes, the very same ones each time.

    Out: SENT when the node has them; else SIGNED with the error noted, to be sent again by the watch
    """
    assert request.chain is not None
    assert request.signed is not None
    chain: Chain = wallet.networks.chain(Caip2(request.chain))
    try:
        await wallet.networks.client(chain).broadcast(chain, request.signed)
    except NetworkError as error:
        noted = error if isinstance(error, BroadcastUnknown) or error.code == _NODE_REJECTED else BroadcastUnknown()
        request = requests.change(
            wallet.db, request.id, {RequestState.SIGNED, RequestState.SENT}, now=wallet.now(), error=noted.as_dict()
        )
    else:
        request = requests.move(
            wallet.db,
            request.id,
            {RequestState.SIGNED, RequestState.SENT},
            RequestState.SENT,
            now=wallet.now(),
            error=None,
        )
    told(wallet, request.id)
    return request


_NODE_REJECTED = 4002
