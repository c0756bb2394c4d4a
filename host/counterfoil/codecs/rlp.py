"""Recursive length prefix: nested byte strings, one spelling each.   Ethereum Yellow Paper, appendix B"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from counterfoil.errors import InvalidEncoding

Item: TypeAlias = "bytes | list[Item]"
Encodable: TypeAlias = "bytes | int | Sequence[Encodable]"

_MAX_DEPTH = 8


def encode_rlp(item: Encodable) -> bytes:
    """The RLP of bytes, non-negative integers (big endian, no leading zero) and sequences of these.

    Standard: Yellow Paper, appendix B
    Raises:   InvalidEncoding for a negative integer
    """
    if isinstance(item, int):
        if item < 0:
            raise InvalidEncoding("RLP has no negative numbers.", reason="number")
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(0x80, len(item)) + item
    body = b"".join(map(encode_rlp, item))
    return _prefix(0xC0, len(body)) + body


def parse_rlp(data: bytes) -> Item:
    """The one item that ``data`` spells. Leftovers and any longer spelling of the same item are refused.

    Standard: Yellow Paper, appendix B
    Raises:   InvalidEncoding(reason=truncated|not_canonical|leftover|depth)
    """
    item, end = _parse(data, 0, 0)
    if end != len(data):
        raise InvalidEncoding("There are bytes after the end.", reason="leftover", offset=end)
    return item


def parse_rlp_integer(item: Item, bits: int = 256) -> int:
    """A big-endian integer of at most ``bits`` bits without leading zeros. Raises InvalidEncoding."""
    if not isinstance(item, bytes):
        raise InvalidEncoding("A list stands where a number belongs.", reason="type")
    if item[:1] == b"\0":
        raise InvalidEncoding("A number has leading zeros.", reason="not_canonical")
    if len(item) * 8 > bits:
        raise InvalidEncoding("A number is too large.", reason="number")
    return int.from_bytes(item, "big")


def _prefix(base: int, length: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([base + 55 + len(size)]) + size


def _parse(data: bytes, at: int, depth: int) -> tuple[Item, int]:
    if depth > _MAX_DEPTH:
        raise InvalidEncoding("Lists are nested too deeply.", reason="depth", offset=at)
    if at >= len(data):
        raise InvalidEncoding("The bytes end too early.", reason="truncated", offset=at)
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    start, end = _bounds(data, at, first)
    if first < 0xC0:
        if end - start == 1 and data[start] < 0x80:
            raise InvalidEncoding("A small byte is written the long way.", reason="not_canonical", offset=at)
        return data[start:end], end
    items: list[Item] = []
    while start < end:
        item, start = _parse(data, start, depth + 1)
        items.append(item)
    if start != end:
        raise InvalidEncoding("A list ends inside an item.", reason="truncated", offset=end)
    return items, end


def _bounds(data: bytes, at: int, first: int) -> tuple[int, int]:
    """Where the payload of the item at ``at`` begins and ends."""
    short = (first - 0x80) & 0x3F
    start = at + 1
    if short < 56:
        length = short
    else:
        size = data[start : start + short - 55]
        start += short - 55
        length = int.from_bytes(size, "big")
        if len(size) < short - 55 or size[:1] == b"\0" or length < 56:
            raise InvalidEncoding("A length is written the long way.", reason="not_canonical", offset=at)
    if start + length > len(data):
        raise InvalidEncoding("The bytes end too early.", reason="truncated", offset=at)
    return start, start + length
