"""The agent's unix socket: 0600, one user, many connections."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from counterfoil.agent.events import EventBus
from counterfoil.agent.outline import outline
from counterfoil.agent.peer_credentials import PeerUid, check_peer, peer_uid
from counterfoil.agent.session import Session
from counterfoil.codecs.frames import encode_frame
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import Handler
from counterfoil.errors import PeerRefused

_log = logging.getLogger("counterfoil.agent")

_BACKLOG = 128
_GRACE_SECONDS = 3.0


class Server:
    """Accepts clients until it is closed."""

    def __init__(
        self,
        context: Context,
        bus: EventBus,
        handlers: Mapping[str, Handler],
        *,
        uid_of: PeerUid = peer_uid,
    ) -> None:
        self._context = context
        self._bus = bus
        self._handlers = handlers
        self._uid_of = uid_of
        self._numbers = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._sessions: set[asyncio.Task[None]] = set()
        self._path: Path | None = None

    async def open(self, path: Path) -> None:
        """Listen. The caller holds the home's lock, so a socket that is there is a dead agent's."""
        self._path = path
        self._server = await asyncio.start_unix_server(self._accept, sock=bind(path), backlog=_BACKLOG)

    async def close(self) -> None:
        """Take no more clients, let running calls end for a moment, then cancel them and close."""
        if self._server is None:
            return
        self._server.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._tasks:
            _, running = await asyncio.wait(self._tasks, timeout=_GRACE_SECONDS)
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running, timeout=_GRACE_SECONDS)
        self._bus.drop_all()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=_GRACE_SECONDS)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._numbers += 1
        number = self._numbers
        task = asyncio.current_task()
        if task is not None:
            self._sessions.add(task)
            task.add_done_callback(self._sessions.discard)
        try:
            check_peer(writer.get_extra_info("socket"), self._uid_of)
        except PeerRefused as error:
            _log.warning("connection %d: another user's process", number)
            writer.write(encode_frame({"id": None, "error": error.as_dict()}))
            writer.close()
            return
        session = Session(number, reader, writer, context=self._context, handlers=self._handlers, tasks=self._tasks)
        self._bus.join(number, session)
        try:
            await session.run()
        except Exception as error:  # noqa: BLE001 - one connection's end is not the agent's
            _log.error("connection %d: %s", number, outline(error))
        finally:
            self._bus.leave(number)
            writer.close()


def bind(path: Path) -> socket.socket:
    """A listening socket that only this user can connect to, in place of a stale one."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    path.chmod(0o600)
    return listener
