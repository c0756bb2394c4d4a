"""Pairing of two devices over a relay, driven to its end on either side.

One device shows a code (``offer_pairing``, ``host_pairing``), the other reads it (``join_pairing``); both persons
compare four words. For a co-signer on the same computer the same runs with callbacks that say yes.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from counterfoil.devices.channel import Ephemeral
from counterfoil.devices.handshake import RandomBytes
from counterfoil.devices.pairing_code import SECRET_BYTES, PairingCode, parse_pairing_code
from counterfoil.devices.pairing_exchange import Introduction, Paired, key_hash
from counterfoil.devices.pairing_sides import Confirm, HostSide, JoinerSide
from counterfoil.devices.relay_client import RelayClient
from counterfoil.errors import PairingRefused, RequestExpired

LIFETIME_SECONDS = 600
ANSWER_SECONDS = 30.0
Now: TypeAlias = Callable[[], int]


def unix_now() -> int:
    """Seconds since 1970."""
    return int(time.time())


@dataclass(slots=True)
class PairingOffer:
    """A code to show, and the key behind it. Good for one pairing."""

    code: PairingCode
    me: Introduction
    ephemeral: Ephemeral = field(repr=False)
    used: bool = False


def offer_pairing(
    me: Introduction,
    relay_url: str,
    *,
    now: int,
    lifetime_seconds: int = LIFETIME_SECONDS,
    random_bytes: RandomBytes = os.urandom,
) -> PairingOffer:
    """A fresh code for this device, to be shown and then served by ``host_pairing``."""
    ephemeral = Ephemeral(random_bytes(32))
    bound = key_hash(me.identity.public, ephemeral.public)
    return PairingOffer(
        PairingCode(random_bytes(SECRET_BYTES), bound, now + lifetime_seconds, relay_url), me, ephemeral
    )


async def host_pairing(
    offer: PairingOffer,
    relay: RelayClient,
    confirm: Confirm,
    *,
    now: Now = unix_now,
    random_bytes: RandomBytes = os.urandom,
) -> Paired:
    """Wait for the device that read the code, and pair with it.

    Raises: PairingRefused, RequestExpired, PartyUnavailable, RelayUnreachable
    """
    if offer.used:
        raise PairingRefused("This pairing code was already used.", reason="used")
    offer.used = True
    async with _until(offer.code, now):
        return await HostSide(offer.code, relay, random_bytes).run(offer.me, offer.ephemeral, confirm)


async def join_pairing(
    code: PairingCode | str,
    me: Introduction,
    confirm: Confirm,
    *,
    relay: RelayClient | None = None,
    now: Now = unix_now,
    answer_seconds: float = ANSWER_SECONDS,
    random_bytes: RandomBytes = os.urandom,
) -> Paired:
    """Pair with the device that shows ``code``, over the relay that the code names.

    Raises: InvalidEncoding for a code that can't be read; PairingRefused, RequestExpired, PartyUnavailable, RelayUnreachable
    """
    found = parse_pairing_code(code) if isinstance(code, str) else code
    async with _until(found, now), contextlib.AsyncExitStack() as stack:
        client = RelayClient(found.relay_url) if relay is None else relay
        if relay is None:
            await stack.enter_async_context(client)
        await client.ready()
        return await JoinerSide(found, client, random_bytes).run(me, confirm, answer_seconds)


@contextlib.asynccontextmanager
async def _until(code: PairingCode, now: Now) -> AsyncIterator[None]:
    expired = RequestExpired("The pairing code has expired.", remedy="Make a new pairing code.")
    left = code.expires_at - now()
    if left <= 0:
        raise expired
    try:
        async with asyncio.timeout(left):
            yield
    except TimeoutError:
        raise expired from None
