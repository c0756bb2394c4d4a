"""ES256 keys and signatures: the only algorithm that passkeys of ours use.   RFC 9053 §2.1, FIPS 186-5"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterfoil.webauthn.refusal import Check, refusal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

ES256 = -7
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# A CTAP2 canonical COSE key has one encoding: {1: 2, 3: -7, -1: 1, -2: x, -3: y}, so its frame is constant.
_HEAD = bytes.fromhex("a5010203262001215820")
_MIDDLE = bytes.fromhex("225820")
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")

_NOT_ES256 = "This kind of passkey is not supported: it must be of the kind ES256."


@dataclass(frozen=True, slots=True)
class P256Point:
    """A public key: a point of P-256, not at infinity."""

    x: int
    y: int

    def spki(self) -> bytes:
        """DER SubjectPublicKeyInfo, as ``getPublicKey()`` gives it. Standard: RFC 5480"""
        return _SPKI + self.x.to_bytes(32, "big") + self.y.to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class EcdsaSignature:
    """A verified signature over P-256 with s in the lower half."""

    r: int
    s: int

    def der(self) -> bytes:
        """ASN.1 DER. Standard: RFC 3279 §2.2.3"""
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        return encode_dss_signature(self.r, self.s)


def encode_cose_key(point: P256Point) -> bytes:
    """The 77 bytes of an ES256 key. Standard: RFC 9053 §7.1.1, CTAP 2.2 §8"""
    return _HEAD + point.x.to_bytes(32, "big") + _MIDDLE + point.y.to_bytes(32, "big")


def parse_cose_key(data: bytes) -> P256Point:
    """An ES256 key in its one canonical encoding, on the curve.

    Standard: RFC 9053 §7.1.1; WebAuthn L3 §5.8.5 and §6.5.1.1; CTAP 2.2 §8
    In:       77 bytes of CTAP2 canonical CBOR, uncompressed
    Out:      P256Point
    Raises:   AssertionRefused(reason=CREDENTIAL)
    Vectors:  tests/vectors/webauthn/registration.json
    """
    if len(data) != 77 or data[:10] != _HEAD or data[42:45] != _MIDDLE:
        raise refusal(Check.CREDENTIAL, _NOT_ES256)
    point = P256Point(int.from_bytes(data[10:42], "big"), int.from_bytes(data[45:], "big"))
    if point.x >= P or point.y >= P:
        raise refusal(Check.CREDENTIAL, "The passkey's public key is not valid.")
    _load(point)
    return point


def verify_es256(point: P256Point, message: bytes, signature: bytes) -> EcdsaSignature:
    """Check an ES256 signature and give it back with s low: both (r, s) and (r, n - s) verify, so only one may name it.

    Standard: FIPS 186-5 §6.4.2 with SHA-256; WebAuthn L3 §6.5.5 (DER)
    In:       the message itself, not its hash; strict DER
    Out:      EcdsaSignature
    Raises:   AssertionRefused(reason=SIGNATURE|CREDENTIAL)
    Vectors:  Wycheproof ecdsa_secp256r1_sha256_test.json
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        r, s = decode_dss_signature(signature)
        _load(point).verify(signature, message, ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        raise refusal(Check.SIGNATURE) from None
    return EcdsaSignature(r, min(s, N - s))


def _load(point: P256Point) -> EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicNumbers

    try:
        return EllipticCurvePublicNumbers(point.x, point.y, SECP256R1()).public_key()
    except ValueError:
        raise refusal(Check.CREDENTIAL, "The passkey's public key is not valid.") from None
