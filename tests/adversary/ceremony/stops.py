"""Moments at which something is made to happen, told by what passes by: frames of workers, messages on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.fakes.two_agents import Agent, Crossing, ThreadWorker

Act = Callable[[], Any]


def at_effect(agent: Agent, effect: str, act: Act) -> None:
    """Just before the agent carries out a worker's ``release`` or ``poison``."""
    _once(agent, lambda frame: frame.get("kind") == "effect" and frame.get("effect") == effect, act)


def at_frame(agent: Agent, kind: str, act: Act, *, number: int = 1) -> None:
    """Just before the agent acts on the ``number``-th frame of this kind."""
    count = 0

    def matches(frame: dict[str, Any]) -> bool:
        nonlocal count
        count += frame.get("kind") == kind
        return frame.get("kind") == kind and count == number

    _once(agent, matches, act)


def _once(agent: Agent, matches: Callable[[dict[str, Any]], bool], act: Act) -> None:
    before = agent.pool.on_frame
    done = False

    def on_frame(worker: ThreadWorker, frame: dict[str, Any]) -> None:
        nonlocal done
        before(worker, frame)
        if not done and matches(frame):
            done = True
            act()

    agent.pool.on_frame = on_frame


def at_message(agent: Agent, kind: str, act: Act, *, sender: str | None = None, number: int = 1) -> None:
    """Just before the ``number``-th message of this kind arrives."""
    before, count = agent.wire.hook, 0

    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        nonlocal count
        body = await before(crossing)
        if crossing.kind == kind and sender in {None, crossing.sender}:
            count += 1
            if count == number:
                return await _awaited(act()) or body
        return body

    agent.wire.hook = hook


async def _awaited(value: Any) -> Any:
    return await value if hasattr(value, "__await__") else value


async def eventually(happened: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it happens while everything else goes on; there is no event to wait for in a database."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not happened() and loop.time() < end:  # noqa: ASYNC110 - a database tells nobody
        await asyncio.sleep(0.01)
    return happened()
