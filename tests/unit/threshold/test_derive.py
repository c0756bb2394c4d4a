from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.crypto.secp256k1 import N, Point, Scalar
from counterfoil.errors import InputError
from counterfoil.threshold import derive
from counterfoil.threshold.derive import derive_public, parse_path

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "bip32" / "public.json").read_text())["cases"]
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def parse_xpub(text: str) -> tuple[bytes, bytes]:
    value = 0
    for char in text:
        value = value * 58 + ALPHABET.index(char)
    data = value.to_bytes(82, "big")
    assert hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]
    return data[45:78], data[13:45]


@pytest.mark.parametrize("case", VECTORS)
def test_children_are_those_of_the_standard(case):
    key, chain_code = parse_xpub(case["parent"])
    child, tweak = derive_public(key, chain_code, case["path"])
    assert child == parse_xpub(case["child"])[0]
    assert (Point.parse(key) + Scalar.of_public(tweak).point()).encode() == child


@given(st.integers(1, N - 1), st.binary(min_size=32, max_size=32), st.lists(st.integers(0, 2**31 - 1), max_size=5))
def test_the_tweak_leads_to_the_same_child_from_the_private_side(secret, chain_code, path):
    key = Scalar.of_public(secret).point().encode()
    child, tweak = derive_public(key, chain_code, path)
    for number in path:
        public = Scalar.of_public(secret).point().encode()
        digest = hmac.digest(chain_code, public + number.to_bytes(4, "big"), "sha512")
        secret, chain_code = (secret + int.from_bytes(digest[:32], "big")) % N, digest[32:]
    assert Scalar.of_public(secret).point().encode() == child
    assert Point.parse(key).encode() == child if not path else tweak


@pytest.mark.parametrize("left", [0, N, N + 1, 2**256 - 1])
def test_refuses_a_child_whose_tweak_is_zero_or_beyond_the_order(left, monkeypatch):
    key = Scalar.of_public(7).point().encode()
    monkeypatch.setattr(derive.hmac, "digest", lambda *_: left.to_bytes(32, "big") + bytes(32))
    with pytest.raises(InputError) as refused:
        derive_public(key, bytes(32), [0])
    assert refused.value.word == "no_such_child"


def test_refuses_a_child_that_is_the_identity(monkeypatch):
    key = Scalar.of_public(7).point().encode()
    monkeypatch.setattr(derive.hmac, "digest", lambda *_: (N - 7).to_bytes(32, "big") + bytes(32))
    with pytest.raises(InputError):
        derive_public(key, bytes(32), [0])


@pytest.mark.parametrize(
    ("text", "path"), [("44/60/0/0/0", (44, 60, 0, 0, 0)), ("m/0/2147483647", (0, 2**31 - 1)), ("m", ()), ("7", (7,))]
)
def test_reads_paths(text, path):
    assert parse_path(text) == path


def test_drops_hardened_marks_only_when_told_to():
    with pytest.raises(InputError) as refused:
        parse_path("m/44'/60'/0'/0/0")
    assert refused.value.word == "hardened"
    assert parse_path("m/44'/60h/0H/0/0", drop_hardened=True) == (44, 60, 0, 0, 0)


@pytest.mark.parametrize(
    "text", ["", "/", "m/", "m//0", "0/", "-1", "+1", " 1", "1 ", "01", "2147483648", "9999999999", "99999999999",
             "m/m/0", "x", "0''", "٣", "/".join("0" * 11)],
)  # fmt: skip
def test_refuses_what_is_no_path(text):
    with pytest.raises(InputError):
        parse_path(text)


@given(st.text(alphabet="m/0123456789'hH-+ x", max_size=20))
def test_any_text_is_a_path_or_refused(text):
    try:
        path = parse_path(text)
    except InputError:
        return
    assert parse_path("/".join(["m", *map(str, path)])) == path


@pytest.mark.parametrize("path", [[-1], [2**31], [2**32], [0] * 11])
def test_refuses_child_numbers_that_do_not_exist(path):
    with pytest.raises(InputError):
        derive_public(Scalar.of_public(7).point().encode(), bytes(32), path)
