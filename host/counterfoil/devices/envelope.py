"""A box under a long-lived shared secret: what passes before a session has keys of its own.

box = salt(32) ‖ ChaCha20-Poly1305(key = H(tag, secret, receiver, salt), nonce 0, text). A key of its own for
every box: no counter to keep, and no nonce that could ever repeat.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from counterfoil.crypto.hashes import framed_hash

SALT_BYTES = 32
_NONCE = bytes(12)


def seal_envelope(text: bytes, *, tag: str, secret: bytes, receiver: bytes, salt: bytes) -> bytes:
    """Seal ``text`` for ``receiver``; ``salt`` is 32 fresh random bytes. Standard: RFC 8439 §2.8"""
    if len(salt) != SALT_BYTES:
        raise ValueError("an envelope's salt has 32 bytes")
    return salt + ChaCha20Poly1305(framed_hash(tag, secret, receiver, salt)).encrypt(_NONCE, text, None)


def open_envelope(box: bytes, *, tag: str, secret: bytes, receiver: bytes) -> bytes | None:
    """The text, or None for anything that a holder of ``secret`` did not seal for ``receiver``. Standard: RFC 8439 §2.8"""
    salt, sealed = box[:SALT_BYTES], box[SALT_BYTES:]
    if len(sealed) < 16:
        return None
    try:
        return ChaCha20Poly1305(framed_hash(tag, secret, receiver, salt)).decrypt(_NONCE, sealed, None)
    except InvalidTag:
        return None
