"""Which pages want to hear of new blocks and logs. Memory only: a subscription ends with its page, and with the agent.   EIP-1193"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from counterfoil.errors import RateLimited
from counterfoil.types import Caip2

MOST_OF_A_PAGE: Final = 16
MOST: Final = 128
UNHEARD_SECONDS: Final = 15
"""So long may a browser be away (its worker starts anew) before what its pages wanted ends."""


@dataclass(slots=True)
class Subscription:
    """``after`` is the last block that the page need not hear of; ``heard_at`` when its browser was last there."""

    id: str
    origin: str
    document: str
    tab: int
    profile_id: str | None
    chain: Caip2
    kind: str
    filter: dict[str, Any]
    after: int
    heard_at: int


class Subscriptions:
    """The subscriptions of all pages, and one task a chain while there is one for it."""

    def __init__(self) -> None:
        self._all: dict[str, Subscription] = {}
        self._tasks: dict[Caip2, asyncio.Task[None]] = {}

    def check_room(self, document: str) -> None:
        """Raises RateLimited."""
        of_page = sum(1 for one in self._all.values() if one.document == document)
        if of_page >= MOST_OF_A_PAGE or len(self._all) >= MOST:
            raise RateLimited("This page has too many subscriptions.", remedy="End some of them first.")

    def add(self, new: Subscription) -> None:
        """Raises RateLimited."""
        self.check_room(new.document)
        self._all[new.id] = new

    def of_chain(self, chain: Caip2) -> list[Subscription]:
        """Oldest first."""
        return [one for one in self._all.values() if one.chain == chain]

    def run(self, chain: Caip2, work: Coroutine[Any, Any, None]) -> None:
        """``work`` follows the chain until there is nothing to follow it for; one at a time."""
        if chain in self._tasks:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks[chain] = task
        task.add_done_callback(lambda _task: self._tasks.pop(chain, None))

    @property
    def followed(self) -> frozenset[Caip2]:
        """The chains whose nodes are being asked."""
        return frozenset(self._tasks)

    def end(self, subscription: str, origin: str, document: str) -> bool:
        """A page ends one of its own; whether there was one."""
        found = self._all.get(subscription)
        if found is None or (found.origin, found.document) != (origin, document):
            return False
        del self._all[subscription]
        return True

    def end_origin(self, origin: str) -> None:
        """The site is elsewhere, or no longer connected."""
        self._keep(lambda one: one.origin != origin)

    def end_page(self, tab: int, document: str | None) -> None:
        """The page is gone; all pages of its tab without ``document``."""
        self._keep(lambda one: one.tab != tab or (document is not None and one.document != document))

    def end_chain(self, chain: Caip2) -> None:
        """The chain is no longer known, or asked elsewhere."""
        self._keep(lambda one: one.chain != chain)

    def end_unheard(self, now: int) -> None:
        """Those whose browser has been away for too long."""
        self._keep(lambda one: now - one.heard_at <= UNHEARD_SECONDS)

    async def close(self) -> None:
        """End all of them."""
        self._all.clear()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _keep(self, wanted: Callable[[Subscription], bool]) -> None:
        self._all = {key: one for key, one in self._all.items() if wanted(one)}
