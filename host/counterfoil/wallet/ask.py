"""Questions to other parties: answered while the request lives, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from counterfoil.errors import InvalidMessage, PartyUnavailable
from counterfoil.types import Party
from counterfoil.wallet.challenge import NONCE_LENGTH
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.ports import Body


async def ask(wallet: Wallet, party: Party, kind: str, body: Body, *, expires_at: int) -> Body:
    """The party's answer, before ``expires_at``. Raises its typed error, PartyUnavailable, Retry."""
    try:
        async with asyncio.timeout(max(0, expires_at - wallet.now())):
            return await wallet.peers.call(party.identity, kind, body)
    except TimeoutError:
        raise PartyUnavailable from None


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


def read_by_party(value: object, read: Callable[[object], bytes]) -> dict[int, bytes]:
    """Something of each party, by its number. Raises InvalidMessage."""
    if not isinstance(value, dict) or not all(
        isinstance(index, str) and index.isascii() and index.isdigit() and str(int(index)) == index and len(index) <= 2
        for index in value
    ):
        raise InvalidMessage("The numbers of the parties can't be read.", reason="parties")
    return {int(index): read(item) for index, item in value.items()}
