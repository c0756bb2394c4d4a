"""One session of a link: sealed boxes over two mailboxes, and the calls that wait for their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from counterfoil.devices.channel import Drop, Opened
from counterfoil.devices.handshake import SessionPlan
from counterfoil.devices.link_messages import (
    Answer,
    Body,
    Call,
    Failure,
    Message,
    encode_message,
    parse_message,
)
from counterfoil.devices.relay_client import RelayClient
from counterfoil.errors import InputError, PartyUnavailable, Retry, WalletError


@dataclass(frozen=True, slots=True)
class SessionEvents:
    """Where a session turns to."""

    on_message: Callable[[LinkSession, Message], None]
    """Everything but answers."""
    on_broken: Callable[[LinkSession], None]
    """Boxes are missing: nothing more will come of this session. It is closed by now."""


class LinkSession:
    """Runs from the moment its keys are known until ``close``."""

    def __init__(self, plan: SessionPlan, relay: RelayClient, events: SessionEvents) -> None:
        self.plan = plan
        self.peer_instance: bytes | None = None
        self.dropped = 0
        self._relay = relay
        self._events = events
        self._waiting: dict[int, asyncio.Future[Body]] = {}
        self._number = 0
        self._closed = False
        self._posts: set[asyncio.Task[None]] = set()
        self._boxes = relay.subscribe(plan.own_mailbox)
        self._reader = asyncio.create_task(self._read())

    async def call(self, kind: str, body: Body, timeout_seconds: float) -> Body:
        """The other side's answer.

        Raises: the other side's error; PartyUnavailable; Retry when the session breaks
        """
        self._number += 1
        number = self._number
        answer: asyncio.Future[Body] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self.send(Call(number, kind, body))
            async with asyncio.timeout(timeout_seconds):
                return await answer
        except TimeoutError:
            raise PartyUnavailable from None
        finally:
            self._waiting.pop(number, None)

    def send(self, message: Message) -> None:
        """Seal and post, in the order of the calls.

        Raises: InvalidMessage for what can't be sent; Retry when the session is over
        """
        box = self.plan.keys.seal(self.plan.peer_index, encode_message(message))
        task = asyncio.create_task(self._relay.post(self.plan.peer_mailbox, box))
        self._posts.add(task)
        task.add_done_callback(self._posted)

    async def flush(self) -> None:
        """Wait until the relay holds everything sent so far."""
        if self._posts:
            await asyncio.wait(self._posts)

    def close(self, error: WalletError) -> None:
        """Drop the keys; calls that wait end in ``error``."""
        if self._closed:
            return
        self._closed = True
        self._reader.cancel()
        self._boxes.close()
        self.plan.keys.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(error)

    def _posted(self, task: asyncio.Task[None]) -> None:
        self._posts.discard(task)
        if not task.cancelled() and task.exception() is not None and not self._closed:
            self._break(PartyUnavailable("The relay between your devices does not answer.", reason="relay_unreachable"))

    def _break(self, error: WalletError) -> None:
        self.close(error)
        self._events.on_broken(self)

    async def _read(self) -> None:
        async for box in self._boxes:
            opened = self.plan.keys.open(self.plan.peer_index, box)
            if isinstance(opened, Opened):
                self._receive(opened.payload)
            elif opened.reason is Drop.OUT_OF_ORDER:
                self._break(Retry())
            else:
                self.dropped += 1
        if not self._closed:
            self._break(Retry())

    def _receive(self, payload: bytes) -> None:
        try:
            message = parse_message(payload)
        except InputError:
            self.dropped += 1
            return
        match message:
            case Answer(number, body):
                answer = self._waiting.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(body)
            case Failure(number, error):
                answer = self._waiting.get(number)
                if answer is not None and not answer.done():
                    answer.set_exception(error)
            case _:
                self._events.on_message(self, message)
