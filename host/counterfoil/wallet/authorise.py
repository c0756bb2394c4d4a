"""The last look before a share is lent: every party repeats it on the exact bytes.   DESIGN §7

What a passkey approved is the challenge; the challenge is recomputed here from the bytes, this
party's own records and its own nonce, and nothing that was merely claimed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from counterfoil.errors import AssertionRefused, PolicyRefused, StateConflict
from counterfoil.store import passkey_counters
from counterfoil.wallet.challenge import SigningContent, joint_nonce
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkey, site_passkey
from counterfoil.wallet.proposal import Proposal
from counterfoil.wallet.review import Reviewed, review
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


def challenge_of(reviewed: Reviewed, nonces: Mapping[int, bytes]) -> tuple[bytes, bytes]:
    """(challenge, request nonce) of reviewed bytes, with one nonce from every party that will sign."""
    proposal = reviewed.proposal
    nonce = joint_nonce("request", list(nonces.items()))
    content = SigningContent(
        vault=proposal.vault,
        epoch=proposal.epoch,
        chain=proposal.chain,
        path=proposal.path,
        account=proposal.account,
        origin=proposal.origin,
        kind=proposal.kind.value,
        unsigned=proposal.unsigned,
        digests=reviewed.digests,
        request_nonce=nonce,
        expires_at=proposal.expires_at,
    )
    return content.challenge(), nonce


def authorise(
    wallet: Wallet, proposal: Proposal, *, nonces: Mapping[int, bytes], consented_intent: bytes, approval: Approval
) -> Authorised:
    """Check final bytes against the consented intent, and the passkey's answer against the bytes.

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
            sign_count=passkey_counters.last(wallet.db, passkey.credential_id),
            backup_eligible=passkey.backup_eligible,
            user_handle=passkey.user_handle,
        ),
        now=wallet.now(),
        expires_at=proposal.expires_at,
    )
    passkey_counters.advance(
        wallet.db, passkey.credential_id, verified.sign_count, wallet.now(), backed_up=verified.backed_up
    )
    return Authorised(reviewed, challenge, nonce, passkey)


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
    if approval.role == SITE and proposal.account not in passkey.accounts:
        raise AssertionRefused("This passkey was not made for this account.", reason="CREDENTIAL")
    return passkey
