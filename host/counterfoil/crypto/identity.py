"""A party's long-lived name: an Ed25519 key pair, pinned by its peers at pairing.   RFC 8032"""

from __future__ import annotations

from typing import NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from counterfoil.crypto.hashes import framed_hash
from counterfoil.errors import InvalidMessage

SEED_BYTES = 32
PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64
_TRANSCRIPT = "counterfoil/transcript/1"


class Identity:
    """Signs for one party. What is signed is always a framed hash under a tag, so that no use can stand for another."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise InvalidMessage("An identity seed has 32 bytes.", reason="length")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"Identity(public={self.public.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An identity is not pickled.")

    def sign(self, tag: str, *parts: bytes) -> bytes:
        """64 bytes that only this identity can make, over ``tag`` and ``parts``.

        Standard: RFC 8032 §5.1 (Ed25519) over framed_hash(tag, parts; 64)
        """
        return self._key.sign(framed_hash(tag, *parts, length=64))

    def sign_transcript(self, transcript: bytes) -> bytes:
        """64 bytes by which this party confirms a ceremony's transcript; ``verify_identity`` checks them."""
        return self.sign(_TRANSCRIPT, transcript)


def verify_signature(public: bytes, signature: bytes, tag: str, *parts: bytes) -> None:
    """Check that the owner of ``public`` signed ``parts`` under ``tag``.

    Standard: RFC 8032 §5.1.7
    Raises:   InvalidMessage(reason=signature)
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, framed_hash(tag, *parts, length=64))
    except (InvalidSignature, ValueError):
        raise InvalidMessage("The signature does not belong to that device.", reason="signature") from None


def verify_identity(public: bytes, transcript: bytes, signature: bytes) -> None:
    """Check that the owner of ``public`` confirmed ``transcript``. Raises: InvalidMessage(reason=signature)"""
    verify_signature(public, signature, _TRANSCRIPT, transcript)
