"""Batches whose calls are still being brought to the person. Memory only: whoever asks again goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None]
    begun: asyncio.Future[None]
    tab: dict[str, Any]


class RunningBatches:
    """One task a batch. ``begun`` is done once the first call is on its way, or has failed."""

    def __init__(self) -> None:
        self._all: dict[int, _Running] = {}

    def is_running(self, number: int) -> bool:
        """Whether calls of this batch may still come."""
        return number in self._all

    def run(
        self, number: int, tab: dict[str, Any], work: Callable[[asyncio.Future[None]], Coroutine[Any, Any, None]]
    ) -> asyncio.Future[None]:
        """``work`` of this batch, begun now or before; when its first call has an end."""
        if number not in self._all:
            begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            task = asyncio.create_task(work(begun))
            self._all[number] = _Running(task, begun, tab)
            task.add_done_callback(lambda _task: self._all.pop(number, None))
        return self._all[number].begun

    def end_page(self, tab: int, document: str | None) -> None:
        """The page is gone: no further call of its batches is brought to anyone."""
        for running in list(self._all.values()):
            same_document = document is None or running.tab.get("document_id") == document
            if running.tab.get("tab_id") == tab and same_document:
                running.task.cancel()

    async def close(self) -> None:
        """End all of them."""
        tasks = [running.task for running in self._all.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
