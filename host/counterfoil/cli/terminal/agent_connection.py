"""The connection to a real agent."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from counterfoil.agent.client import AgentClient
from counterfoil.cli.terminal.connection import Agent, OnProgress
from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home

if TYPE_CHECKING:
    from counterfoil.protocol.agent import HelloResult
    from counterfoil.protocol.model import Message


class Connection:
    """An ``AgentClient`` on an event loop that runs only while a call waits."""

    def __init__(self, runner: asyncio.Runner, client: AgentClient, greeting: HelloResult) -> None:
        self._runner = runner
        self._client = client
        self.greeting = greeting

    def call(self, method: str, params: Message | None = None, on_progress: OnProgress | None = None) -> dict[str, Any]:
        """See ``Agent.call``. Ctrl-C cancels the call at the agent too."""
        return self._runner.run(self._call(method, params, on_progress))

    async def _call(self, method: str, params: Message | None, on_progress: OnProgress | None) -> dict[str, Any]:
        if on_progress is None:
            return await self._client.call(method, params)
        listener = asyncio.create_task(self._listen(on_progress))
        try:
            return await self._client.call(method, params)
        finally:
            listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listener

    async def _listen(self, on_progress: OnProgress) -> None:
        from counterfoil.protocol.event import Progress

        async for _name, message in self._client.events():
            if isinstance(message, Progress):
                on_progress(message)


@contextmanager
def connect(home: Home, *, start: bool) -> Iterator[Agent]:
    """The agent of this home. Raises: AgentUnreachable, UnsupportedVersion"""
    if start:
        ensure_agent(home)
    with asyncio.Runner() as runner:
        context = AgentClient.connect(home, client="cli", hello=False)
        client = runner.run(context.__aenter__())
        try:
            yield Connection(runner, client, runner.run(client.hello(client="cli")))
        finally:
            runner.run(context.__aexit__(None, None, None))
