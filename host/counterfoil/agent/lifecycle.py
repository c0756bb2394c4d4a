"""The life of an agent: the home's lock, the socket, until it is told to stop.

The lock is held until the process ends. Worker processes must not inherit it: they are spawned, never
forked, so that a worker left over cannot keep its home from a new agent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from counterfoil.home.autostart import ALREADY_RUNS, try_lock
from counterfoil.home.paths import Home

if TYPE_CHECKING:
    from counterfoil.agent.events import EventBus
    from counterfoil.dispatch.context import Context

_log = logging.getLogger("counterfoil.agent")


@dataclass(frozen=True, slots=True)
class AgentContext:
    """What the composition root begins with. ``stop`` asks the agent to end; it returns at once."""

    home: Home
    events: EventBus
    stop: Callable[[], None]


Build = Callable[[AgentContext], "Awaitable[Context]"]


def run_detached(home: Home) -> int:
    """Leave an agent behind that is nobody's child; 0 once it listens, else the status it ended with."""
    listening, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(listening)
        return run(home, listens=lambda: _say(told))
    os.close(told)
    heard = os.read(listening, 1)
    os.close(listening)
    return 0 if heard else os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _say(told: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(told, b"!")
    os.close(told)


def run(home: Home, build: Build | None = None, *, listens: Callable[[], None] = lambda: None) -> int:
    """Be the agent of this home until told to stop; the exit status.

    ``build`` makes the context; without it ``agent.compose.build`` does, imported only with the lock in
    hand. ``listens`` is called once clients can connect.

    Raises: StorageError where the home can't be used
    """
    home.prepare()
    os.umask(0o077)
    lock = try_lock(home.lock_file)
    if lock is None:
        return ALREADY_RUNS
    try:
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        _log_to_stderr()
        if build is None:
            from counterfoil.agent.compose import build as composed

            build = composed
        asyncio.run(_live(home, build, listens))
    finally:
        os.close(lock)
    return 0


async def _live(home: Home, build: Build, listens: Callable[[], None]) -> None:
    from counterfoil.agent.events import EventBus
    from counterfoil.agent.server import Server
    from counterfoil.dispatch.table import handlers

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    loop.set_exception_handler(_log_stray)
    bus = EventBus()
    context = await build(AgentContext(home=home, events=bus, stop=stopped.set))
    server = Server(context, bus, handlers())
    try:
        await server.open(home.socket)
        listens()
        _log.info("agent %d listens", os.getpid())
        await stopped.wait()
    finally:
        await server.close()
        await context.close()
        _log.info("agent %d stopped", os.getpid())


def _log_stray(_loop: asyncio.AbstractEventLoop, facts: dict[str, object]) -> None:
    """asyncio would print values of the exception; we print where it came from."""
    from counterfoil.agent.outline import outline

    error = facts.get("exception")
    _log.error("stray: %s", outline(error) if isinstance(error, BaseException) else facts.get("message"))


def _log_to_stderr() -> None:
    """Whoever started the agent decides where that goes; the stub and the CLI send it to the home's log."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
