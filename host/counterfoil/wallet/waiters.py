"""Page calls that wait for their request to end. Memory only: a page that asks again waits again."""

from __future__ import annotations

import asyncio


class Waiters:
    """Wakes whoever waits for a request."""

    def __init__(self) -> None:
        self._events: dict[str, asyncio.Event] = {}

    def wake(self, request_id: str) -> None:
        """The request moved."""
        event = self._events.pop(request_id, None)
        if event is not None:
            event.set()

    async def wait(self, request_id: str, seconds: float) -> None:
        """Until the request next moves, or ``seconds`` passed."""
        event = self._events.setdefault(request_id, asyncio.Event())
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            return
