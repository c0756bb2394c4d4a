"""What parties write to each other by their numbers: nonces above all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from counterfoil.errors import InvalidMessage
from counterfoil.wallet.challenge import NONCE_LENGTH

_T = TypeVar("_T")


def read_nonce(value: object) -> bytes:
    """A nonce as parties write it: 32 bytes in hex. Raises InvalidMessage."""
    try:
        nonce = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        nonce = b""
    if len(nonce) != NONCE_LENGTH or nonce.hex() != value:
        raise InvalidMessage("A nonce is 32 bytes in hex.", reason="nonce")
    return nonce


def read_nonces(value: object) -> dict[int, bytes]:
    """One nonce of each party, by its number. Raises InvalidMessage."""
    return read_by_party(value, read_nonce)


def read_by_party(value: object, read: Callable[[object], _T]) -> dict[int, _T]:
    """Something of each party, by its number. Raises InvalidMessage."""
    if not isinstance(value, dict) or not all(
        isinstance(index, str) and index.isascii() and index.isdigit() and str(int(index)) == index and len(index) <= 2
        for index in value
    ):
        raise InvalidMessage("The numbers of the parties can't be read.", reason="parties")
    return {int(index): read(item) for index, item in value.items()}
