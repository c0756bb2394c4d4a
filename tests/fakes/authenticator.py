"""A browser with an authenticator inside: answers the JSON of ``webauthn/options.py`` as ``toJSON()`` would.

Everything follows from the seed, signatures too (RFC 6979). ``Twist`` bends one answer, so that a test breaks exactly
one rule; what is not bent stays right, the signature over bent data included.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor

from counterfoil.codecs.base64url import encode_base64url, parse_base64url

AAGUID = bytes.fromhex("01020304050607080102030405060708")
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
UP, UV, BE, BS, AT, ED = 0x01, 0x04, 0x08, 0x10, 0x40, 0x80


@dataclass(frozen=True)
class Twist:
    """How one answer differs from an honest one. None: as it should be."""

    type: str | None = None
    challenge: bytes | None = None
    origin: str | None = None
    cross_origin: bool | None = False  # None: the member is absent
    top_origin: str | None = None
    client_data_extra: Mapping[str, Any] = field(default_factory=dict)
    client_data_raw: bytes | None = None
    rp_id: str | None = None
    user_present: bool = True
    user_verified: bool = True
    backup_eligible: bool | None = None
    backed_up: bool | None = None
    flags_xor: int = 0
    counter: int | None = None
    extensions: Mapping[str, Any] | None = None
    authenticator_data_tail: bytes = b""
    credential_id: bytes | None = None  # in id and rawId only
    attested_credential_id: bytes | None = None
    cose_key: bytes | None = None
    fmt: str = "none"
    statement: Mapping[str, Any] = field(default_factory=dict)
    attestation_object_tail: bytes = b""
    signature: bytes | None = None
    bad_signature: bool = False
    high_s: bool | None = None
    user_handle: bytes | None = None
    members: Mapping[str, Any] = field(default_factory=dict)  # over the outer object
    response_members: Mapping[str, Any] = field(default_factory=dict)  # over ``response``


HONEST = Twist()


@dataclass
class Credential:
    """A passkey inside the authenticator."""

    id: bytes
    rp_id: str
    user_id: bytes
    key: ec.EllipticCurvePrivateKey
    prf_secret: bytes
    discoverable: bool
    sign_count: int = 0

    def point(self) -> tuple[int, int]:
        numbers = self.key.public_key().public_numbers()
        return numbers.x, numbers.y

    def cose(self) -> bytes:
        x, y = self.point()
        return cbor.encode({1: 2, 3: -7, -1: 1, -2: x.to_bytes(32, "big"), -3: y.to_bytes(32, "big")})


class NotAllowedError(Exception):
    """As a browser says it: nothing here may answer."""


class FakeAuthenticator:
    """``counts=False`` keeps no counter; ``backup_eligible`` makes a synced passkey; ``has_prf`` as a platform has it."""

    def __init__(
        self, seed: bytes = b"counterfoil", *, counts: bool = True, backup_eligible: bool = False, has_prf: bool = True
    ) -> None:
        self.seed = seed
        self.counts = counts
        self.backup_eligible = backup_eligible
        self.has_prf = has_prf
        self.credentials: list[Credential] = []

    def create(self, options: Mapping[str, Any], *, origin: str, twist: Twist = HONEST) -> dict[str, Any]:
        """RegistrationResponseJSON, as ``navigator.credentials.create`` in a page of ``origin``."""
        rp_id = options["rp"].get("id", _own_rp_id(origin))
        excluded = {parse_base64url(one["id"]) for one in options.get("excludeCredentials", [])}
        if any(one.id in excluded and one.rp_id == rp_id for one in self.credentials):
            raise NotAllowedError("an excluded passkey is here")
        credential = self._make(options, rp_id)
        client_data = _client_data("webauthn.create", options["challenge"], origin, twist)
        shown_id = twist.attested_credential_id or credential.id
        attested = AAGUID + len(shown_id).to_bytes(2, "big") + shown_id + (twist.cose_key or credential.cose())
        data = self._authenticator_data(credential, twist, attested)
        statement = cbor.encode({"fmt": twist.fmt, "attStmt": dict(twist.statement), "authData": data})
        x, y = credential.point()
        response = {
            "attestationObject": encode_base64url(statement + twist.attestation_object_tail),
            "authenticatorData": encode_base64url(data),
            "clientDataJSON": encode_base64url(client_data),
            "publicKey": encode_base64url(_spki(x, y)),
            "publicKeyAlgorithm": -7,
            "transports": ["internal"],
        }
        extensions: dict[str, Any] = {}
        wanted = options.get("extensions", {}).get("prf")
        if wanted is not None:
            extensions["prf"] = {"enabled": self.has_prf}
            if self.has_prf and "eval" in wanted:
                extensions["prf"]["results"] = _prf_results(credential, wanted["eval"])
        return _envelope(credential, response, extensions, twist)

    def get(self, options: Mapping[str, Any], *, origin: str, twist: Twist = HONEST) -> dict[str, Any]:
        """AuthenticationResponseJSON, as ``navigator.credentials.get`` in a page of ``origin``."""
        credential = self._choose(options, options.get("rpId", _own_rp_id(origin)))
        if self.counts:
            credential.sign_count += 1
        client_data = _client_data("webauthn.get", options["challenge"], origin, twist)
        data = self._authenticator_data(credential, twist, b"")
        response = {
            "authenticatorData": encode_base64url(data),
            "clientDataJSON": encode_base64url(client_data),
            "signature": encode_base64url(_sign(credential.key, data, client_data, twist)),
        }
        handle = twist.user_handle or (credential.user_id if credential.discoverable else None)
        if handle is not None:
            response["userHandle"] = encode_base64url(handle)
        extensions: dict[str, Any] = {}
        wanted = options.get("extensions", {}).get("prf", {}).get("eval")
        if wanted is not None:
            extensions["prf"] = {"results": _prf_results(credential, wanted)} if self.has_prf else {}
        return _envelope(credential, response, extensions, twist)

    def _make(self, options: Mapping[str, Any], rp_id: str) -> Credential:
        label = f"{rp_id}/{len(self.credentials)}".encode()
        secret = 1 + int.from_bytes(_derive(self.seed, b"key", label), "big") % (N - 1)
        credential = Credential(
            id=_derive(self.seed, b"id", label),
            rp_id=rp_id,
            user_id=parse_base64url(options["user"]["id"]),
            key=ec.derive_private_key(secret, ec.SECP256R1()),
            prf_secret=_derive(self.seed, b"prf", label),
            discoverable=options["authenticatorSelection"]["residentKey"] == "required",
            sign_count=1 if self.counts else 0,
        )
        self.credentials.append(credential)
        return credential

    def _choose(self, options: Mapping[str, Any], rp_id: str) -> Credential:
        allowed = {parse_base64url(one["id"]) for one in options.get("allowCredentials", [])}
        for one in self.credentials:
            if one.rp_id == rp_id and (one.id in allowed or (not allowed and one.discoverable)):
                return one
        raise NotAllowedError("no passkey here may answer")

    def _authenticator_data(self, credential: Credential, twist: Twist, attested: bytes) -> bytes:
        eligible = self.backup_eligible if twist.backup_eligible is None else twist.backup_eligible
        backed_up = self.backup_eligible if twist.backed_up is None else twist.backed_up
        flags = (
            UP * twist.user_present
            | UV * twist.user_verified
            | BE * eligible
            | BS * backed_up
            | AT * bool(attested)
            | ED * (twist.extensions is not None)
        ) ^ twist.flags_xor
        counter = credential.sign_count if twist.counter is None else twist.counter
        rp_id_hash = hashlib.sha256((twist.rp_id or credential.rp_id).encode()).digest()
        extensions = b"" if twist.extensions is None else cbor.encode(twist.extensions)
        head = rp_id_hash + bytes([flags]) + counter.to_bytes(4, "big")
        return head + attested + extensions + twist.authenticator_data_tail


def _derive(seed: bytes, use: bytes, label: bytes) -> bytes:
    return hmac.digest(seed, use + b"/" + label, "sha256")


def _own_rp_id(origin: str) -> str:
    if origin.startswith("chrome-extension://"):
        return origin
    return origin.split("://", 1)[1].rsplit(":", 1)[0]


def _client_data(kind: str, challenge: str, origin: str, twist: Twist) -> bytes:
    if twist.client_data_raw is not None:
        return twist.client_data_raw
    members: dict[str, Any] = {
        "type": twist.type or kind,
        "challenge": challenge if twist.challenge is None else encode_base64url(twist.challenge),
        "origin": twist.origin or origin,
    }
    if twist.cross_origin is not None:
        members["crossOrigin"] = twist.cross_origin
    if twist.top_origin is not None:
        members["topOrigin"] = twist.top_origin
    return json.dumps(members | dict(twist.client_data_extra), separators=(",", ":")).encode()


def _sign(key: ec.EllipticCurvePrivateKey, data: bytes, client_data: bytes, twist: Twist) -> bytes:
    if twist.signature is not None:
        return twist.signature
    message = data + hashlib.sha256(client_data).digest()
    if twist.bad_signature:
        message += b"!"
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(SHA256(), deterministic_signing=True)))
    if twist.high_s is not None:
        s = max(s, N - s) if twist.high_s else min(s, N - s)
    return encode_dss_signature(r, s)


def _prf_results(credential: Credential, wanted: Mapping[str, str]) -> dict[str, str]:
    """The same output for the same salt, always; salts are hashed with WebAuthn's prefix first (L3 §10.1.4)."""
    results = {}
    for name, salt in wanted.items():
        hashed = hashlib.sha256(b"WebAuthn PRF\x00" + parse_base64url(salt)).digest()
        results[name] = encode_base64url(hmac.digest(credential.prf_secret, hashed, "sha256"))
    return results


def _spki(x: int, y: int) -> bytes:
    head = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
    return head + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def _envelope(
    credential: Credential, response: dict[str, Any], extensions: dict[str, Any], twist: Twist
) -> dict[str, Any]:
    name = encode_base64url(credential.id if twist.credential_id is None else twist.credential_id)
    return {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "clientExtensionResults": extensions,
        "response": response | dict(twist.response_members),
    } | dict(twist.members)
