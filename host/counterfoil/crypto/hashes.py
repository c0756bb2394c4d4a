"""Hashes, and the one framed hash that keeps our own uses apart."""

from __future__ import annotations

import hashlib
import hmac

from Crypto.Hash import keccak


def sha256(data: bytes) -> bytes:
    """32 bytes. Standard: FIPS 180-4"""
    return hashlib.sha256(data).digest()


def keccak256(data: bytes) -> bytes:
    """32 bytes of Keccak with its original padding, as Ethereum uses it (not SHA3-256)."""
    return keccak.new(digest_bits=256, data=data).digest()


def framed_hash(tag: str, *parts: bytes, length: int = 32) -> bytes:
    """H(tag, p…; n) = SHAKE256(u8 len(tag) ‖ tag ‖ (u32be len(p) ‖ p)…): injective in tag and parts, one tag per use."""
    name = tag.encode("ascii")
    shake = hashlib.shake_256(bytes([len(name)]) + name)
    for part in parts:
        shake.update(len(part).to_bytes(4, "big"))
        shake.update(part)
    return shake.digest(length)


def is_equal(a: bytes, b: bytes) -> bool:
    """Constant-time equality."""
    return hmac.compare_digest(a, b)
