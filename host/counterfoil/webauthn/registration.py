"""A new passkey, checked before anything relies on it.   WebAuthn L3 §7.1"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from counterfoil.errors import Bug
from counterfoil.webauthn.authenticator_data import (
    AttestedCredential,
    AuthenticatorData,
    parse_attestation_object,
    verify_flags,
    verify_rp_id,
)
from counterfoil.webauthn.client_data import CREATE, parse_client_data, verify_client_data
from counterfoil.webauthn.cose import ES256, P256Point, parse_cose_key
from counterfoil.webauthn.refusal import Check, refusal
from counterfoil.webauthn.response import read_bytes, read_credential_id, read_object, read_optional_bytes

MAX_TRANSPORTS = 8
_TRANSPORT = re.compile(r"[a-z][a-z0-9-]{0,31}\Z")


@dataclass(frozen=True, slots=True)
class ExpectedRegistration:
    """What we asked for. ``challenge`` is 32 bytes of ours, used once; ``origins`` whole origins."""

    challenge: bytes
    origins: frozenset[str]
    rp_id: str
    require_uv: bool = True

    def __post_init__(self) -> None:
        if len(self.challenge) != 32:
            raise Bug("A challenge has 32 bytes.")


@dataclass(frozen=True, slots=True)
class Passkey:
    """A verified passkey. ``public_key`` is COSE; ``prf_enabled`` None where the browser did not say."""

    credential_id: bytes
    public_key: bytes
    x: int
    y: int
    rp_id: str
    origin: str
    sign_count: int
    aaguid: bytes
    backup_eligible: bool
    backed_up: bool
    transports: tuple[str, ...]
    prf_enabled: bool | None


def verify_registration(response: Mapping[str, object], *, expected: ExpectedRegistration) -> Passkey:
    """Check that a person made this passkey now, for us, in a page of an expected origin.

    Standard: WebAuthn L3 §7.1; attestation is not asked for and not believed (§8.7)
    In:       RegistrationResponseJSON as ``toJSON()`` gives it
    Out:      Passkey; whether its id is new is for the caller's records to say (§7.1 step 26)
    Raises:   AssertionRefused(reason=TYPE|CHALLENGE|ORIGIN|CROSS_ORIGIN|RP_ID|FLAGS|CREDENTIAL|ENCODING)
    Vectors:  tests/vectors/webauthn/registration.json
    """
    credential_id = read_credential_id(response)
    inner = read_object(response, "response")
    client_data = parse_client_data(read_bytes(inner, "clientDataJSON"))
    verify_client_data(client_data, kind=CREATE, challenge=expected.challenge, origins=frozenset(expected.origins))
    data = parse_attestation_object(read_bytes(inner, "attestationObject"))
    verify_rp_id(data, expected.rp_id)
    verify_flags(data, require_uv=expected.require_uv)
    credential = _attested(data, credential_id)
    point = parse_cose_key(credential.public_key)
    _verify_copies(inner, data, point)
    return Passkey(
        credential_id=credential_id,
        public_key=credential.public_key,
        x=point.x,
        y=point.y,
        rp_id=expected.rp_id,
        origin=client_data.origin,
        sign_count=data.sign_count,
        aaguid=credential.aaguid,
        backup_eligible=data.backup_eligible,
        backed_up=data.backed_up,
        transports=_transports(inner),
        prf_enabled=_prf_enabled(response),
    )


def _attested(data: AuthenticatorData, credential_id: bytes) -> AttestedCredential:
    if data.credential is None:  # exactly where the AT flag is not set
        raise refusal(Check.FLAGS, "The browser's answer holds no new passkey.")
    if data.credential.credential_id != credential_id or not 16 <= len(credential_id) <= 1023:
        raise refusal(Check.CREDENTIAL)
    return data.credential


def _verify_copies(inner: Mapping[str, object], data: AuthenticatorData, point: P256Point) -> None:
    """The browser repeats parts of the attestation object beside it: they may be absent, never different."""
    copy = read_optional_bytes(inner, "authenticatorData")
    if copy is not None and copy != data.raw:
        raise refusal(Check.ENCODING)
    public_key = read_optional_bytes(inner, "publicKey")
    if public_key is not None and public_key != point.spki():
        raise refusal(Check.CREDENTIAL)
    if inner.get("publicKeyAlgorithm", ES256) != ES256:
        raise refusal(Check.CREDENTIAL)


def _transports(inner: Mapping[str, object]) -> tuple[str, ...]:
    found = inner.get("transports", [])
    if not isinstance(found, list) or len(found) > MAX_TRANSPORTS:
        raise refusal(Check.ENCODING)
    for name in found:
        if not isinstance(name, str) or not _TRANSPORT.match(name):
            raise refusal(Check.ENCODING)
    return tuple(found)


def _prf_enabled(response: Mapping[str, object]) -> bool | None:
    results = response.get("clientExtensionResults")
    if results is None:
        return None
    if not isinstance(results, Mapping) or not isinstance(results.get("prf", {}), Mapping):
        raise refusal(Check.ENCODING)
    enabled = results.get("prf", {}).get("enabled")
    if enabled is not None and not isinstance(enabled, bool):
        raise refusal(Check.ENCODING)
    return enabled
