"""The helping party's last look: join only the very session that signs what was consented to and touched.   DESIGN §5.6, §7"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.codecs.canonical import Canonical, encode_canonical
from counterfoil.errors import InvalidMessage, NotPermitted, PolicyRefused, StateConflict, WalletError
from counterfoil.policy import Outcome
from counterfoil.store import log, poison, requests, shares, vaults
from counterfoil.store.vaults import Vault
from counterfoil.types import RequestState, Signature
from counterfoil.wallet import lending
from counterfoil.wallet.authorise import HOME, Approval, Authorised, authorise
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.cosign import end_unreleased, party_of
from counterfoil.wallet.nonces import read_nonces
from counterfoil.wallet.parties import party_as_dict
from counterfoil.wallet.proposal import parse_proposal
from counterfoil.wallet.record_heads import check_heads, read_heads
from counterfoil.wallet.review import hold_slots
from counterfoil.wallet.sign import keep_signature, kept_signatures, release, sign_context, store_signed
from counterfoil.wallet.summary_json import encode_summary


@dataclass(frozen=True, slots=True, repr=False)
class Joining:
    """A ceremony this party goes into: its worker's job, and what to do when it releases, poisons and ends."""

    job: dict[str, Any]
    on_release: Callable[[], None]
    on_poison: Callable[[int], None]
    on_result: Callable[[dict[str, Any]], None]
    on_failure: Callable[[WalletError], None]


def join_signing(wallet: Wallet, sender: bytes, invitation: Mapping[str, Any], body: Mapping[str, Any]) -> Joining:
    """The exact bytes and the passkey's answer are here: check all of §7 again, and join only that very session.

    In:     the invitation as canonical data (already parsed for its form), the requester's ``extra``
    Raises: what ``authorise`` raises, StateConflict, InvalidMessage, NotPermitted, Poisoned
    """
    proposal = parse_proposal(body.get("proposal"))
    request = requests.get(wallet.db, proposal.request_id)
    vault = vaults.get(wallet.db, proposal.vault)
    requester = party_of(vault, sender)
    consents = request.consents or {}
    earlier = kept_signatures(request)
    position = len(earlier)
    if consents.get("requester") != requester.index:
        raise NotPermitted("This request was consented to for another device.")
    awaited = RequestState.RELEASED if earlier else RequestState.CONSENTED
    is_next = type(body.get("position")) is int and body["position"] == position == request.released
    if request.state is not awaited or not is_next or position >= len(proposal.paths):
        raise StateConflict("This request does not wait for a signature here.", reason="state")
    if (request.intent or {}).get("terms") != proposal.terms():
        raise StateConflict("This is not the request that was consented to.", reason="terms")
    nonces = read_nonces(body.get("nonces"))
    if nonces.get(vault.my_index) != bytes.fromhex(consents["nonce"]):
        raise StateConflict("The approval does not carry this device's nonce.", reason="nonce")
    check_heads(wallet.db, vault.id, read_heads(body.get("records")))
    if earlier and (request.unsigned != proposal.unsigned or request.assertion != body.get("approval")):
        raise StateConflict("This is not the approval that was signed for before.", reason="approval")
    authorised = authorise(
        wallet,
        proposal,
        nonces=nonces,
        consented_intent=bytes.fromhex(consents["intent"]),
        approval=read_approval(body.get("approval")),
        again=bool(earlier),
    )
    if not earlier:  # several digests are one approval: what was let go of once is finished
        _check_policy(wallet, authorised, by_person=bool(consents.get("person")))
    digest = authorised.digest(earlier)
    _check_invitation(invitation, vault, nonces, sign_context(proposal, authorised.challenge, digest, position))
    poison.refuse_marked(wallet.db, vault.id, vault.epoch, set(nonces))
    share = bytes(shares.load(wallet.db, wallet.unlocked.key(), vault.id, vault.epoch))
    if not earlier:
        _move_to_approved(wallet, authorised, body)
    return Joining(
        job={
            "kind": "sign",
            "share": encode_base64url(share),
            "path": proposal.paths[position],
            "digest": digest.hex(),
            "poisoned": sorted(poison.marked(wallet.db, vault.id, vault.epoch)),
        },
        on_release=lambda: release(wallet, proposal.request_id, position),
        on_poison=lambda party: poison.mark(wallet.db, vault.id, vault.epoch, party, wallet.now()),
        on_result=lambda result: _finish(wallet, authorised, earlier, result),
        on_failure=lambda error: end_unreleased(wallet, proposal.request_id, error),
    )


def _check_policy(wallet: Wallet, authorised: Authorised, *, by_person: bool) -> None:
    """Once more, on what is left of the limits now; and unasked only where the site itself proved that it asks.

    Raises: PolicyRefused(reason=needs_person|refuse|origin_unproven)
    """
    outcome = lending.outcome(wallet, authorised.reviewed, by_person_here=by_person)
    if outcome is not Outcome.GO:
        raise PolicyRefused(reason=outcome.value)
    asked_nobody = not by_person and not lending.shares_screen(wallet)
    if asked_nobody and authorised.passkey.role == HOME:
        raise PolicyRefused(
            "Your other device goes ahead by itself only where the site's own passkey was touched. Nothing was signed.",
            remedy="Let its person be asked for this, or touch the passkey in the site's page.",
            reason="origin_unproven",
        )


def _move_to_approved(wallet: Wallet, authorised: Authorised, body: Mapping[str, Any]) -> None:
    proposal = authorised.reviewed.proposal
    with wallet.db.transaction():
        hold_slots(wallet, authorised.reviewed)
        lending.count(wallet, authorised.reviewed)
        requests.move(
            wallet.db,
            proposal.request_id,
            {RequestState.CONSENTED},
            RequestState.APPROVED,
            now=wallet.now(),
            unsigned=proposal.unsigned,
            summary=encode_summary(authorised.reviewed.summary),
            challenge=authorised.challenge,
            request_nonce=authorised.request_nonce,
            assertion=dict(body["approval"]),
        )


def _finish(wallet: Wallet, authorised: Authorised, earlier: list[Signature], result: Mapping[str, Any]) -> None:
    proposal = authorised.reviewed.proposal
    digest = authorised.digest(earlier)
    signatures = [*earlier, Signature(int(result["r"]), int(result["s"]), int(result["recovery_id"]))]
    keep_signature(wallet, proposal.request_id, signatures)
    if len(signatures) == len(proposal.paths):
        store_signed(wallet, proposal.request_id, authorised, signatures)
    log.append(
        wallet.db,
        "helped_to_sign",
        {
            "request": proposal.request_id,
            "origin": proposal.origin,
            "digests": [digest.hex()],
        },
        wallet.now(),
    )


def _check_invitation(
    invitation: Mapping[str, Any], vault: Vault, nonces: Mapping[int, bytes], context: Canonical
) -> None:
    """The session is for these parties, this epoch and this content, and nothing else."""
    expected = [party_as_dict(party) for party in vault.parties if party.index in nonces]
    if invitation["parties"] != expected or len(expected) != len(nonces) or len(nonces) != vault.threshold:
        raise StateConflict("The ceremony is not for these parties.", reason="parties")
    same_vault = (invitation["vault"], invitation["epoch"], invitation["threshold"]) == (
        vault.id,
        vault.epoch,
        vault.threshold,
    )
    if not same_vault:
        raise StateConflict("The ceremony is not for this vault as it stands.", reason="epoch")
    if encode_canonical(invitation["context"]) != encode_canonical(context):
        raise StateConflict("The ceremony is not for these bytes.", reason="context")


def read_approval(value: Any) -> Approval:  # noqa: ANN401 - from another agent
    """A passkey's answer as the requester hands it on. Raises InvalidMessage."""
    match value:
        case {"role": str(role), "credential_id": str(credential_id), "response": dict(response), **rest} if not rest:
            try:
                return Approval(role, bytes.fromhex(credential_id), response)
            except ValueError:
                pass
    raise InvalidMessage("The approval can't be read.")
