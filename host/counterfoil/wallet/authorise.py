"""The last look before a share is lent: every party repeats it on the exact bytes.   DESIGN §7

What a passkey approved is the challenge; the challenge is recomputed here from the bytes, this
party's own records and its own nonce, and nothing that was merely claimed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterfoil.chains.family import Touch
from counterfoil.errors import AssertionRefused, PolicyRefused, StateConflict
from counterfoil.store import passkey_counters
from counterfoil.types import Digest32, Signature
from counterfoil.wallet.challenge import SigningContent, joint_nonce
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkey, site_passkey
from counterfoil.wallet.proposal import Proposal
from counterfoil.wallet.review import Reviewed, review
from counterfoil.wallet.safe_records import safe_on_record
from counterfoil.webauthn.assertion import ExpectedAssertion, verify_assertion

SITE = "site"
HOME = "home"


@dataclass(frozen=True, slots=True)
class Approval:
    """A passkey's answer: ``role`` site, or home where the page could not use its own."""

    role: str
    credential_id: bytes
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Authorised:
    """These very bytes were approved by a passkey on this party's record."""

    reviewed: Reviewed
    challenge: bytes
    request_nonce: bytes
    passkey: PasskeyRecord
    touch: Touch

    def digest(self, signatures: Sequence[Signature]) -> Digest32:
        """What is signed after ``signatures``: what the bytes fix first, then what follows from these and the touch."""
        reviewed = self.reviewed
        if len(signatures) < len(reviewed.digests):
            return reviewed.digests[len(signatures)]
        proposal = reviewed.proposal
        return reviewed.family.next_digest(reviewed.chain, proposal.kind, proposal.unsigned, signatures, self.touch)


def challenge_of(reviewed: Reviewed, nonces: Mapping[int, bytes]) -> tuple[bytes, bytes]:
    """(challenge, request nonce) of reviewed bytes, with one nonce from every party that will sign.

    Raises: PolicyRefused(reason=salt) where a chain fixes the challenge and the bytes don't carry these very nonces
    """
    proposal = reviewed.proposal
    nonce = joint_nonce("request", list(nonces.items()))
    if salted(reviewed, nonce) != proposal.unsigned:
        raise PolicyRefused("These bytes do not say where they came from.", reason="salt")
    if (fixed := reviewed.family.challenge(reviewed.chain, proposal.kind, proposal.unsigned)) is not None:
        return fixed, nonce
    content = SigningContent(
        vault=proposal.vault,
        epoch=proposal.epoch,
        chain=proposal.chain,
        paths=proposal.paths,
        account=proposal.account,
        origin=proposal.origin,
        kind=proposal.kind.value,
        unsigned=proposal.unsigned,
        digests=reviewed.digests,
        request_nonce=nonce,
        expires_at=proposal.expires_at,
    )
    return content.challenge(), nonce


def salted(reviewed: Reviewed, nonce: bytes) -> bytes:
    """The bytes as they are when they carry this request nonce, where their chain asks for that."""
    proposal = reviewed.proposal
    return reviewed.family.salted(
        reviewed.chain,
        proposal.kind,
        proposal.unsigned,
        origin=proposal.origin,
        request_nonce=nonce,
        expires_at=proposal.expires_at,
    )


def authorise(
    wallet: Wallet,
    proposal: Proposal,
    *,
    nonces: Mapping[int, bytes],
    consented_intent: bytes,
    approval: Approval,
    again: bool = False,
) -> Authorised:
    """Check final bytes against the consented intent, and the passkey's answer against the bytes.

    In:     ``again``: this party accepted this very answer before and kept it; its counter has been counted

    Raises: what ``review`` raises, PolicyRefused(reason=intent), AssertionRefused, StateConflict
    """
    reviewed = review(wallet, proposal)
    if reviewed.intent != consented_intent:
        raise PolicyRefused("These are not the bytes that were agreed to.", reason="intent")
    challenge, nonce = challenge_of(reviewed, nonces)
    passkey = passkey_on_record(wallet, proposal, approval)
    verified = verify_assertion(
        approval.response,
        expected=ExpectedAssertion(
            challenge=challenge,
            origin=passkey.origin,
            rp_id=passkey.rp_id,
            credential_id=passkey.credential_id,
            public_key=passkey.public_key,
            sign_count=0 if again else max(passkey.sign_count, passkey_counters.last(wallet.db, passkey.credential_id)),
            backup_eligible=passkey.backup_eligible,
            user_handle=passkey.user_handle,
        ),
        now=wallet.now(),
        expires_at=proposal.expires_at,
    )
    touch = Touch(verified.authenticator_data, verified.client_data_raw, verified.r, verified.s)
    reviewed.family.check_touch(reviewed.chain, proposal.kind, proposal.unsigned, touch)
    if not again:
        passkey_counters.advance(
            wallet.db, passkey.credential_id, verified.sign_count, wallet.now(), backed_up=verified.backed_up
        )
    return Authorised(reviewed, challenge, nonce, passkey, touch)


def passkey_on_record(wallet: Wallet, proposal: Proposal, approval: Approval) -> PasskeyRecord:
    """The passkey that this party has on record for the site and account, or a home passkey.

    Raises: AssertionRefused(reason=CREDENTIAL)
    """
    if approval.role == SITE:
        passkey = site_passkey(wallet.db, proposal.vault, proposal.origin)
    elif approval.role == HOME:
        passkey = home_passkey(wallet.db, proposal.vault, approval.credential_id)
    else:
        raise StateConflict("This kind of passkey is not known.", reason="role")
    if passkey is None or passkey.credential_id != approval.credential_id:
        raise AssertionRefused("This passkey is not on record.", reason="CREDENTIAL")
    safe = safe_on_record(wallet.db, proposal.vault, proposal.account)
    if safe is not None and safe.credential_id != passkey.credential_id:
        raise AssertionRefused("This Safe belongs to another passkey.", reason="CREDENTIAL")
    if approval.role == SITE and safe is None and proposal.account not in passkey.accounts:
        raise AssertionRefused("This passkey was not made for this account.", reason="CREDENTIAL")
    return passkey
