from __future__ import annotations

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.codecs.rlp import encode_rlp, parse_rlp, parse_rlp_integer
from counterfoil.errors import InvalidEncoding

items = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=4), max_leaves=12)


def _depth(item: object) -> int:
    return 1 + max(map(_depth, item), default=0) if isinstance(item, list) else 0


@given(items)
def test_every_item_comes_back_and_the_reference_library_agrees(item: object) -> None:
    encoded = encode_rlp(item)
    assert encoded == rlp.encode(item)
    if _depth(item) <= 8:
        assert parse_rlp(encoded) == item


@given(st.binary(max_size=100))
def test_what_is_accepted_has_exactly_one_spelling(data: bytes) -> None:
    try:
        item = parse_rlp(data)
    except InvalidEncoding:
        return
    assert encode_rlp(item) == data


@pytest.mark.parametrize(
    ("spelling", "reason"),
    [
        ("", "truncated"),
        ("8100", "not_canonical"),
        ("b80100", "not_canonical"),
        ("b90001", "not_canonical"),
        ("f800", "not_canonical"),
        ("83ff", "truncated"),
        ("c283ff", "truncated"),
        ("0000", "leftover"),
        ("bfffffffffffffffff", "truncated"),
        ("c1" * 9 + "c0", "depth"),
    ],
)
def test_refuses_every_other_spelling(spelling: str, reason: str) -> None:
    with pytest.raises(InvalidEncoding) as caught:
        parse_rlp(bytes.fromhex(spelling))
    assert caught.value.word == reason


def test_numbers_have_no_leading_zeros_and_a_size() -> None:
    assert parse_rlp_integer(b"") == 0
    assert parse_rlp_integer(b"\x01\x00") == 256
    for item in (b"\0", b"\0\x01", b"\x01" * 33, []):
        with pytest.raises(InvalidEncoding):
            parse_rlp_integer(item)
    with pytest.raises(InvalidEncoding):
        encode_rlp(-1)
