"""What the authenticator says: RP, flags, counter and, at creation, the new credential.   WebAuthn L3 §6.1

``fido2`` splits the bytes. Its CBOR reader is lenient (it accepts truncated strings, doubled keys and
long forms), so each part is encoded again and must come out as it went in.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from counterfoil.crypto.hashes import is_equal, sha256
from counterfoil.webauthn.refusal import Check, refusal

MAX_ATTESTATION_OBJECT = 16_384

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass(frozen=True, slots=True)
class AttestedCredential:
    """The credential that a registration made; ``public_key`` is COSE as received."""

    aaguid: bytes
    credential_id: bytes
    public_key: bytes


@dataclass(frozen=True, slots=True)
class AuthenticatorData:
    """The parsed authenticator data beside the exact bytes ``raw`` that were signed."""

    rp_id_hash: bytes
    flags: int
    sign_count: int
    credential: AttestedCredential | None
    raw: bytes

    @property
    def backup_eligible(self) -> bool:
        """BE: the passkey may be copied to other devices."""
        return bool(self.flags & BE)

    @property
    def backed_up(self) -> bool:
        """BS: it is copied now."""
        return bool(self.flags & BS)


def parse_authenticator_data(raw: bytes) -> AuthenticatorData:
    """Parse authenticator data and leave no byte unread.

    Standard: WebAuthn L3 §6.1, §6.5.1; CTAP 2.2 §8 (canonical CBOR)
    In:       the bytes as received
    Out:      AuthenticatorData
    Raises:   AssertionRefused(reason=ENCODING)
    Vectors:  tests/vectors/webauthn/registration.json
    """
    from fido2 import cbor
    from fido2.webauthn import AuthenticatorData as Parsed

    if not 37 <= len(raw) <= MAX_ATTESTATION_OBJECT:
        raise refusal(Check.ENCODING)
    with _unreadable():
        parsed = Parsed(raw)
        attested = bytes(parsed.credential_data or b"")
        rest = raw[37 + len(attested) :]
        if raw[37 : 37 + len(attested)] != attested:
            raise refusal(Check.ENCODING)
        if parsed.extensions is not None and (not isinstance(parsed.extensions, dict) or not _fits(rest)):
            raise refusal(Check.ENCODING)
        credential = None
        if parsed.credential_data is not None:
            credential = AttestedCredential(
                aaguid=bytes(parsed.credential_data.aaguid),
                credential_id=parsed.credential_data.credential_id,
                public_key=cbor.encode(parsed.credential_data.public_key),
            )
        return AuthenticatorData(parsed.rp_id_hash, int(parsed.flags), parsed.counter, credential, raw)


def parse_attestation_object(raw: bytes) -> AuthenticatorData:
    """The authenticator data inside an attestation object; the statement is read strictly and not believed.

    Standard: WebAuthn L3 §6.5.4, §8.7
    In:       CBOR {fmt, attStmt, authData} and nothing else; ``none`` has an empty statement
    Out:      AuthenticatorData
    Raises:   AssertionRefused(reason=ENCODING)
    Vectors:  tests/vectors/webauthn/registration.json
    """
    from fido2 import cbor

    if len(raw) > MAX_ATTESTATION_OBJECT:
        raise refusal(Check.ENCODING)
    with _unreadable():
        members = cbor.decode(raw)
        if not isinstance(members, dict) or set(members) != {"fmt", "attStmt", "authData"} or not _fits(raw):
            raise refusal(Check.ENCODING)
    fmt, statement, data = members["fmt"], members["attStmt"], members["authData"]
    if not (isinstance(fmt, str) and isinstance(statement, dict) and isinstance(data, bytes)):
        raise refusal(Check.ENCODING)
    if fmt == "none" and statement:
        raise refusal(Check.ENCODING)
    return parse_authenticator_data(data)


def verify_rp_id(data: AuthenticatorData, rp_id: str) -> None:
    """Check that the credential belongs to ``rp_id``.

    Standard: WebAuthn L3 §7.1 step 13, §7.2 step 16
    Raises:   AssertionRefused(reason=RP_ID)
    """
    if not is_equal(data.rp_id_hash, sha256(rp_id.encode())):
        raise refusal(Check.RP_ID)


def verify_flags(data: AuthenticatorData, *, require_uv: bool = True) -> None:
    """Check that a person touched the authenticator and proved to be its owner, and that the backup flags agree.

    Standard: WebAuthn L3 §6.1.3, §7.1 steps 14-17, §7.2 steps 17-19
    Raises:   AssertionRefused(reason=FLAGS)
    """
    if not data.flags & UP or (require_uv and not data.flags & UV):
        raise refusal(Check.FLAGS)
    if data.backed_up and not data.backup_eligible:
        raise refusal(Check.FLAGS, "The passkey contradicts itself about its copies. Nothing was signed.")


def _fits(raw: bytes) -> bool:
    """Whether ``raw`` is as long as its value needs: maps may come in any order, but nothing is cut, doubled or padded."""
    from fido2 import cbor

    value, rest = cbor.decode_from(raw)
    return not rest and len(cbor.encode(value)) == len(raw)


@contextmanager
def _unreadable() -> Iterator[None]:
    """Whatever ``fido2`` stumbles over becomes ENCODING; it raises these and more as the bytes lead it."""
    try:
        yield
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError, struct.error):
        raise refusal(Check.ENCODING) from None
