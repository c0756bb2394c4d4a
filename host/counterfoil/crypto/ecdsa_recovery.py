"""The public key behind a recoverable ECDSA signature, by libsecp256k1."""

from __future__ import annotations

from coincurve import PublicKey

from counterfoil.errors import InvalidEncoding
from counterfoil.types import Signature


def recover_public_key(digest: bytes, signature: Signature) -> bytes:
    """33 bytes, compressed.

    Standard: SEC 1 §4.1.6
    Raises:   InvalidEncoding where no key fits
    """
    raw = signature.r.to_bytes(32, "big") + signature.s.to_bytes(32, "big") + bytes([signature.recovery_id])
    try:
        found: bytes = PublicKey.from_signature_and_message(raw, digest, hasher=None).format(compressed=True)
    except ValueError:
        raise InvalidEncoding("No key fits this signature.", reason="signature") from None
    return found
