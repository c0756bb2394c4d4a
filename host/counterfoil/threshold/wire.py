"""What a message looks like on the wire: one typed header, then fields of exact length.

header = "CF" ‖ version ‖ suite ‖ ceremony ‖ round ‖ sender ‖ recipient (0: all) ‖ sid(32)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.errors import InvalidEncoding

VERSION = 1
SUITE = 1
"""DKLs23 over secp256k1: kappa 256, lc 128, ls 80, check width 128. No negotiation."""

_MAGIC = b"CF"
_HEADER = struct.Struct(">2s6B32s")
HEADER_LENGTH = _HEADER.size
EVERYONE = 0

Layout: TypeAlias = tuple[tuple[str, int], ...]
"""Names and lengths of the fields of a message's body, in order."""


class Ceremony(IntEnum):
    """Which ceremony a message belongs to. Append-only."""

    KEYGEN = 1
    SIGN = 2
    RESHARE = 3


@dataclass(frozen=True, slots=True)
class Header:
    """Who says this to whom, in which round of which ceremony and session."""

    ceremony: int
    round: int
    sender: int
    recipient: int
    sid: bytes

    def encode(self) -> bytes:
        """40 bytes."""
        return _HEADER.pack(_MAGIC, VERSION, SUITE, self.ceremony, self.round, self.sender, self.recipient, self.sid)


def parse_header(payload: bytes) -> tuple[Header, bytes]:
    """The header and the body behind it.

    Standard: this module
    Raises:   InvalidEncoding for a short payload, another magic, version or suite
    """
    if len(payload) < HEADER_LENGTH:
        raise InvalidEncoding("The message is too short.", reason="header")
    magic, version, suite, ceremony, number, sender, recipient, sid = _HEADER.unpack_from(payload)
    if magic != _MAGIC or version != VERSION or suite != SUITE or ceremony not in tuple(Ceremony):
        raise InvalidEncoding("The message has an unknown header.", reason="header")
    return Header(ceremony, number, sender, recipient, sid), payload[HEADER_LENGTH:]


def layout_length(layout: Layout) -> int:
    """Bytes of a body of this layout."""
    return sum(length for _, length in layout)


def split(layout: Layout, body: bytes) -> list[bytes]:
    """Cut a body into its fields; any other total length is refused.

    Standard: this module
    Raises:   InvalidEncoding(reason=length)
    """
    if len(body) != layout_length(layout):
        raise InvalidEncoding("The message has another length.", reason="length")
    fields, at = [], 0
    for _, length in layout:
        fields.append(body[at : at + length])
        at += length
    return fields


def parse_points(data: bytes) -> tuple[Point, ...]:
    """Concatenated compressed points, none the identity. Standard: SEC 1 §2.3.4. Raises: InvalidEncoding"""
    return tuple(Point.parse(data[at : at + 33]) for at in range(0, len(data), 33))


def encode_points(points: tuple[Point, ...]) -> bytes:
    """33 bytes each. Standard: SEC 1 §2.3.3"""
    return b"".join(point.encode() for point in points)


def parse_public_scalar(data: bytes) -> int:
    """A canonical number in 1..n-1 that is no secret. Standard: SEC 1 §2.3.8. Raises: InvalidEncoding"""
    Scalar(data)
    return int.from_bytes(data, "big")


class Reader:
    """Reads stored bytes front to back, exactly."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        """The next ``length`` bytes. Raises: InvalidEncoding(reason=length)"""
        if self._at + length > len(self._data):
            raise InvalidEncoding("The data ends early.", reason="length")
        piece = self._data[self._at : self._at + length]
        self._at += length
        return piece

    def number(self, length: int) -> int:
        """The next ``length`` bytes as a big-endian number."""
        return int.from_bytes(self.take(length), "big")

    def expect(self, expected: bytes) -> None:
        """Exactly these bytes come next. Raises: InvalidEncoding(reason=constant)"""
        if self.take(len(expected)) != expected:
            raise InvalidEncoding("The data is of another kind.", reason="constant")

    def end(self) -> None:
        """Nothing is left. Raises: InvalidEncoding(reason=leftover)"""
        if self._at != len(self._data):
            raise InvalidEncoding("The data goes on behind its end.", reason="leftover")
