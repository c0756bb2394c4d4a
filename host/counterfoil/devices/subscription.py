"""The boxes of one mailbox, as its reader sees them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

MAX_WAITING_BOXES = 256
"""Boxes that the caller has not taken yet; an honest relay sends fewer without an acknowledgement."""


class Subscription(AsyncIterator[bytes]):
    """The boxes of one mailbox; ends when closed, or when another connection took the mailbox over."""

    def __init__(
        self, mailbox: bytes, acknowledge: Callable[[bytes, int], None], forget: Callable[[Subscription], None]
    ) -> None:
        self.mailbox = mailbox
        self._tell_relay = acknowledge
        self._forget = forget
        self._boxes: deque[tuple[int, bytes]] = deque()
        self._wake = asyncio.Event()
        self._unacknowledged: int | None = None
        self._ended = False

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> bytes:
        self.acknowledge()
        while not self._boxes:
            if self._ended:
                raise StopAsyncIteration
            self._wake.clear()
            await self._wake.wait()
        self._unacknowledged, box = self._boxes.popleft()
        return box

    def acknowledge(self) -> None:
        """Let the relay forget the box taken last."""
        number, self._unacknowledged = self._unacknowledged, None
        if number is not None:
            self._tell_relay(self.mailbox, number)

    def close(self) -> None:
        """Stop; boxes not acknowledged stay with the relay."""
        self._forget(self)
        self.end()

    def put(self, number: int, box: bytes) -> None:
        """A box arrived; a relay that sends more than it may loses the rest."""
        if len(self._boxes) < MAX_WAITING_BOXES:
            self._boxes.append((number, box))
            self._wake.set()

    def restart(self) -> None:
        """A new connection delivers everything unacknowledged again; old numbers mean nothing to it."""
        self._boxes.clear()
        self._unacknowledged = None

    def end(self) -> None:
        """No more boxes will come."""
        self._ended = True
        self._wake.set()
