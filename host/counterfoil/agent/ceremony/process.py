"""A worker process from the agent's side: started ahead of need, spoken to in frames, always ended."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

from counterfoil.codecs.frames import MAX_TO_AGENT, encode_frame, parse_frame, read_body_async
from counterfoil.errors import Retry

_PROGRAM = Path(__file__).with_name("__main__.py")
"""By the path of its file, so that it works installed and from a checkout, in isolated mode."""

_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""Nothing of the person's environment reaches a process that holds a share; one thread is enough for small matrices."""


class WorkerProcess:
    """One worker. Frames are dicts; a worker that dies answers Retry."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._stdin = process.stdin
        self._stdout = process.stdout

    async def say(self, frame: dict[str, Any]) -> None:
        """Raises Retry when the worker is gone."""
        try:
            self._stdin.write(encode_frame(frame, limit=MAX_TO_AGENT))
            await self._stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            raise Retry("The ceremony's process ended.", reason="worker_gone") from None

    async def hear(self) -> dict[str, Any]:
        """The next frame. Raises Retry when the worker is gone."""
        body = await read_body_async(self._stdout)
        if body is None:
            raise Retry("The ceremony's process ended.", reason="worker_gone")
        return parse_frame(body)

    async def end(self) -> None:
        """Kill it and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        self._stdin.close()


class WorkerPool:
    """Keeps one worker warm, for starting one costs more than a signature."""

    def __init__(self) -> None:
        self._warm: asyncio.Task[WorkerProcess] | None = None
        self._is_closed = False

    def warm_up(self) -> None:
        """Start the next worker in the background."""
        if self._warm is None and not self._is_closed:
            self._warm = asyncio.create_task(self._start())

    async def take(self) -> WorkerProcess:
        """A fresh worker that nobody else has used or will use. ``warm_up`` for the next one once it is idle again:
        starting it at once would take the processor from the ceremony."""
        task, self._warm = self._warm, None
        return await (task or self._start())

    async def close(self) -> None:
        """End the warm worker; no other is started."""
        self._is_closed = True
        task, self._warm = self._warm, None
        if task is not None:
            await (await task).end()

    async def _start(self) -> WorkerProcess:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=_ENVIRONMENT,
        )
        return WorkerProcess(process)
