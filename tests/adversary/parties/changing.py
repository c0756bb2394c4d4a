"""What the tests of changes look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from counterfoil.wallet.passkey_records import home_passkeys
from counterfoil.wallet.record_heads import record_heads
from tests.fakes.two_agent_person import Someone


def homes(someone: Someone) -> list[int]:
    """How many home passkeys device and co-signer have on record."""
    return [len(home_passkeys(agent.db, someone.vault.id)) for agent in someone.pair.both]


def same_heads(someone: Someone) -> bool:
    one, other = (record_heads(agent.db, someone.vault.id) for agent in someone.pair.both)
    return one == other


async def until(condition: Callable[[], bool]) -> None:
    """What is told without waiting arrives."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the state is in a database, nothing tells of it
            await asyncio.sleep(0)
