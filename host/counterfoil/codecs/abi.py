"""The contract ABI: values of Solidity types as words of 32 bytes.   Solidity contract ABI specification

Decoding accepts the one encoding that `encode_abi` makes: tails in order and without gaps, zero
padding, nothing left over. So no two texts of a call can be shown for the same meaning, and
overlapping tails can't make a small input large.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Any, TypeAlias

from counterfoil.errors import InvalidEncoding

Value: TypeAlias = "bool | int | bytes | str | list[Value] | tuple[Value, ...]"
"""bool, int, bytes (``bytesN``, ``bytes``, and 20 bytes for ``address``), str, list for arrays, tuple for tuples."""

_ARRAY = re.compile(r"(.+)\[(\d{0,4})\]\Z")
_ATOM = re.compile(r"(address|bool|string|bytes|(u?int)(\d{1,3})|bytes(\d{1,2}))\Z")
_MAX_TYPE = 2048


def encode_abi(types: Sequence[str], values: Sequence[Value]) -> bytes:
    """The ABI encoding of a tuple of values.

    Standard: Solidity ABI specification, "Formal Specification of the Encoding"
    Raises:   InvalidEncoding(reason=type|range|length)
    """
    if len(types) != len(values):
        raise InvalidEncoding("The number of values does not fit the types.", reason="length")
    offset = sum(_head_size(kind) for kind in types)
    heads, tails = [], []
    for kind, value in zip(types, values, strict=True):
        encoded = _encode(kind, value)
        if is_dynamic(kind):
            heads.append(offset.to_bytes(32, "big"))
            tails.append(encoded)
            offset += len(encoded)
        else:
            heads.append(encoded)
    return b"".join(heads + tails)


def parse_abi(types: Sequence[str], data: bytes) -> tuple[Value, ...]:
    """The values of a canonical encoding, all of it.

    Standard: Solidity ABI specification
    Raises:   InvalidEncoding(reason=type|truncated|not_canonical|leftover)
    """
    values, used = _parse_tuple(types, data, 0)
    if used != len(data):
        raise InvalidEncoding("There are bytes after the arguments.", reason="leftover", offset=used)
    return values


@functools.lru_cache(maxsize=512)
def split_types(text: str) -> tuple[str, ...]:
    """``(address,(uint256,bytes)[])`` → its members. Raises InvalidEncoding."""
    if len(text) > _MAX_TYPE or text[:1] != "(" or text[-1:] != ")":
        raise InvalidEncoding("This is not a list of types.", reason="type")
    members, depth, start = [], 0, 1
    for at, char in enumerate(text[1:-1], 1):
        depth += (char == "(") - (char == ")")
        if depth < 0 or depth > 8:
            raise InvalidEncoding("This is not a list of types.", reason="type")
        if char == "," and depth == 0:
            members.append(text[start:at])
            start = at + 1
    if text != "()":
        members.append(text[start:-1])
    return tuple(members)


@functools.lru_cache(maxsize=512)
def is_dynamic(kind: str) -> bool:
    """Whether values of this type stand in the tail. Raises InvalidEncoding for what is no type."""
    if array := _ARRAY.match(kind):
        return array[2] == "" or is_dynamic(array[1])
    if kind.startswith("("):
        return any(is_dynamic(member) for member in split_types(kind))
    _atom(kind)
    return kind in {"bytes", "string"}


@functools.lru_cache(maxsize=512)
def _head_size(kind: str) -> int:
    if is_dynamic(kind):
        return 32
    if array := _ARRAY.match(kind):
        return int(array[2]) * _head_size(array[1])
    if kind.startswith("("):
        return sum(_head_size(member) for member in split_types(kind))
    return 32


@functools.lru_cache(maxsize=512)
def _atom(kind: str) -> tuple[str, int]:
    """Name and size: bits of integers, bytes of ``bytesN``."""
    match = _ATOM.match(kind)
    if match and match[2]:
        bits = int(match[3])
        if 8 <= bits <= 256 and bits % 8 == 0 and match[3][0] != "0":
            return match[2], bits
    elif match and match[4]:
        if 1 <= int(match[4]) <= 32 and match[4][0] != "0":
            return "bytesN", int(match[4])
    elif match:
        return kind, 0
    raise InvalidEncoding("This is not a type of the ABI.", reason="type")


def integer_range(kind: str) -> tuple[int, int] | None:
    """Smallest and largest value of an integer type; None for any other. Raises InvalidEncoding."""
    name, bits = _atom(kind)
    if name == "uint":
        return 0, 2**bits - 1
    if name == "int":
        return -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return None


def encode_word(kind: str, value: Value) -> bytes:
    """One static value as its 32 bytes. Raises InvalidEncoding(reason=type|range|length)."""
    name, size = _atom(kind)
    if name in {"uint", "int"} and isinstance(value, int) and not isinstance(value, bool):
        low, high = integer_range(kind) or (0, 0)
        if not low <= value <= high:
            raise InvalidEncoding(f"The number does not fit {kind}.", reason="range")
        return (value % 2**256).to_bytes(32, "big")
    if name == "bool" and isinstance(value, bool):
        return value.to_bytes(32, "big")
    if name == "address" and isinstance(value, bytes) and len(value) == 20:
        return bytes(12) + value
    if name == "bytesN" and isinstance(value, bytes) and len(value) == size:
        return value.ljust(32, b"\0")
    raise InvalidEncoding(f"The value is not a {kind}.", reason="type")


def _encode(kind: str, value: Value) -> bytes:
    if array := _ARRAY.match(kind):
        if not isinstance(value, list) or (array[2] and len(value) != int(array[2])):
            raise InvalidEncoding(f"The value is not a {kind}.", reason="length")
        body = encode_abi([array[1]] * len(value), value)
        return body if array[2] else len(value).to_bytes(32, "big") + body
    if kind.startswith("("):
        if not isinstance(value, tuple):
            raise InvalidEncoding(f"The value is not a {kind}.", reason="type")
        return encode_abi(split_types(kind), value)
    if kind in {"bytes", "string"}:
        raw = _raw(kind, value)
        return len(raw).to_bytes(32, "big") + raw + bytes(-len(raw) % 32)
    return encode_word(kind, value)


def _raw(kind: str, value: Value) -> bytes:
    if kind == "bytes" and isinstance(value, bytes):
        return value
    if kind == "string" and isinstance(value, str):
        return value.encode()
    raise InvalidEncoding(f"The value is not {kind}.", reason="type")


def _parse_tuple(types: Sequence[str], data: bytes, base: int) -> tuple[tuple[Value, ...], int]:
    """The members at ``base`` and how many bytes they take with their tails."""
    values: list[Value] = []
    head, tail = 0, sum(_head_size(kind) for kind in types)
    for kind in types:
        if is_dynamic(kind):
            if int.from_bytes(_word(data, base + head), "big") != tail:
                raise InvalidEncoding("An offset points elsewhere.", reason="not_canonical", offset=base + head)
            value, used = _parse(kind, data, base + tail)
            head, tail = head + 32, tail + used
        else:
            value, used = _parse(kind, data, base + head)
            head += used
        values.append(value)
    return tuple(values), tail


def _parse(kind: str, data: bytes, at: int) -> tuple[Value, int]:
    if array := _ARRAY.match(kind):
        prefix = 0 if array[2] else 32
        count = int(array[2]) if array[2] else int.from_bytes(_word(data, at), "big")
        if count * max(_head_size(array[1]), 1) > len(data) - at - prefix:
            raise InvalidEncoding("An array is longer than the data.", reason="truncated", offset=at)
        members, used = _parse_tuple([array[1]] * count, data, at + prefix)
        return list(members), used + prefix
    if kind.startswith("("):
        return _parse_tuple(split_types(kind), data, at)
    if kind in {"bytes", "string"}:
        return _parse_bytes(kind, data, at)
    return _parse_word(kind, _word(data, at), at), 32


def _parse_bytes(kind: str, data: bytes, at: int) -> tuple[Value, int]:
    length = int.from_bytes(_word(data, at), "big")
    padded = length + -length % 32
    if padded > len(data) - at - 32:
        raise InvalidEncoding("The bytes end too early.", reason="truncated", offset=at)
    raw = data[at + 32 : at + 32 + length]
    if any(data[at + 32 + length : at + 32 + padded]):
        raise InvalidEncoding("The padding is not zero.", reason="not_canonical", offset=at)
    if kind == "bytes":
        return raw, 32 + padded
    try:
        return raw.decode(), 32 + padded
    except UnicodeDecodeError:
        raise InvalidEncoding("The text is not UTF-8.", reason="encoding", offset=at) from None


def _parse_word(kind: str, word: bytes, at: int) -> Value:
    name, size = _atom(kind)
    value: Any
    if name == "address":
        value = word[12:]
    elif name == "bytesN":
        value = word[:size]
    else:
        value = int.from_bytes(word, "big", signed=name == "int")
        if name == "bool" and value in {0, 1}:
            value = bool(value)
    try:
        if encode_word(kind, value) == word:
            return value  # type: ignore[no-any-return] # one of the three above
    except InvalidEncoding:
        pass
    raise InvalidEncoding(f"This word is no {kind}.", reason="not_canonical", offset=at)


def _word(data: bytes, at: int) -> bytes:
    word = data[at : at + 32]
    if len(word) != 32:
        raise InvalidEncoding("The bytes end too early.", reason="truncated", offset=at)
    return word
