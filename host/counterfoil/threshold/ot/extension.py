"""OT extension: 416 random-choice transfers from 128 base transfers.   SoftSpoken 2022/192, k = 1

- V, bits beta and 128 padding bits b' = beta ‖ pad: t0_k, t1_k = PRG(seeds); u_k = t0_k ^ t1_k ^ b';
  sends u, x = h(b'), theta_k = h(t0_k), where h(z) = z[:416]·R ^ z[416:] over GF(2), R = XOF(sid, u)
- S: q_k = PRG(seed_k) ^ Delta_k·u_k; checks h(q_k) = theta_k ^ Delta_k·x for every k
- row j of S: q_j and q_j ^ Delta; V's row is that of its bit beta_j; rows are hashed to scalars

The check is the fixed one (not KOS15, not DKLs18). Its failure is terminal: one bit of Delta leaks with
every tolerated failure, so the caller poisons the pair before it says anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import shake_128, shake_256

import numpy as np
from numpy.typing import NDArray

from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.crypto.secp256k1 import Rng
from counterfoil.threshold.ot.endemic import COUNT, SEED_LENGTH, Bytes2D, unpack_bits

XI = 416
"""kappa + 2·ls: transfers per multiplication."""

CHECK = 128
WIDTH = XI + CHECK
WIDTH_BYTES = WIDTH // 8
SCALARS_PER_ROW = 3
LAYOUT = (("u", COUNT * WIDTH_BYTES), ("x", CHECK // 8), ("theta", COUNT * CHECK // 8))

Words = NDArray[np.uint64]


class CheckFailed(Exception):  # noqa: N818 - the caller turns it into poison and a ban
    """The peer's message contradicts itself."""


@dataclass(frozen=True, slots=True, repr=False)
class Extended:
    """V's outcome: bits beta (one byte each) and the hashed rows, 416·96 bytes."""

    beta: Bytes2D
    rows: bytes


def extend(sid: bytes, seeds: tuple[memoryview, memoryview], rng: Rng) -> tuple[Extended, list[bytes]]:
    """V's side: its outcome and the three fields of its message. Standard: 2022/192 §5"""
    choice = np.frombuffer(rng(WIDTH_BYTES), dtype=np.uint8)
    t0, t1 = (_expand(sid, side) for side in seeds)
    u = t0 ^ t1 ^ choice
    encoded = u.tobytes()
    matrix = _check_matrix(sid, encoded)
    x = _compress(matrix, choice[None, :])
    theta = _compress(matrix, t0)
    beta = unpack_bits(choice.tobytes())[:XI]
    rows = _hash_rows(sid, _transposed(t0), np.zeros(COUNT // 8, dtype=np.uint8))
    return Extended(beta, rows), [encoded, x.tobytes(), theta.tobytes()]


def check_and_extend(
    sid: bytes, delta: memoryview, seeds: memoryview, fields: tuple[bytes, bytes, bytes]
) -> tuple[bytes, bytes]:
    """S's side: check V's message, then both hashed rows of every transfer, 416·96 bytes each.

    Standard: 2022/192 §5
    Raises:   CheckFailed: poison the pair, then abort
    """
    u, x, theta = fields
    sent = np.frombuffer(u, dtype=np.uint8).reshape(COUNT, WIDTH_BYTES)
    mask = (np.uint8(0) - unpack_bits(delta))[:, None]
    q = _expand(sid, seeds) ^ (mask & sent)
    expected = np.frombuffer(theta, dtype=np.uint8).reshape(COUNT, -1) ^ (mask & np.frombuffer(x, dtype=np.uint8))
    if not is_equal(_compress(_check_matrix(sid, u), q).tobytes(), expected.tobytes()):
        raise CheckFailed
    rows = _transposed(q)
    offset = np.frombuffer(delta, dtype=np.uint8)
    return _hash_rows(sid, rows, np.zeros_like(offset)), _hash_rows(sid, rows, offset)


def _expand(sid: bytes, seeds: memoryview) -> Bytes2D:
    """One row of 68 bytes per seed."""
    prefix = _prefix("counterfoil/ot/prg", sid)
    width = SEED_LENGTH
    rows = b"".join(
        shake_128(prefix + seeds[at : at + width]).digest(WIDTH_BYTES) for at in range(0, len(seeds), width)
    )
    return np.frombuffer(rows, dtype=np.uint8).reshape(-1, WIDTH_BYTES)


def _hash_rows(sid: bytes, rows: Bytes2D, offset: Bytes2D) -> bytes:
    """H(sid, j, row_j ^ offset; 96) for every j, joined: three scalars per row."""
    prefix, length = _prefix("counterfoil/ot/row", sid), 32 * SCALARS_PER_ROW
    at = len(prefix)
    inputs = np.empty((XI, at + 2 + COUNT // 8), dtype=np.uint8)
    inputs[:, :at] = np.frombuffer(prefix, dtype=np.uint8)
    inputs[:, at : at + 2] = _INDICES
    np.bitwise_xor(rows, offset, out=inputs[:, at + 2 :])
    data, width = inputs.tobytes(), inputs.shape[1]
    return b"".join([shake_256(data[k : k + width]).digest(length) for k in range(0, len(data), width)])


_INDICES = np.arange(XI, dtype=">u2").view(np.uint8).reshape(XI, 2)


def _transposed(columns: Bytes2D) -> Bytes2D:
    """The first 416 bit columns of 128 packed rows, as 416 packed rows of 16 bytes."""
    bits = np.unpackbits(columns, axis=1, bitorder="little")[:, :XI]
    return np.packbits(np.ascontiguousarray(bits.T), axis=1, bitorder="little")


def _check_matrix(sid: bytes, u: bytes) -> Words:
    """[R | I] as the 128 columns of 544 bits, packed into 9 words each: public."""
    columns = np.zeros((CHECK, 72), dtype=np.uint8)
    random = framed_hash("counterfoil/ot/check", sid, u, length=CHECK * XI // 8)
    columns[:, : XI // 8] = np.frombuffer(random, dtype=np.uint8).reshape(CHECK, XI // 8)
    columns[:, XI // 8 : WIDTH_BYTES] = _IDENTITY
    return columns.view(np.uint64)


_IDENTITY = np.packbits(np.eye(CHECK, dtype=np.uint8), axis=1, bitorder="little")


def _compress(matrix: Words, rows: Bytes2D) -> Bytes2D:
    """h of each row: parity of its bits under each column, 16 bytes a row. Flat: and, xor, popcount."""
    padded = np.zeros((rows.shape[0], 72), dtype=np.uint8)
    padded[:, :WIDTH_BYTES] = rows
    words = padded.view(np.uint64)
    total = np.zeros((rows.shape[0], CHECK), dtype=np.uint64)
    for word in range(words.shape[1]):
        total ^= words[:, word, None] & matrix[None, :, word]
    parity = (np.bitwise_count(total) & 1).astype(np.uint8)
    return np.packbits(parity, axis=1, bitorder="little")


@lru_cache(maxsize=64)
def _prefix(tag: str, sid: bytes) -> bytes:
    """Framed tag and sid; what follows has one fixed length per tag, so the whole is injective."""
    name = tag.encode("ascii")
    return bytes([len(name)]) + name + len(sid).to_bytes(4, "big") + sid
