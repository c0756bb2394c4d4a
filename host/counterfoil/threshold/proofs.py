"""Schnorr proof of knowledge of a discrete logarithm, Fiat-Shamir.   RFC 8235 §2.2"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import N, Point, Rng, Scalar
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.wire import parse_public_scalar

PROOF_LENGTH = 65


@dataclass(frozen=True, slots=True)
class Proof:
    """(R, z) with z·G = R + e·A."""

    nonce: Point
    response: int

    def encode(self) -> bytes:
        """65 bytes. Standard: this module"""
        return self.nonce.encode() + self.response.to_bytes(32, "big")


def parse_proof(data: bytes) -> Proof:
    """Standard: this module. Raises: InvalidEncoding"""
    if len(data) != PROOF_LENGTH:
        raise InvalidEncoding("A proof has 65 bytes.", reason="length")
    return Proof(Point.parse(data[:33]), parse_public_scalar(data[33:]))


def prove(secret: Scalar, sid: bytes, party: int, label: int, rng: Rng) -> Proof:
    """Prove knowledge of ``secret`` in this session, as this party, under this label. Standard: RFC 8235 §2.2"""
    nonce = Scalar.random(rng)
    point = nonce.point()
    challenge = _challenge(sid, party, label, secret.point(), point)
    response = nonce + secret * Scalar.of_public(challenge)
    return Proof(point, int.from_bytes(response.reveal(), "big"))


def is_proof(proof: Proof, point: Point, sid: bytes, party: int, label: int) -> bool:
    """Whether the proof shows knowledge of the logarithm of ``point``. Standard: RFC 8235 §2.3"""
    challenge = _challenge(sid, party, label, point, proof.nonce)
    try:
        expected = proof.nonce + point.times_public(challenge)
    except InvalidEncoding:
        return False
    return Scalar.of_public(proof.response).point() == expected


def _challenge(sid: bytes, party: int, label: int, point: Point, nonce: Point) -> int:
    """In 1..n-1 but for a chance of 2^-256."""
    wide = framed_hash(
        "counterfoil/threshold/proof", sid, bytes([party, label]), point.encode(), nonce.encode(), length=48
    )
    return int.from_bytes(wide, "big") % N
