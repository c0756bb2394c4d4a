"""The sending side of HPKE, for the command line: the same suite as ``hpke``."""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from counterfoil.crypto.hpke import KEM_SUITE, key_schedule, labeled_expand, labeled_extract
from counterfoil.errors import InvalidMessage


def seal(
    public_key: bytes, plaintext: bytes, *, info: bytes, aad: bytes, rng: Callable[[int], bytes] = os.urandom
) -> bytes:
    """``enc ‖ ciphertext``, which only the holder of the private key opens.

    Standard: RFC 9180 §6.1 SealBase, §4.1 Encap
    Raises:   InvalidMessage(reason=hpke) for a public key that is none
    Vectors:  tests/unit/crypto/test_hpke_seal.py, from RFC 9180 A.1.1
    """
    enc, shared = encapsulate(public_key, X25519PrivateKey.from_private_bytes(rng(32)))
    key, nonce = key_schedule(shared, info)
    return enc + AESGCM(key).encrypt(nonce, plaintext, aad)


def encapsulate(public_key: bytes, ephemeral: X25519PrivateKey) -> tuple[bytes, bytes]:
    """``(enc, shared secret)``, 32 bytes each.

    Standard: RFC 9180 §4.1 Encap
    Raises:   InvalidMessage(reason=hpke) for a wrong length or a point of small order
    """
    try:
        dh = ephemeral.exchange(X25519PublicKey.from_public_bytes(public_key))
    except ValueError:
        raise InvalidMessage("The key to seal with is no valid key.", reason="hpke") from None
    enc = ephemeral.public_key().public_bytes_raw()
    return enc, labeled_expand(
        KEM_SUITE, labeled_extract(KEM_SUITE, b"", b"eae_prk", dh), b"shared_secret", enc + public_key, 32
    )
