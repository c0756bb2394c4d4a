"""The client of a relay: posts and subscriptions that outlive the connection under them.

A box may arrive twice (a connection breaks before it is acknowledged), never out of order; the sealed channel
drops the second. When the relay itself was restarted its boxes are lost: ``on_reset`` tells.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from counterfoil.devices.subscription import Subscription
from counterfoil.errors import InputError, InvalidMessage, NetworkError, RelayUnreachable, StateConflict
from counterfoil.net.websocket import WebSocket, open_websocket
from counterfoil.relay.frames import (
    BOX_BYTES,
    MAILBOX_BYTES,
    MAX_FRAME_BYTES,
    Ack,
    ClientFrame,
    Delivery,
    Failed,
    Post,
    Posted,
    RelayFrame,
    Subscribe,
    Unsubscribe,
    Welcome,
    encode_client_frame,
    parse_relay_frame,
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what."""

    connect_seconds: float = 10
    post_seconds: float = 15
    first_retry_seconds: float = 0.05
    last_retry_seconds: float = 10


class RelayClient:
    """One connection to the relay at ``url``, made again whenever it breaks. An async context manager."""

    def __init__(self, url: str, *, patience: Patience | None = None) -> None:
        self.url = check_relay_url(url)
        self._patience = patience or Patience()
        self._socket: WebSocket | None = None
        self._connected = asyncio.Event()
        self._relay: bytes | None = None
        self._subscriptions: dict[bytes, Subscription] = {}
        self._pending: dict[int, tuple[Post, asyncio.Future[None]]] = {}
        self._ref = 0
        self._resets: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> RelayClient:
        self._task = asyncio.create_task(self._keep_connected())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connection, every subscription and every post that waits."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for _, done in self._pending.values():
            if not done.done():
                done.set_exception(RelayUnreachable("The connection to the relay was closed.", reason="closed"))
                done.exception()
        self._pending.clear()
        for subscription in list(self._subscriptions.values()):
            subscription.end()

    @property
    def is_connected(self) -> bool:
        """Is there a connection at this moment?"""
        return self._connected.is_set()

    async def ready(self, timeout_seconds: float | None = None) -> None:
        """Wait for a connection.

        Raises: RelayUnreachable
        """
        try:
            async with asyncio.timeout(self._patience.connect_seconds if timeout_seconds is None else timeout_seconds):
                await self._connected.wait()
        except TimeoutError:
            raise RelayUnreachable(url=self.url) from None

    def on_reset(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` whenever the relay has lost its memory; the result takes it back."""
        self._resets.append(callback)
        return lambda: self._resets.remove(callback) if callback in self._resets else None

    async def post(self, mailbox: bytes, box: bytes, *, timeout_seconds: float | None = None) -> None:
        """Leave ``box`` in ``mailbox``; back when the relay holds it. Boxes keep the order of the calls.

        Raises: RelayUnreachable; InvalidMessage(reason=too_large)
        """
        if len(mailbox) != MAILBOX_BYTES or len(box) > BOX_BYTES:
            raise InvalidMessage("The box is too large for the relay.", reason="too_large")
        self._ref = ref = (self._ref + 1) % 2**32
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        post = Post(ref, mailbox, box)
        self._pending[ref] = (post, done)
        try:
            async with asyncio.timeout(self._patience.post_seconds if timeout_seconds is None else timeout_seconds):
                if self.is_connected:
                    await self._send(post)
                await done
        except TimeoutError:
            raise RelayUnreachable(url=self.url) from None
        finally:
            self._pending.pop(ref, None)

    def subscribe(self, mailbox: bytes) -> Subscription:
        """The boxes of ``mailbox``, in order; each is acknowledged when the next is asked for.

        Raises: StateConflict when this client already reads that mailbox
        """
        if mailbox in self._subscriptions:
            raise StateConflict("This mailbox is already being read.")
        subscription = self._subscriptions[mailbox] = Subscription(mailbox, self._acknowledge, self._forget)
        self._send_soon(Subscribe(mailbox))
        return subscription

    def _forget(self, subscription: Subscription) -> None:
        if self._subscriptions.get(subscription.mailbox) is subscription:
            del self._subscriptions[subscription.mailbox]
            self._send_soon(Unsubscribe(subscription.mailbox))

    def _acknowledge(self, mailbox: bytes, number: int) -> None:
        self._send_soon(Ack(mailbox, number))

    def _send_soon(self, frame: ClientFrame) -> None:
        """Send if there is a connection; if not, the next one starts with what matters."""
        if self.is_connected:
            task = asyncio.create_task(self._send(frame))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _send(self, frame: ClientFrame) -> None:
        socket = self._socket
        if socket is not None:
            with contextlib.suppress(NetworkError):
                await socket.send(encode_client_frame(frame))

    async def _keep_connected(self) -> None:
        wait = self._patience.first_retry_seconds
        while True:
            with contextlib.suppress(NetworkError, InputError, TimeoutError):
                self._socket = await open_websocket(
                    self.url, timeout_seconds=self._patience.connect_seconds, max_bytes=MAX_FRAME_BYTES
                )
                try:
                    await self._greet(self._socket)
                    self._receive(parse_relay_frame(await self._socket.receive()))
                    wait = self._patience.first_retry_seconds  # it works: a relay that only says hello does not
                    await self._read(self._socket)
                finally:
                    self._connected.clear()
                    socket, self._socket = self._socket, None
                    await socket.close()
            await asyncio.sleep(wait)
            wait = min(wait * 2, self._patience.last_retry_seconds)

    async def _greet(self, socket: WebSocket) -> None:
        async with asyncio.timeout(self._patience.connect_seconds):
            welcome = parse_relay_frame(await socket.receive())
        if not isinstance(welcome, Welcome):
            raise NetworkError("This is no relay.", reason="unexpected")
        before, self._relay = self._relay, welcome.relay
        if before is not None and before != welcome.relay:
            for callback in list(self._resets):
                callback()
        for mailbox, subscription in list(self._subscriptions.items()):
            subscription.restart()
            await socket.send(encode_client_frame(Subscribe(mailbox)))
        sent = None
        while posts := [ref for ref in self._pending if sent is None or ref > sent]:
            for sent in posts:
                if sent in self._pending:
                    await socket.send(encode_client_frame(self._pending[sent][0]))
        self._connected.set()

    async def _read(self, socket: WebSocket) -> None:
        while True:
            self._receive(parse_relay_frame(await socket.receive()))

    def _receive(self, frame: RelayFrame) -> None:
        match frame:
            case Delivery(mailbox, number, box):
                subscription = self._subscriptions.get(mailbox)
                if subscription is not None:
                    subscription.put(number, box)
            case Posted(ref):
                self._settle(ref, None)
            case Failed(reason, ref) if ref is not None:
                self._settle(ref, RelayUnreachable("The relay refused a message.", reason=reason))
            case Unsubscribe(mailbox):
                subscription = self._subscriptions.pop(mailbox, None)
                if subscription is not None:
                    subscription.end()

    def _settle(self, ref: int, error: RelayUnreachable | None) -> None:
        _, done = self._pending.get(ref, (None, None))
        if done is None or done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)


def check_relay_url(url: str) -> str:
    """The URL of a relay, checked for form.

    Raises: InvalidMessage(reason=relay_url)
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"ws", "wss"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        fits = False
    if not fits or len(url) > 200 or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidMessage("This is not the address of a relay.", reason="relay_url")
    return url


async def answers_soon(url: str, seconds: float = 5.0) -> bool:
    """Whether a relay can be reached now: for the doctor."""
    async with RelayClient(url) as relay:
        try:
            await relay.ready(seconds)
        except RelayUnreachable:
            return False
    return True
