"""Nonces as parties write them to each other."""

from __future__ import annotations

from counterfoil.errors import InvalidMessage
from counterfoil.wallet.challenge import NONCE_LENGTH


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
    if not isinstance(value, dict) or not all(
        isinstance(index, str) and index.isascii() and index.isdigit() and str(int(index)) == index and len(index) <= 2
        for index in value
    ):
        raise InvalidMessage("The nonces can't be read.", reason="nonce")
    return {int(index): read_nonce(nonce) for index, nonce in value.items()}
