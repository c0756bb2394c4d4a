"""Multiplication with a random factor, two scalars at once.   2023/765 Protocol 5.2, l = 2, rho = 1

- S inputs a = (a_0, a_1): hat a random; ã_j = v0_j - v1_j + (a_0, a_1, hat a); theta = H(ã);
  eta = hat a + theta·a; mu_j = v0_j[2] + theta·v0_j; sends ã, eta, H(mu); c_i = -Σ g_j v0_j[i]
- V: d_j = v_j + beta_j·ã_j; checks H({d_j[2] + theta·d_j - beta_j·eta}) = H(mu); D_i = Σ g_j d_j[i]
- then c_i + D_i = a_i·chi with chi = Σ g_j beta_j

g is public, expanded from the set-up's id. Rows are handled in numpy limbs, in flat time.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.crypto.scalar_rows import (
    Floats,
    Rows,
    are_canonical,
    dots,
    encode_rows,
    floats,
    linear,
    negated,
    parse_rows,
    reduced,
)
from counterfoil.crypto.secp256k1 import Rng, Scalar
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.ot.endemic import Bytes2D
from counterfoil.threshold.ot.extension import SCALARS_PER_ROW, XI, CheckFailed, Extended

ROWS_LENGTH = XI * SCALARS_PER_ROW * 32
LAYOUT = (("a_tilde", ROWS_LENGTH), ("eta", 32), ("mu", 32))


def check_schema(a_tilde: bytes, eta: bytes) -> None:
    """Canonical scalars only. Standard: this module. Raises: InvalidEncoding"""
    if not are_canonical(a_tilde) or not are_canonical(eta):
        raise InvalidEncoding("A scalar is out of range.", reason="scalar")


def multiply(
    sid: bytes, setup: bytes, factors: tuple[Scalar, Scalar], rows: tuple[bytes, bytes], rng: Rng
) -> tuple[tuple[Scalar, Scalar], list[bytes]]:
    """S's side: its shares (c_0, c_1) and the three fields of its message. Standard: 2023/765 §5"""
    blind = Scalar.random(rng)
    inputs = parse_rows(b"".join(scalar.reveal() for scalar in (*factors, blind)))
    v0, v1 = (_columns(side) for side in rows)
    a_tilde = reduced(v0 + negated(v1) + np.repeat(inputs, XI, axis=1))
    encoded = encode_rows(a_tilde)
    theta = _theta(sid, encoded)
    eta = blind + Scalar.of_public(theta[0]) * factors[0] + Scalar.of_public(theta[1]) * factors[1]
    first, second, third = _split(v0)
    mu = linear(theta, (first, second), third)
    c = _scalars(dots(gadget(setup), first, second))
    return (-c[0], -c[1]), [encoded, eta.reveal(), _digest_mu(sid, mu)]


def chi(setup: bytes, extended: Extended) -> Scalar:
    """V's random factor Σ g_j beta_j. Standard: 2023/765 §5"""
    total = gadget(setup) @ extended.beta.astype(np.float64)
    return _scalars(reduced(total.astype(np.uint64)[:, None]))[0]


def receive(sid: bytes, setup: bytes, extended: Extended, fields: tuple[bytes, bytes, bytes]) -> tuple[Scalar, Scalar]:
    """V's side: check S's message, then the shares (D_0, D_1).

    Standard: 2023/765 §5
    Raises:   CheckFailed: poison the pair, then abort
    """
    a_tilde, eta, mu = fields
    theta = _theta(sid, a_tilde)
    mask = np.uint64(0) - extended.beta.astype(np.uint64)
    d = reduced(_columns(extended.rows) + (parse_rows(a_tilde) & np.tile(mask, SCALARS_PER_ROW)))
    first, second, third = _split(d)
    minus_eta = reduced(negated(parse_rows(eta)))
    tested = linear(theta, (first, second), third + (minus_eta & mask))
    if not is_equal(_digest_mu(sid, tested), mu):
        raise CheckFailed
    first_share, second_share = _scalars(dots(gadget(setup), first, second))
    return first_share, second_share


@lru_cache(maxsize=64)
def gadget(setup: bytes) -> Floats:
    """The public vector g: 416 scalars expanded from the set-up's id. Standard: 2023/765 §5"""
    wide = framed_hash("counterfoil/ot/gadget", setup, length=XI * 32)
    g = floats(reduced(parse_rows(wide)))
    g.flags.writeable = False
    return g


def _columns(rows: bytes) -> Rows:
    """416·96 bytes, three scalars per transfer, as columns: all first scalars, all second, all third."""
    data: Bytes2D = np.frombuffer(rows, dtype=np.uint8).reshape(XI, SCALARS_PER_ROW, 32)
    return parse_rows(np.ascontiguousarray(data.transpose(1, 0, 2)))


def _split(columns: Rows) -> tuple[Floats, Floats, Rows]:
    both = floats(columns[:, : 2 * XI])
    return both[:, :XI], both[:, XI:], columns[:, 2 * XI :]


def _scalars(rows: Rows) -> list[Scalar]:
    data = encode_rows(rows)
    return [Scalar(data[at : at + 32]) for at in range(0, len(data), 32)]


def _theta(sid: bytes, a_tilde: bytes) -> tuple[int, int]:
    data = framed_hash("counterfoil/ot/theta", sid, a_tilde, length=96)
    return int.from_bytes(data[:48], "big"), int.from_bytes(data[48:], "big")


def _digest_mu(sid: bytes, mu: Rows) -> bytes:
    return framed_hash("counterfoil/ot/mu", sid, encode_rows(mu))
