"""The receiving side of HPKE: a page seals a passphrase or a passkey's PRF output to a key the agent just made.

One suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; base mode, one message.
``cryptography`` has the suite too, but its interface takes no associated data.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from typing import NoReturn, final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from counterfoil.crypto.aead import TAG_LENGTH
from counterfoil.errors import InvalidMessage, StateConflict

ENC_LENGTH = 32
KEM_SUITE = b"KEM" + (0x0020).to_bytes(2, "big")
_AES_256_GCM = (2, 32)


@final
class HpkeReceiver:
    """A fresh key pair that opens one message and is then forgotten."""

    __slots__ = ("_private", "public_key")

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private: X25519PrivateKey | None = private
        self.public_key = private.public_key().public_bytes_raw()

    @classmethod
    def fresh(cls, rng: Callable[[int], bytes] = os.urandom) -> HpkeReceiver:
        """A key pair for one message; send ``public_key`` (32 bytes) to the page."""
        return cls(X25519PrivateKey.from_private_bytes(rng(32)))

    def open(self, sealed: bytes, *, info: bytes, aad: bytes) -> bytearray:
        """The plaintext of ``enc ‖ ciphertext``, for the caller to wipe. The key is spent whatever comes of it.

        Standard: RFC 9180 §6.1 (SealBase / OpenBase), §5.1.1
        Raises:   InvalidMessage(reason=hpke), StateConflict(reason=spent)
        Vectors:  tests/unit/crypto/test_hpke.py, from RFC 9180 A.1.1
        """
        private, self._private = self._private, None
        if private is None:
            raise StateConflict("This key has been used already; ask for a new one.", reason="spent")
        length = len(sealed) - ENC_LENGTH - TAG_LENGTH
        if length < 0:
            raise InvalidMessage("The sealed message is too short.", reason="hpke")
        key, nonce = key_schedule(decapsulate(private, sealed[:ENC_LENGTH]), info)
        plaintext = bytearray(length)
        try:
            AESGCM(key).decrypt_into(nonce, sealed[ENC_LENGTH:], aad, plaintext)
        except InvalidTag:
            raise InvalidMessage("The sealed message does not open.", reason="hpke") from None
        return plaintext

    def __repr__(self) -> str:
        return "HpkeReceiver(redacted)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A private key is never pickled.")


def decapsulate(private: X25519PrivateKey, enc: bytes) -> bytes:
    """The KEM's shared secret, 32 bytes.

    Standard: RFC 9180 §4.1 Decap
    Raises:   InvalidMessage(reason=hpke) for a point of small order (§7.1.4)
    """
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(enc))
    except ValueError:
        raise InvalidMessage("The sealed message has no valid key.", reason="hpke") from None
    context = enc + private.public_key().public_bytes_raw()
    return labeled_expand(KEM_SUITE, labeled_extract(KEM_SUITE, b"", b"eae_prk", shared), b"shared_secret", context, 32)


def key_schedule(shared_secret: bytes, info: bytes, *, aead: tuple[int, int] = _AES_256_GCM) -> tuple[bytes, bytes]:
    """Key and nonce of the first message; ``aead`` is the registered id and its key length.

    Standard: RFC 9180 §5.1 KeySchedule, mode_base
    """
    identifier, key_length = aead
    suite = b"HPKE" + b"".join(n.to_bytes(2, "big") for n in (0x0020, 0x0001, identifier))
    context = b"\0" + labeled_extract(suite, b"", b"psk_id_hash", b"") + labeled_extract(suite, b"", b"info_hash", info)
    secret = labeled_extract(suite, shared_secret, b"secret", b"")
    return labeled_expand(suite, secret, b"key", context, key_length), labeled_expand(
        suite, secret, b"base_nonce", context, 12
    )


def labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """Standard: RFC 9180 §4, LabeledExtract."""
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def labeled_expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """Standard: RFC 9180 §4, LabeledExpand."""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, labeled).derive(key)
