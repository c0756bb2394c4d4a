"""The passkey's word on one request.   WebAuthn L3 §7.2, and what DESIGN adds to it"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from counterfoil.crypto.hashes import is_equal, sha256
from counterfoil.errors import Bug
from counterfoil.webauthn.authenticator_data import (
    AT,
    AuthenticatorData,
    parse_authenticator_data,
    verify_flags,
    verify_rp_id,
)
from counterfoil.webauthn.client_data import GET, parse_client_data, verify_client_data
from counterfoil.webauthn.cose import parse_cose_key, verify_es256
from counterfoil.webauthn.refusal import Check, refusal
from counterfoil.webauthn.response import read_bytes, read_credential_id, read_object, read_optional_bytes


@dataclass(frozen=True, slots=True)
class ExpectedAssertion:
    """The request's challenge (32 bytes) and the passkey on record. ``user_handle`` None: not known, not compared."""

    challenge: bytes
    origin: str
    rp_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    user_handle: bytes | None = None

    def __post_init__(self) -> None:
        if len(self.challenge) != 32:
            raise Bug("A challenge has 32 bytes.")


@dataclass(frozen=True, slots=True)
class Verified:
    """A passkey approved exactly this request. ``signature`` is DER of (r, s) with s low; both raw parts as signed."""

    credential_id: bytes
    sign_count: int
    backed_up: bool
    user_verified: bool
    client_data_raw: bytes
    authenticator_data: bytes
    signature: bytes
    r: int
    s: int


def verify_assertion(
    response: Mapping[str, object], *, expected: ExpectedAssertion, now: int, expires_at: int
) -> Verified:
    """Check that a passkey approved exactly this request, in a top-level page of exactly this origin.

    Standard: WebAuthn L3 §7.2; COSE RFC 9053 §2.1 (ES256)
    In:       AuthenticationResponseJSON as ``toJSON()`` gives it; now and expires_at in unix seconds
    Out:      Verified(credential_id, sign_count, user_verified=True, …); the caller stores the new sign_count
    Raises:   AssertionRefused(reason=TYPE|CHALLENGE|ORIGIN|CROSS_ORIGIN|RP_ID|FLAGS|COUNTER|SIGNATURE|CREDENTIAL|
              EXPIRED|ENCODING)
    Vectors:  tests/vectors/webauthn/assertion.json
    """
    if now >= expires_at:
        raise refusal(Check.EXPIRED)
    if not is_equal(read_credential_id(response), expected.credential_id):
        raise refusal(Check.CREDENTIAL)
    inner = read_object(response, "response")
    _verify_user_handle(read_optional_bytes(inner, "userHandle"), expected.user_handle)
    client_data = parse_client_data(read_bytes(inner, "clientDataJSON"))
    verify_client_data(client_data, kind=GET, challenge=expected.challenge, origins={expected.origin})
    data = parse_authenticator_data(read_bytes(inner, "authenticatorData"))
    verify_rp_id(data, expected.rp_id)
    _verify_state(data, expected)
    point = parse_cose_key(expected.public_key)
    signature = verify_es256(point, data.raw + sha256(client_data.raw), read_bytes(inner, "signature"))
    return Verified(
        credential_id=expected.credential_id,
        sign_count=data.sign_count,
        backed_up=data.backed_up,
        user_verified=True,
        client_data_raw=client_data.raw,
        authenticator_data=data.raw,
        signature=signature.der(),
        r=signature.r,
        s=signature.s,
    )


def _verify_user_handle(given: bytes | None, expected: bytes | None) -> None:
    if given is not None and expected is not None and not is_equal(given, expected):
        raise refusal(Check.CREDENTIAL)


def _verify_state(data: AuthenticatorData, expected: ExpectedAssertion) -> None:
    """Flags, and a counter that counts: two zeros mean that the authenticator keeps none."""
    verify_flags(data)
    if data.flags & AT:
        raise refusal(Check.FLAGS, "The passkey's answer is one of a creation. Nothing was signed.")
    if data.backup_eligible != expected.backup_eligible:
        raise refusal(Check.FLAGS, "The passkey says that it is of another kind than before. Nothing was signed.")
    if (data.sign_count or expected.sign_count) and data.sign_count <= expected.sign_count:
        raise refusal(Check.COUNTER)
