"""The agent's own rounds: expiry to the second, chains every few seconds while something is out there."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from counterfoil.agent.outline import outline
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.propose_change import Rounds
from counterfoil.wallet.watch import Pace, look_once

ROUND_SECONDS = 1.0
_LOG = logging.getLogger(__name__)


class Watch:
    """Looks once a second; the chain is asked only while a transaction is on its way."""

    def __init__(self, wallet: Wallet) -> None:
        self._wallet = wallet
        self._pace = Pace()
        self._rounds = Rounds()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From now on."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """No more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                await look_once(self._wallet, self._pace)
                await self._rounds.look_once(self._wallet)
            except Exception as error:  # noqa: BLE001 - the watch must outlive a mistake
                _LOG.error("watch: %s", outline(error))
            await asyncio.sleep(ROUND_SECONDS)
