"""One client of the relay: a reader that never raises, and a writer that a slow client cannot make grow."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from aiohttp import WSMsgType, web

from counterfoil.errors import InputError, Refused
from counterfoil.relay.frames import (
    Ack,
    ClientFrame,
    Failed,
    Post,
    Posted,
    RelayFrame,
    Subscribe,
    Unsubscribe,
    Welcome,
    encode_relay_frame,
    parse_client_frame,
)
from counterfoil.relay.mailboxes import Mailboxes

MAX_REPLIES = 256
POLICY_VIOLATION = 1008


class Exchange:
    """What the connections of one relay share."""

    def __init__(self, mailboxes: Mailboxes, relay_id: bytes) -> None:
        self.mailboxes = mailboxes
        self.relay_id = relay_id
        self.connections: set[Connection] = set()
        self.subscribers: dict[bytes, Connection] = {}


class Connection:
    """Serves one websocket until it closes."""

    def __init__(self, socket: web.WebSocketResponse, exchange: Exchange) -> None:
        self._socket = socket
        self._exchange = exchange
        self._limits = exchange.mailboxes.limits
        self._replies: deque[RelayFrame] = deque()
        self._due: deque[bytes] = deque()
        self._subscribed: set[bytes] = set()
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._bad_frames = 0

    async def serve(self) -> None:
        """Read and answer until the client or the relay ends."""
        self._exchange.connections.add(self)
        self._reply(Welcome(self._exchange.relay_id))
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
        finally:
            writer.cancel()
            self._exchange.connections.discard(self)
            for mailbox in list(self._subscribed):
                self._unsubscribe(mailbox)
            with contextlib.suppress(asyncio.CancelledError):
                await writer

    async def close(self) -> None:
        """Say good-bye and end."""
        await self._socket.close(code=1001)

    def notice(self, mailbox: bytes) -> None:
        """There may be a box to deliver."""
        if mailbox not in self._due:
            self._due.append(mailbox)
        self._wake.set()

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
                return
            self._receive(message.data)
            if self._bad_frames > self._limits.bad_frames:
                await self._socket.close(code=POLICY_VIOLATION)
                return
            await self._room.wait()

    def _receive(self, data: bytes | str) -> None:
        try:
            frame = parse_client_frame(data)
        except InputError as error:
            self._bad_frames += 1
            self._reply(Failed(error.word, None))
            return
        try:
            self._handle(frame)
        except Refused as error:
            self._reply(Failed(error.word, frame.ref if isinstance(frame, Post) else None))
            if isinstance(frame, Subscribe):
                self._reply(Unsubscribe(frame.mailbox))

    def _handle(self, frame: ClientFrame) -> None:
        match frame:
            case Post(ref, mailbox, box):
                now = asyncio.get_running_loop().time()
                self._exchange.mailboxes.post(mailbox, box, client=self, now=now)
                self._reply(Posted(ref))
                self._notice_subscriber(mailbox)
            case Ack(mailbox, number):
                if mailbox in self._subscribed:
                    self._exchange.mailboxes.acknowledge(mailbox, number)
                    self.notice(mailbox)
            case Subscribe(mailbox):
                self._subscribe(mailbox)
            case Unsubscribe(mailbox):
                self._unsubscribe(mailbox)

    def _notice_subscriber(self, mailbox: bytes) -> None:
        subscriber = self._exchange.subscribers.get(mailbox)
        if subscriber is not None:
            subscriber.notice(mailbox)

    def _subscribe(self, mailbox: bytes) -> None:
        """The newest subscriber wins: a half-dead connection must not keep its owner's next one out."""
        if mailbox not in self._subscribed and len(self._subscribed) >= self._limits.mailboxes_per_client:
            raise Refused("Too many mailboxes.", reason="too_many_mailboxes")
        before = self._exchange.subscribers.get(mailbox)
        if before is not None and before is not self:
            before.lose(mailbox)
        self._subscribed.add(mailbox)
        self._exchange.subscribers[mailbox] = self
        self._exchange.mailboxes.rewind(mailbox)
        self.notice(mailbox)

    def lose(self, mailbox: bytes) -> None:
        """Another connection took the mailbox over."""
        self._subscribed.discard(mailbox)
        self._reply(Unsubscribe(mailbox))

    def _unsubscribe(self, mailbox: bytes) -> None:
        self._subscribed.discard(mailbox)
        if self._exchange.subscribers.get(mailbox) is self:
            del self._exchange.subscribers[mailbox]

    def _reply(self, frame: RelayFrame) -> None:
        self._replies.append(frame)
        if len(self._replies) >= MAX_REPLIES:
            self._room.clear()
        self._wake.set()

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._send_all()
            except (TimeoutError, ConnectionError):
                await self._socket.close(code=POLICY_VIOLATION)
                return

    async def _send_all(self) -> None:
        while self._replies or self._due:
            while self._replies:
                await self._send(self._replies.popleft())
            self._room.set()
            if self._due:
                await self._deliver_from(self._due.popleft())

    async def _deliver_from(self, mailbox: bytes) -> None:
        if mailbox not in self._subscribed:
            return
        delivery = self._exchange.mailboxes.next_delivery(mailbox)
        if delivery is not None:
            self._due.append(mailbox)
            await self._send(delivery)

    async def _send(self, frame: RelayFrame) -> None:
        data = encode_relay_frame(frame)
        async with asyncio.timeout(self._limits.send_seconds):
            if isinstance(data, str):
                await self._socket.send_str(data)
            else:
                await self._socket.send_bytes(data)
