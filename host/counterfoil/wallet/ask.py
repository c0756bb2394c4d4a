"""Questions to other parties: answered while the request lives, or not at all."""

from __future__ import annotations

import asyncio

from counterfoil.errors import PartyUnavailable
from counterfoil.types import Party
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.ports import Body
from counterfoil.wallet.witness import refuse_restored

ALWAYS = frozenset({"records_get", "reshare_nonce", "reshare_ack"})
"""What a device that was restored needs to find its way back: the facts, and new shares."""


async def ask(wallet: Wallet, party: Party, kind: str, body: Body, *, expires_at: int) -> Body:
    """The party's answer, before ``expires_at``.

    Raises: its typed error, PartyUnavailable, Retry; LogBroken where either side was restored from a copy
    """
    if kind not in ALWAYS:
        refuse_restored(wallet, party.identity)
    try:
        async with asyncio.timeout(max(0, expires_at - wallet.now())):
            return await wallet.peers.call(party.identity, kind, body)
    except TimeoutError:
        raise PartyUnavailable from None
