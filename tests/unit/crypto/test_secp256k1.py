from __future__ import annotations

import hashlib
import json
import os
import pickle

import pytest
from coincurve import PrivateKey
from coincurve._libsecp256k1 import lib
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.crypto.secp256k1 import SYMBOLS, N, Point, Scalar, is_valid_signature
from counterfoil.errors import Bug, InvalidEncoding
from tests.shared_data import shared

numbers = st.integers(1, N - 1)


def scalar(value: int) -> Scalar:
    return Scalar(value.to_bytes(32, "big"))


def number(value: Scalar) -> int:
    return int.from_bytes(value.reveal(), "big")


def test_every_low_level_symbol_that_is_used_exists():
    for symbol in SYMBOLS:
        assert hasattr(lib, symbol), symbol


@given(numbers, numbers)
@settings(max_examples=100)
def test_scalar_arithmetic_is_that_of_the_field(a, b):
    assert number(scalar(a) * scalar(b)) == a * b % N
    assert number(-scalar(a)) == N - a
    if (a + b) % N:
        assert number(scalar(a) + scalar(b)) == (a + b) % N
    if a != b:
        assert number(scalar(a) - scalar(b)) == (a - b) % N


def test_a_sum_of_zero_is_an_error_not_a_zero():
    with pytest.raises(Bug):
        scalar(5) - scalar(5)


@pytest.mark.parametrize("value", [0, N, N + 1, 2**256 - 1])
def test_refuses_scalars_out_of_range(value):
    with pytest.raises(InvalidEncoding):
        scalar(value)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_refuses_scalars_of_another_length(length):
    with pytest.raises(InvalidEncoding):
        Scalar(b"\x01" * length)


def test_random_scalars_skip_draws_out_of_range():
    draws = [bytes(32), N.to_bytes(32, "big"), b"\x07" * 32]
    assert Scalar.random(lambda _: draws.pop(0)).reveal() == b"\x07" * 32


@given(numbers, numbers)
@settings(max_examples=50)
def test_points_agree_with_an_independent_reading_of_the_library(a, b):
    point = scalar(a).point()
    assert point.encode() == PrivateKey(a.to_bytes(32, "big")).public_key.format()
    assert point.times_public(b).encode() == scalar(a * b % N).point().encode()
    assert scalar(b).ecdh(point) == hashlib.sha256(point.times_public(b).encode()).digest()
    assert (-point).encode()[1:] == point.encode()[1:]
    assert (-point).is_odd != point.is_odd


def test_points_that_cancel_out_have_no_sum():
    point = scalar(9).point()
    with pytest.raises(InvalidEncoding):
        point + -point
    with pytest.raises(InvalidEncoding):
        point.times_public(0)
    with pytest.raises(InvalidEncoding):
        point.times_public(N)
    with pytest.raises(InvalidEncoding):
        Point.sum([])


@given(st.binary(max_size=70))
def test_parses_a_point_or_refuses_it_and_parsing_is_canonical(data):
    try:
        point = Point.parse(data)
    except InvalidEncoding:
        return
    assert point.encode() == data


@pytest.mark.parametrize(
    "data",
    [b"", bytes(33), b"\x02" + b"\xff" * 32, b"\x04" + bytes(64), b"\x06" + b"\x01" * 32, b"\x02" + bytes(32)],
    ids=["empty", "zeros", "x beyond p", "uncompressed", "hybrid", "not on the curve"],
)
def test_refuses_what_is_not_a_compressed_point(data):
    with pytest.raises(InvalidEncoding):
        Point.parse(data)


def test_hashing_to_the_curve_gives_points_and_takes_64_bytes():
    assert Point.from_uniform(os.urandom(64)).encode()[0] in (2, 3)
    with pytest.raises(Bug):
        Point.from_uniform(bytes(63))


def test_scalars_give_no_number_text_pickle_or_comparison():
    secret = scalar(3)
    assert repr(secret) == "<Scalar>"
    assert not hasattr(secret, "__int__")
    assert not hasattr(secret, "__index__")
    for attempt in (
        lambda: secret == scalar(3),
        lambda: hash(secret),
        lambda: pickle.dumps(secret),
        lambda: int(secret),
    ):
        with pytest.raises(TypeError):
            attempt()


@pytest.mark.parametrize("name", ["ecdsa_secp256k1_sha256_test", "ecdsa_secp256k1_sha256_bitcoin_test"])
def test_verifies_wycheproof_signatures_whose_encoding_is_sound(name):
    checked = 0
    for group in json.loads(shared("vectors", "wycheproof", f"{name}.json").read_text())["testGroups"]:
        uncompressed = bytes.fromhex(group["publicKey"]["uncompressed"])
        public = Point.parse(bytes([2 + (uncompressed[-1] & 1)]) + uncompressed[1:33])
        for case in group["tests"]:
            try:
                r, s = decode_dss_signature(bytes.fromhex(case["sig"]))
            except ValueError:
                assert case["result"] != "valid"
                continue
            digest = hashlib.sha256(bytes.fromhex(case["msg"])).digest()
            expected = case["result"] == "valid" and s <= N // 2
            if (
                case["result"] == "invalid"
                and "bitcoin" not in name
                and {"BerEncodedSignature", "InvalidEncoding"} & set(case["flags"])
            ):
                continue
            assert is_valid_signature(public, digest, r, s) == expected, case["tcId"]
            checked += 1
    assert checked > 200
