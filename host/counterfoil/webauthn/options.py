"""What the extension hands to ``PublicKeyCredential.parse{Creation,Request}OptionsFromJSON``.   WebAuthn L3 §5.1.9-10

Decided here and not in the browser, so that every profile makes the same passkeys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.errors import Bug
from counterfoil.webauthn.cose import ES256

CREATION_TIMEOUT_MS = 180_000
MAX_NAME_BYTES = 64
"""Authenticators may cut longer names, in the middle of a character (CTAP 2.2 §6.1)."""

Options: TypeAlias = "dict[str, bool | int | str | list[Options] | Options]"


@dataclass(frozen=True, slots=True)
class PrfSalts:
    """Inputs of the PRF extension, 32 bytes each: public, but which slot they belong to is ours."""

    first: bytes = field(repr=False)
    second: bytes | None = field(default=None, repr=False)


def site_creation_options(
    *, challenge: bytes, rp_id: str, vault_name: str, user_id: bytes, exclude: Sequence[bytes] = ()
) -> Options:
    """Options of a site passkey: not discoverable, so that it neither replaces nor appears among the site's own.

    Standard: WebAuthn L3 §5.4 (PublicKeyCredentialCreationOptionsJSON §5.1.9)
    In:       32-byte challenge, the site's exact host, 64 random bytes of user id, credential ids of ours to exclude
    Out:      JSON-safe dict
    Raises:   Bug for a wrong length
    Vectors:  tests/vectors/webauthn/options.json
    """
    name = f"Counterfoil: {vault_name}"
    options = _creation(challenge, user_id, name, exclude, resident_key="discouraged")
    options["rp"] = {"id": rp_id, "name": rp_id}
    return options


def home_creation_options(
    *,
    challenge: bytes,
    user_id: bytes,
    name: str,
    prf_salts: PrfSalts | None,
    rp: Literal["localhost"] | None = None,
    exclude: Sequence[bytes] = (),
) -> Options:
    """Options of a home passkey: discoverable, with PRF, for the wallet's own pages.

    Standard: WebAuthn L3 §5.4, §10.1.4 (prf)
    In:       ``rp`` None on Chromium (the extension itself); ``"localhost"`` on Firefox, where PRF is never used
    Out:      JSON-safe dict
    Raises:   Bug for a wrong length, or PRF with ``localhost``
    Vectors:  tests/vectors/webauthn/options.json
    """
    if rp is not None and prf_salts is not None:
        raise Bug("PRF is not used where other extensions may claim the same RP id.")
    options = _creation(challenge, user_id, name, exclude, resident_key="required")
    options["rp"] = {"name": "Counterfoil"} if rp is None else {"id": rp, "name": "Counterfoil"}
    if prf_salts is not None:
        options["extensions"] = _prf(prf_salts)
    return options


def request_options(
    *,
    challenge: bytes,
    rp_id: str | None,
    credential_ids: Sequence[bytes],
    prf_salts: PrfSalts | None = None,
    timeout_ms: int,
) -> Options:
    """Options of an assertion by one of the passkeys named, and no other.

    Standard: WebAuthn L3 §5.5 (PublicKeyCredentialRequestOptionsJSON §5.1.10), §10.1.4 (prf)
    In:       ``rp_id`` None for the extension itself; at least one credential id; timeout in milliseconds
    Out:      JSON-safe dict
    Raises:   Bug for a wrong length, no credential or no time
    Vectors:  tests/vectors/webauthn/options.json
    """
    if not credential_ids or timeout_ms <= 0:
        raise Bug("A passkey is always asked for by name, and in time.")
    options: Options = {
        "challenge": _challenge(challenge),
        "timeout": timeout_ms,
        "allowCredentials": _descriptors(credential_ids),
        "userVerification": "required",
    }
    if rp_id is not None:
        options["rpId"] = rp_id
    if prf_salts is not None:
        options["extensions"] = _prf(prf_salts)
    return options


def _creation(challenge: bytes, user_id: bytes, name: str, exclude: Sequence[bytes], *, resident_key: str) -> Options:
    if len(user_id) != 64:
        raise Bug("A user id has 64 bytes.")
    shown = _fit(name)
    return {
        "challenge": _challenge(challenge),
        "user": {"id": encode_base64url(user_id), "name": shown, "displayName": shown},
        "pubKeyCredParams": [{"type": "public-key", "alg": ES256}],
        "timeout": CREATION_TIMEOUT_MS,
        "excludeCredentials": _descriptors(exclude),
        "authenticatorSelection": {
            "residentKey": resident_key,
            "requireResidentKey": resident_key == "required",
            "userVerification": "required",
        },
        "attestation": "none",
    }


def _challenge(challenge: bytes) -> str:
    if len(challenge) != 32:
        raise Bug("A challenge has 32 bytes.")
    return encode_base64url(challenge)


def _descriptors(credential_ids: Sequence[bytes]) -> list[Options]:
    return [{"type": "public-key", "id": encode_base64url(one)} for one in credential_ids]


def _prf(salts: PrfSalts) -> Options:
    values: Options = {"first": encode_base64url(salts.first)}
    if salts.second is not None:
        values["second"] = encode_base64url(salts.second)
    return {"prf": {"eval": values}}


def _fit(name: str) -> str:
    """At most 64 bytes of UTF-8, cut between characters."""
    return name.encode()[:MAX_NAME_BYTES].decode(errors="ignore")
