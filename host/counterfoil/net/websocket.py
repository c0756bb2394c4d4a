"""A websocket with time limits, whose every failure is a NetworkError.   RFC 6455"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from counterfoil.errors import NetworkError

if TYPE_CHECKING:
    import aiohttp

PING_SECONDS = 20.0


class WebSocket:
    """An open connection; made by ``open_websocket``."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session = session
        self._socket = socket

    async def send(self, message: bytes | str) -> None:
        """Send one message; it is on its way, in order, before this first waits.

        Raises: NetworkError
        """
        try:
            if isinstance(message, str):
                await self._socket.send_str(message)
            else:
                await self._socket.send_bytes(message)
        except (OSError, RuntimeError):
            raise NetworkError("The connection is closed.", reason="closed") from None

    async def receive(self) -> bytes | str:
        """The next message.

        Raises: NetworkError when there will be none
        """
        import aiohttp

        message = await self._socket.receive()
        if message.type in {aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT}:
            data: bytes | str = message.data
            return data
        raise NetworkError("The connection is closed.", reason="closed")

    async def close(self) -> None:
        """Close; never raises."""
        try:
            await self._socket.close()
        finally:
            await self._session.close()


async def open_websocket(url: str, *, timeout_seconds: float, max_bytes: int) -> WebSocket:
    """Connect to ``url`` (``ws:`` or ``wss:``); messages above ``max_bytes`` end the connection.

    Raises: NetworkError
    """
    import aiohttp

    session = aiohttp.ClientSession()
    try:
        async with asyncio.timeout(timeout_seconds):
            limits = aiohttp.ClientWSTimeout(ws_close=2)
            socket = await session.ws_connect(
                url, heartbeat=PING_SECONDS, max_msg_size=max_bytes, compress=0, timeout=limits
            )
    except (aiohttp.ClientError, OSError, ValueError) as error:
        await session.close()
        raise NetworkError(f"No connection: {type(error).__name__}.", reason="unreachable") from None
    except BaseException:
        await session.close()
        raise
    return WebSocket(session, socket)
