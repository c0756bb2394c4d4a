"""Many scalars at once: arithmetic mod n on numpy limbs, in time that does not depend on the values.

A `Rows` is an array (16, m): m numbers in columns, 16 limbs of 16 bits each, least significant first.
Products go through float64 matrix multiplication, exact because every partial sum stays below 2^53
(all are integers, none denormal). No branch and no index depends on a value. The multiplier of
`linear` and of `dots` is public (a challenge, the gadget).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from counterfoil.crypto.secp256k1 import N

Rows: TypeAlias = NDArray[np.uint64]
Bytes2D: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float64]

LIMBS = 16
_HALF = np.uint64(16)
_HALF_MASK = np.uint64(0xFFFF)
_WORD = np.uint64(32)
_WORD_MASK = np.uint64(0xFFFFFFFF)
_WIDE = 2 * LIMBS - 1
_CARRIED = _WIDE + 2

# glibc hands freed memory back to the kernel beyond a limit, and raises that limit once a larger block
# was freed. Without this, every temporary of a signature faults its pages in again: a third of its time.
np.empty(1 << 22, dtype=np.uint8)


def _limbs(value: int, width: int = 16) -> list[int]:
    return [(value >> at) & ((1 << width) - 1) for at in range(0, 256, width)]


_FOLD = np.array([_limbs(pow(2, 16 * k, N)) for k in range(LIMBS, _CARRIED)], dtype=np.float64).T.copy()
"""Column k holds 2^(16·(16+k)) mod n."""

_C = np.array(_limbs(2**256 - N, 32), dtype=np.uint64)[:, None]
"""2^256 mod n, in words of 32 bits."""

_NEGATION = np.array(_limbs((1 - (2**256 - N)) % N), dtype=np.uint64)[:, None]


def parse_rows(data: bytes | bytearray | memoryview | Bytes2D) -> Rows:
    """m·32 bytes, big-endian each, to rows; values may still be ≥ n (see `reduced`)."""
    return np.frombuffer(data, dtype=">u2").reshape(-1, LIMBS)[:, ::-1].T.astype(np.uint64, order="C")


def encode_rows(rows: Rows) -> bytes:
    """m·32 bytes of reduced rows."""
    return rows.T[:, ::-1].astype(">u2").tobytes()


def are_canonical(data: bytes | memoryview) -> bool:
    """Whether m·32 public bytes are all numbers below n."""
    words = np.frombuffer(data, dtype=">u8").reshape(-1, 4)
    suspicious = words[:, 0] == 0xFFFFFFFFFFFFFFFF
    return all(int.from_bytes(row.tobytes(), "big") < N for row in words[suspicious])


def negated(rows: Rows) -> Rows:
    """-x for each x of 16-bit limbs, not yet reduced, without a borrow chain.

    With C = 2^256 mod n: -x = (2^256 - 1 - x) + 1 - 2^256 = (complement of x) + (1 - C) mod n.
    """
    negative: Rows = (_HALF_MASK - rows) + _NEGATION
    return negative


def reduced(rows: Rows) -> Rows:
    """Numbers given as 16 limbs below 2^40 each, mod n, canonical."""
    words = rows[0::2] + (rows[1::2] << _HALF)
    words += _C * _carried(words)
    top = _carried(words)
    shifted = words + _C
    mask = np.uint64(0) - (_carried(shifted) | top)
    words ^= mask & (words ^ shifted)
    out = np.empty_like(rows)
    np.bitwise_and(words, _HALF_MASK, out=out[0::2])
    np.right_shift(words, _HALF, out=out[1::2])
    return out


def floats(rows: Rows) -> Floats:
    """Rows of 16-bit limbs as `linear` and `dots` multiply them."""
    return rows.astype(np.float64)


def linear(factors: tuple[int, int], vectors: tuple[Floats, Floats], plus: Rows) -> Rows:
    """factor_0·x + factor_1·y + z for each x, y, z, mod n. The factors are public."""
    matrix = np.zeros((_WIDE, 2 * LIMBS))
    for side, factor in enumerate(factors):
        limbs = _limbs(factor % N)
        for k in range(LIMBS):
            matrix[k : k + LIMBS, LIMBS * side + k] = limbs
    wide = (matrix @ np.concatenate(vectors)).astype(np.uint64)
    wide[:LIMBS] += plus
    return reduced(_folded(wide))


def dots(coefficients: Floats, *vectors: Floats) -> Rows:
    """For each vector v, Σ_j c_j·v_j mod n, one column each. The coefficients are public; at most 2^11 terms."""
    wide = np.zeros((_WIDE, len(vectors)), dtype=np.uint64)
    products = (coefficients @ np.concatenate(vectors).T).astype(np.uint64)
    for column in range(len(vectors)):
        for k in range(LIMBS):
            wide[k : k + LIMBS, column] += products[k, LIMBS * column : LIMBS * (column + 1)]
    return reduced(_folded(wide))


def _folded(wide: Rows) -> Rows:
    """31 limbs below 2^47 to 16 limbs below 2^38, the same number mod n."""
    x = np.zeros((_CARRIED, wide.shape[1]), dtype=np.uint64)
    x[:_WIDE] = wide
    for _ in range(2):
        carry = x[:-1] >> _HALF
        x &= _HALF_MASK
        x[1:] += carry
    x[:LIMBS] += (_FOLD @ x[LIMBS:].astype(np.float64)).astype(np.uint64)
    return x[:LIMBS]


def _carried(words: Rows) -> Rows:
    """Carry 32-bit words in place, one after the other; returns what leaves the top."""
    carry: Rows = np.zeros(words.shape[1], dtype=np.uint64)
    for k in range(words.shape[0]):
        word = words[k]
        word += carry
        np.right_shift(word, _WORD, out=carry)
        word &= _WORD_MASK
    return carry
