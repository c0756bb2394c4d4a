"""AES-256-GCM over small secrets: a fresh random nonce in front, the plaintext in memory that can be wiped."""

from __future__ import annotations

from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from counterfoil.errors import InvalidEncoding

KEY_LENGTH = 32
NONCE_LENGTH = 12
TAG_LENGTH = 16


def seal_aead(key: bytes | bytearray, plaintext: bytes | bytearray, aad: bytes, rng: Callable[[int], bytes]) -> bytes:
    """nonce ‖ ciphertext ‖ tag; ``aad`` is bound and not carried.

    Standard: NIST SP 800-38D, 96-bit random nonces
    """
    nonce = rng(NONCE_LENGTH)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, aad)


def open_aead(key: bytes | bytearray, sealed: bytes, aad: bytes) -> bytearray:
    """The plaintext of ``seal_aead`` under the same key and ``aad``, for the caller to wipe.

    Standard: NIST SP 800-38D
    Raises:   InvalidEncoding(reason=aead)
    """
    length = len(sealed) - NONCE_LENGTH - TAG_LENGTH
    if length < 0:
        raise InvalidEncoding("The sealed bytes are too short.", reason="aead")
    plaintext = bytearray(length)
    try:
        AESGCM(key).decrypt_into(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], aad, plaintext)
    except InvalidTag:
        raise InvalidEncoding("The sealed bytes don't open with this key.", reason="aead") from None
    return plaintext


def wipe(secret: bytearray) -> None:
    """Overwrite in place. Best effort: Python may have made copies that nobody can reach."""
    secret[:] = bytes(len(secret))
