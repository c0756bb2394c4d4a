from __future__ import annotations

import eth_abi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.codecs.abi import encode_abi, parse_abi, split_types
from counterfoil.errors import InvalidEncoding

atoms = {
    "uint256": st.integers(0, 2**256 - 1),
    "uint8": st.integers(0, 255),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20),
    "bytes4": st.binary(min_size=4, max_size=4),
    "bytes": st.binary(max_size=70),
    "string": st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
}


@st.composite
def typed_values(draw: st.DrawFn, depth: int = 2) -> tuple[str, object]:
    shape = draw(st.sampled_from(["atom", "list", "fixed", "tuple"] if depth else ["atom"]))
    if shape == "atom":
        kind = draw(st.sampled_from(sorted(atoms)))
        return kind, draw(atoms[kind])
    if shape == "tuple":
        members = draw(st.lists(typed_values(depth - 1), min_size=1, max_size=3))
        return f"({','.join(kind for kind, _ in members)})", tuple(value for _, value in members)
    kind, value = draw(typed_values(depth - 1))
    count = draw(st.integers(1 if shape == "fixed" else 0, 3))
    return f"{kind}[{count if shape == 'fixed' else ''}]", [value] * count


def _theirs(value: object) -> object:
    if isinstance(value, list | tuple):
        return type(value)(map(_theirs, value))
    return value


@given(st.lists(typed_values(), max_size=3))
def test_values_come_back_and_eth_abi_agrees(members: list[tuple[str, object]]) -> None:
    types, values = [kind for kind, _ in members], [value for _, value in members]
    encoded = encode_abi(types, values)
    assert encoded == eth_abi.encode(types, [_theirs(v) for v in values])
    assert parse_abi(types, encoded) == tuple(values)


@given(st.lists(typed_values(), min_size=1, max_size=3), st.data())
def test_one_changed_byte_changes_a_value_or_is_refused(members: list[tuple[str, object]], data: st.DataObject) -> None:
    types, values = [kind for kind, _ in members], [value for _, value in members]
    encoded = bytearray(encode_abi(types, values))
    if not encoded:
        return
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        assert parse_abi(types, bytes(encoded)) != tuple(values)
    except InvalidEncoding:
        return


@given(st.lists(typed_values(), max_size=3), st.binary(max_size=200))
def test_garbage_gives_only_typed_errors(members: list[tuple[str, object]], data: bytes) -> None:
    types = [kind for kind, _ in members]
    try:
        values = parse_abi(types, data)
    except InvalidEncoding:
        return
    assert encode_abi(types, values) == data


def test_overlapping_tails_are_refused() -> None:
    good = encode_abi(["bytes", "bytes"], [b"ab", b"ab"])
    shared_tail = good[:32] + good[:32] + good[64:128]
    assert eth_abi.decode(["bytes", "bytes"], shared_tail) == (b"ab", b"ab")
    with pytest.raises(InvalidEncoding):
        parse_abi(["bytes", "bytes"], shared_tail)


def test_a_tiny_input_never_claims_a_huge_array() -> None:
    words = [(32).to_bytes(32, "big"), (2**255).to_bytes(32, "big")]
    for kind in ("uint256[]", "uint256[0][]", "()[]", "bytes[]"):
        with pytest.raises(InvalidEncoding):
            parse_abi([kind], b"".join(words))


def test_unknown_types_are_refused() -> None:
    for kind in (
        "uint",
        "uint7",
        "uint264",
        "int0",
        "bytes33",
        "bytes0",
        "fixed",
        "uint08",
        "",
        "(",
        "(,)",
        "address ",
    ):
        with pytest.raises(InvalidEncoding):
            encode_abi([kind], [0])
    assert split_types("(address,(uint256,bytes)[],bool)") == ("address", "(uint256,bytes)[]", "bool")
    assert split_types("()") == ()


def test_values_of_another_type_are_refused() -> None:
    for kind, value in [
        ("uint8", 256),
        ("uint8", -1),
        ("int8", 128),
        ("uint8", True),
        ("bool", 1),
        ("address", "0x00"),
        ("bytes4", b"abc"),
        ("string", b"a"),
        ("bytes", "a"),
        ("uint8[2]", [1]),
        ("(uint8)", [1]),
    ]:
        with pytest.raises(InvalidEncoding):
            encode_abi([kind], [value])
