"""The relay as a server: one websocket address, no names, no log of what passes.

No web page may reach it: browsers put ``Origin`` on every websocket they open, and such requests are refused.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from types import TracebackType

from aiohttp import web

from counterfoil.errors import RelayUnreachable
from counterfoil.relay.connection import Connection, Exchange
from counterfoil.relay.frames import MAILBOX_BYTES, MAX_FRAME_BYTES
from counterfoil.relay.mailboxes import Limits, Mailboxes

PATH = "/v1"
PING_SECONDS = 20.0
SWEEP_SECONDS = 15.0
_EXCHANGE = web.AppKey("exchange", Exchange)
_BROWSER_HEADERS = ("Origin", "Sec-Fetch-Mode", "Sec-Fetch-Site")


def create_app(limits: Limits | None = None, *, mailboxes: Mailboxes | None = None) -> web.Application:
    """The relay as an aiohttp application; its memory, ``mailboxes`` or a fresh one, lives and dies with it."""
    app = web.Application()
    app[_EXCHANGE] = Exchange(
        Mailboxes(limits or Limits()) if mailboxes is None else mailboxes, os.urandom(MAILBOX_BYTES)
    )
    app.router.add_get(PATH, _accept)
    app.cleanup_ctx.append(_sweep)
    app.on_shutdown.append(_close_all)
    return app


class RelayServer:
    """A running relay; also an async context manager."""

    def __init__(self, runner: web.AppRunner, host: str, port: int) -> None:
        self._runner = runner
        self.host = host
        self.port = port
        shown = f"[{host}]" if ":" in host else host
        self.url = f"ws://{shown}:{port}{PATH}"

    async def close(self) -> None:
        """End every connection and stop listening."""
        await self._runner.cleanup()

    async def __aenter__(self) -> RelayServer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


async def serve(
    host: str = "127.0.0.1", port: int = 0, *, limits: Limits | None = None, mailboxes: Mailboxes | None = None
) -> RelayServer:
    """Start a relay; port 0 takes a free one.

    Raises: RelayUnreachable(reason=relay_address) when the address can't be taken
    """
    app = create_app(limits, mailboxes=mailboxes)
    quiet = logging.getLogger("counterfoil.relay.http")
    quiet.disabled = True  # aiohttp would quote a malformed request
    runner = web.AppRunner(app, access_log=None, logger=quiet, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise RelayUnreachable(
            f"The relay can't listen on {host}:{port}: {error.strerror}.", reason="relay_address"
        ) from None
    address = runner.addresses[0]
    return RelayServer(runner, str(address[0]), int(address[1]))


async def _accept(request: web.Request) -> web.StreamResponse:
    if any(name in request.headers for name in _BROWSER_HEADERS):
        raise web.HTTPForbidden(text="No web page may use this relay.")
    exchange = request.app[_EXCHANGE]
    if len(exchange.connections) >= exchange.mailboxes.limits.clients:
        raise web.HTTPServiceUnavailable(text="The relay is full.")
    socket = web.WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=MAX_FRAME_BYTES, compress=False)
    if not socket.can_prepare(request).ok:
        raise web.HTTPUpgradeRequired(text="This is a websocket address.")
    await socket.prepare(request)
    await Connection(socket, exchange).serve()
    return socket


async def _sweep(app: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(_expire_forever(app[_EXCHANGE].mailboxes))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _expire_forever(mailboxes: Mailboxes) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        mailboxes.expire(asyncio.get_running_loop().time())


async def _close_all(app: web.Application) -> None:
    await asyncio.gather(*(connection.close() for connection in list(app[_EXCHANGE].connections)))
