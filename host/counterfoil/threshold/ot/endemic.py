"""Base oblivious transfer, endemic, 128 instances.   Masny-Rindal 2019/706

- S, instance k, bit b = Delta_k: R_{1-b} = O random, R_b = t·G - H(sid,k,b,O); sends (R_0, R_1)
- V: sends A_k = a_k·G; seed_b = H(sid,k,b, ecdh(a_k, R_b + H(sid,k,b,R_{1-b})))
- S: seed = H(sid,k,b, ecdh(t, A_k))

Both slots are computed and the right one is selected with masks, so that nothing branches on Delta.
Fresh t, a and O for every instance: batch reuse is the classic break (2021/682).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import Point, Rng, Scalar
from counterfoil.errors import InvalidEncoding

COUNT = 128
SEED_LENGTH = 16
REQUEST_LENGTH = COUNT * 66
OFFER_LENGTH = COUNT * 33

Bytes2D = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, repr=False)
class Chooser:
    """S between its request and V's offer: the choice bits and the exponents t_k."""

    bits: Bytes2D
    exponents: tuple[Scalar, ...]


def choose(sid: bytes, delta: bytes, rng: Rng) -> tuple[Chooser, bytes]:
    """S asks: its secrets and the request of 128·66 bytes. Standard: 2019/706 §4"""
    bits = unpack_bits(delta)
    exponents, blind, slot0, slot1 = [], [], [], []
    for k in range(COUNT):
        t = Scalar.random(rng)
        other = Point.from_uniform(framed_hash("counterfoil/ot/blind", sid, rng(32), length=64))
        point = t.point()
        exponents.append(t)
        blind.append(other.encode())
        slot0.append((point + -_mask_point(sid, k, 0, other.encode())).encode())
        slot1.append((point + -_mask_point(sid, k, 1, other.encode())).encode())
    o, x0, x1 = (np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(COUNT, 33) for rows in (blind, slot0, slot1))
    is_one = (np.uint8(0) - bits)[:, None]
    request = np.concatenate([select(is_one, x0, o), select(is_one, o, x1)], axis=1)
    return Chooser(bits, tuple(exponents)), request.tobytes()


def offer(rng: Rng) -> tuple[tuple[Scalar, ...], bytes]:
    """V offers: its exponents a_k and the offer of 128·33 bytes. Standard: 2019/706 §4"""
    exponents = tuple(Scalar.random(rng) for _ in range(COUNT))
    return exponents, b"".join(a.point().encode() for a in exponents)


def parse_request(data: bytes) -> tuple[tuple[Point, Point], ...]:
    """The 128 pairs (R_0, R_1). Standard: this module. Raises: InvalidEncoding"""
    if len(data) != REQUEST_LENGTH:
        raise InvalidEncoding("A request has 128 pairs of points.", reason="length")
    return tuple(
        (Point.parse(data[at : at + 33]), Point.parse(data[at + 33 : at + 66])) for at in range(0, REQUEST_LENGTH, 66)
    )


def parse_offer(data: bytes) -> tuple[Point, ...]:
    """The 128 points A_k. Standard: this module. Raises: InvalidEncoding"""
    if len(data) != OFFER_LENGTH:
        raise InvalidEncoding("An offer has 128 points.", reason="length")
    return tuple(Point.parse(data[at : at + 33]) for at in range(0, OFFER_LENGTH, 33))


def seeds_of_offerer(
    sid: bytes, exponents: tuple[Scalar, ...], request: tuple[tuple[Point, Point], ...]
) -> tuple[bytearray, bytearray]:
    """V's two seeds per instance, 128·16 bytes each.

    Standard: 2019/706 §4
    Raises:   InvalidEncoding(reason=infinity) when a slot's key is the identity
    """
    seeds = (bytearray(), bytearray())
    for k, (a, pair) in enumerate(zip(exponents, request, strict=True)):
        for b in (0, 1):
            key = pair[b] + _mask_point(sid, k, b, pair[1 - b].encode())
            seeds[b].extend(_seed(sid, k, b, a.ecdh(key)))
    return seeds


def seeds_of_chooser(sid: bytes, chooser: Chooser, offered: tuple[Point, ...]) -> bytearray:
    """S's one seed per instance, 128·16 bytes. Standard: 2019/706 §4"""
    zero, one = bytearray(), bytearray()
    for k, (t, point) in enumerate(zip(chooser.exponents, offered, strict=True)):
        shared = t.ecdh(point)
        zero += _seed(sid, k, 0, shared)
        one += _seed(sid, k, 1, shared)
    is_one = (np.uint8(0) - chooser.bits)[:, None]
    rows = (np.frombuffer(seeds, dtype=np.uint8).reshape(COUNT, SEED_LENGTH) for seeds in (zero, one))
    return bytearray(select(is_one, *rows).tobytes())


def unpack_bits(data: bytes | bytearray | memoryview) -> Bytes2D:
    """One byte, 0 or 1, per bit, least significant bit of each byte first."""
    return np.unpackbits(np.frombuffer(data, dtype=np.uint8), bitorder="little")


def select(mask: Bytes2D, if_zero: Bytes2D, if_ones: Bytes2D) -> Bytes2D:
    """Choose with a byte mask 0x00 or 0xFF, without a branch."""
    chosen: Bytes2D = if_zero ^ (mask & (if_zero ^ if_ones))
    return chosen


def _mask_point(sid: bytes, k: int, b: int, other: bytes) -> Point:
    return Point.from_uniform(framed_hash("counterfoil/ot/mask", sid, bytes([k, b]), other, length=64))


def _seed(sid: bytes, k: int, b: int, shared: bytes) -> bytes:
    return framed_hash("counterfoil/ot/seed", sid, bytes([k, b]), shared, length=SEED_LENGTH)
