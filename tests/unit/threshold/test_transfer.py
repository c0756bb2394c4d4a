"""Oblivious transfer and multiplication between two honest parties."""

from __future__ import annotations

import os

import numpy as np
import pytest

from counterfoil.crypto.secp256k1 import N, Scalar
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.ot import endemic, extension, rvole

SID, SETUP = b"s" * 32, b"g" * 32


def transferred(delta: bytes) -> tuple[bytes, tuple[bytes, bytes]]:
    chooser, request = endemic.choose(SID, delta, os.urandom)
    exponents, offer = endemic.offer(os.urandom)
    chosen = endemic.seeds_of_chooser(SID, chooser, endemic.parse_offer(offer))
    offered = endemic.seeds_of_offerer(SID, exponents, endemic.parse_request(request))
    return bytes(chosen), (bytes(offered[0]), bytes(offered[1]))


def number(scalar: Scalar) -> int:
    return int.from_bytes(scalar.reveal(), "big")


@pytest.mark.parametrize("delta", [bytes(16), b"\xff" * 16, bytes(range(16))], ids=["zeros", "ones", "mixed"])
def test_the_chooser_learns_exactly_the_seed_of_its_bit(delta):
    chosen, offered = transferred(delta)
    for k, bit in enumerate(endemic.unpack_bits(delta)):
        piece = slice(16 * k, 16 * k + 16)
        assert chosen[piece] == offered[bit][piece]
        assert chosen[piece] != offered[1 - bit][piece]


def test_nothing_is_shared_between_instances_or_sessions():
    delta = bytes(16)
    chosen, offered = transferred(delta)
    pieces = [chosen[at : at + 16] for at in range(0, 2048, 16)] + [
        offered[1][at : at + 16] for at in range(0, 2048, 16)
    ]
    assert len(set(pieces)) == 256
    assert transferred(delta)[0] != chosen


def test_a_slot_whose_key_is_the_identity_is_refused():
    exponents, _ = endemic.offer(os.urandom)
    _, request = endemic.choose(SID, bytes(16), os.urandom)
    pairs = list(endemic.parse_request(request))
    right = pairs[0][1]
    pairs[0] = (-endemic._mask_point(SID, 0, 0, right.encode()), right)
    with pytest.raises(InvalidEncoding):
        endemic.seeds_of_offerer(SID, exponents, tuple(pairs))


@pytest.mark.parametrize("change", [-33, -1, 1, 33])
def test_refuses_another_number_of_points(change):
    _, request = endemic.choose(SID, bytes(16), os.urandom)
    _, offer = endemic.offer(os.urandom)
    for parse, data in ((endemic.parse_request, request), (endemic.parse_offer, offer)):
        changed = data[:change] if change < 0 else data + data[:change]
        with pytest.raises(InvalidEncoding):
            parse(changed)


def test_multiplication_shares_add_up_to_the_product():
    for delta in (bytes(16), os.urandom(16)):
        chosen, offered = transferred(delta)
        extended, fields = extension.extend(SID, (memoryview(offered[0]), memoryview(offered[1])), os.urandom)
        rows = extension.check_and_extend(SID, memoryview(delta), memoryview(chosen), tuple(fields))
        factors = (Scalar.random(os.urandom), Scalar.random(os.urandom))
        c, message = rvole.multiply(SID, SETUP, factors, rows, os.urandom)
        chi = rvole.chi(SETUP, extended)
        d = rvole.receive(SID, SETUP, extended, tuple(message))
        for k in (0, 1):
            assert (number(c[k]) + number(d[k])) % N == number(factors[k]) * number(chi) % N
        other = rvole.multiply(SID, b"h" * 32, factors, rows, os.urandom)[0]
        assert number(other[0]) != number(c[0])


def test_every_row_of_the_receiver_is_the_senders_row_of_its_bit():
    delta = os.urandom(16)
    chosen, offered = transferred(delta)
    extended, fields = extension.extend(SID, (memoryview(offered[0]), memoryview(offered[1])), os.urandom)
    zero, one = extension.check_and_extend(SID, memoryview(delta), memoryview(chosen), tuple(fields))
    for j in range(extension.XI):
        piece = slice(96 * j, 96 * j + 96)
        assert extended.rows[piece] == (one if extended.beta[j] else zero)[piece]
        assert extended.rows[piece] != (zero if extended.beta[j] else one)[piece]


def test_the_check_compresses_over_gf2_as_a_plain_reading_does():
    u = os.urandom(128 * 68)
    matrix = extension._check_matrix(SID, u)
    rows = np.frombuffer(os.urandom(3 * 68), dtype=np.uint8).reshape(3, 68)
    packed = extension._compress(matrix, rows)
    columns = matrix.view(np.uint8)[:, :68]
    for i, row in enumerate(rows):
        bits = endemic.unpack_bits(packed[i].tobytes())
        value = int.from_bytes(row.tobytes(), "little")
        for c in range(128):
            assert bits[c] == (value & int.from_bytes(columns[c].tobytes(), "little")).bit_count() % 2


def test_the_check_matrix_depends_on_every_byte_of_u_and_on_the_session():
    u = bytes(128 * 68)
    matrix = extension._check_matrix(SID, u).tobytes()
    assert extension._check_matrix(SID, u[:-1] + b"\x01").tobytes() != matrix
    assert extension._check_matrix(b"t" * 32, u).tobytes() != matrix
