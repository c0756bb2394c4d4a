"""Keeps one session with a paired peer: agrees on it, and replaces it when the peer starts anew or boxes got lost.

Nothing that a relay or a stranger sends ends a session. One that was replaced lives on for a while, so that
even a replayed knock ends no call; only a peer that says it is a new instance, or lost boxes, do.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from counterfoil.devices.envelope import SALT_BYTES
from counterfoil.devices.handshake import Handshake, Knock, Offer, Reply, SessionPlan
from counterfoil.devices.link_messages import Body, Bye, Hello, HelloRefused, Message, Ready
from counterfoil.devices.link_session import LinkSession, SessionEvents
from counterfoil.devices.relay_client import RelayClient
from counterfoil.devices.subscription import Subscription
from counterfoil.errors import Bug, InputError, PartyUnavailable, RelayUnreachable, Retry, WalletError

MAX_HALF_OPEN = 4
MAX_DRAINING = 2
SEEN_BOXES = 512


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to try again, and how long to keep what was replaced."""

    first_retry_seconds: float = 1
    last_retry_seconds: float = 30
    drain_seconds: float = 60


@dataclass(frozen=True, slots=True)
class Greeting:
    """What is said at the start of each session, and who judges what the peer says; it raises to refuse."""

    hello: Callable[[], Body]
    on_hello: Callable[[Body], None]


class SessionKeeper:
    """Owns every session of one link. ``on_message`` gets what arrives in sessions that both sides accepted."""

    def __init__(
        self,
        handshake: Handshake,
        relay: RelayClient,
        *,
        instance: bytes,
        greeting: Greeting,
        pace: Pace,
        on_message: Callable[[LinkSession, Message], None],
    ) -> None:
        self.connected = asyncio.Event()
        self.decided = asyncio.Event()
        self.current: LinkSession | None = None
        self.refusal: WalletError | None = None
        self._handshake = handshake
        self._relay = relay
        self._instance = instance
        self._greeting = greeting
        self._pace = pace
        self._on_message = on_message
        self._half_open: deque[LinkSession] = deque()
        self._draining: deque[LinkSession] = deque()
        self._seen: deque[bytes] = deque(maxlen=SEEN_BOXES)
        self._wanted = asyncio.Event()
        self._settled = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._forget_reset: Callable[[], None] | None = None

    def start(self) -> None:
        """Begin to look for the peer. Raises: StateConflict when this relay client already serves such a link"""
        boxes = self._relay.subscribe(self._handshake.own_mailbox)
        self._forget_reset = self._relay.on_reset(self._lose_all)
        self._wanted.set()
        self._spawn(self._read_rendezvous(boxes))
        self._spawn(self._keep())

    async def stop(self) -> None:
        """Say good-bye and drop every session."""
        if self._forget_reset is not None:
            self._forget_reset()
        if self.current is not None and self._relay.is_connected:
            with contextlib.suppress(WalletError, TimeoutError):
                self.current.send(Bye())
                async with asyncio.timeout(1):
                    await self.current.flush()
        self._close_all(Retry("The link was closed.", reason="link_closed"))
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def renew(self, session: LinkSession) -> None:
        """``session`` found no answer: see whether the peer is still there."""
        if session is self.current:
            self._wanted.set()

    # ── looking for the peer ──────────────────────────────────────────────────────────────────────
    async def _keep(self) -> None:
        wait = self._pace.first_retry_seconds
        while True:
            await self._wanted.wait()
            with contextlib.suppress(RelayUnreachable):
                await self._relay.ready(self._pace.last_retry_seconds)
                self._settled.clear()
                self._invite()
                try:
                    async with asyncio.timeout(wait):
                        await self._settled.wait()
                    wait = self._pace.first_retry_seconds
                except TimeoutError:
                    self._disconnect()
                    wait = min(2 * wait, self._pace.last_retry_seconds)

    def _invite(self) -> None:
        self._post(self._handshake.offer() if self._handshake.is_offerer else self._handshake.knock())

    async def _read_rendezvous(self, boxes: Subscription) -> None:
        while True:
            try:
                async for box in boxes:
                    self._read_step(box)
            finally:
                boxes.close()
            await asyncio.sleep(self._pace.first_retry_seconds)
            boxes = self._relay.subscribe(self._handshake.own_mailbox)

    def _read_step(self, box: bytes) -> None:
        step = self._handshake.read(box)
        if step is None or box[:SALT_BYTES] in self._seen:
            return
        self._seen.append(box[:SALT_BYTES])
        with contextlib.suppress(InputError):
            match step:
                case Knock():
                    self._post(self._handshake.offer())
                case Offer():
                    answer, plan = self._handshake.answer(step)
                    self._open(plan)
                    self._post(answer)
                case Reply():
                    accepted = self._handshake.accept(step)
                    if accepted is not None:
                        self._say_hello(self._open(accepted))

    def _open(self, plan: SessionPlan) -> LinkSession:
        session = LinkSession(plan, self._relay, SessionEvents(self._receive, self._broken))
        self._half_open.append(session)
        if len(self._half_open) > MAX_HALF_OPEN:
            self._half_open.popleft().close(Retry())
        return session

    # ── greeting ──────────────────────────────────────────────────────────────────────────────────
    def _say_hello(self, session: LinkSession) -> None:
        confirm = self._handshake.confirm(session.plan)
        session.send(Hello(self._instance, confirm, self._greeting.hello()))

    def _receive(self, session: LinkSession, message: Message) -> None:
        match message:
            case Hello():
                if session in self._half_open and session.peer_instance is None:
                    self._greeted(session, message)
            case Ready():
                if session in self._half_open and session.peer_instance is not None:
                    self._promote(session)
            case HelloRefused(error):
                self._refused(session, error)
            case Bye():
                if session is self.current:
                    self._lose(session, PartyUnavailable("Your other device was closed."))
            case _:
                if session not in self._half_open:
                    self._on_message(session, message)

    def _greeted(self, session: LinkSession, hello: Hello) -> None:
        try:
            self._handshake.verify_confirm(session.plan, hello.confirm)
        except InputError:
            return
        try:
            self._greeting.on_hello(hello.hello)
            session.peer_instance = hello.instance
            if self._handshake.is_offerer:
                session.send(Ready())
                self._promote(session)
            else:
                self._say_hello(session)
        except Exception as failure:  # noqa: BLE001 - the caller's judgement; whatever fails in it refuses the session
            error = failure if isinstance(failure, WalletError) else Bug()
            with contextlib.suppress(WalletError):
                session.send(HelloRefused(error))
            self._spawn(_close_after_flush(session, error))
            self._refused(session, error, close=False)

    def _refused(self, session: LinkSession, error: WalletError, *, close: bool = True) -> None:
        """One side does not accept what the other says of itself: what was agreed before ends too."""
        if session in self._half_open:
            self._half_open.remove(session)
        if close:
            session.close(error)
        if self.current is not None:
            self.current.close(error)
            self.current = None
        self.refusal = error
        self._disconnect()
        self.decided.set()
        self._wanted.set()

    def _promote(self, session: LinkSession) -> None:
        """Both sides accepted: calls go here from now on."""
        self._half_open.remove(session)
        before, self.current = self.current, session
        if before is not None:
            self._draining.append(before)
            self._spawn(self._drain(before))
        for old in list(self._draining):
            if old.peer_instance != session.peer_instance or len(self._draining) > MAX_DRAINING:
                self._draining.remove(old)
                old.close(Retry("Your other device was started again. Nothing was signed."))
        self.refusal = None
        self._wanted.clear()
        self._settled.set()
        self.connected.set()
        self.decided.set()

    # ── losing ────────────────────────────────────────────────────────────────────────────────────
    async def _drain(self, session: LinkSession) -> None:
        await asyncio.sleep(self._pace.drain_seconds)
        if session in self._draining:
            self._draining.remove(session)
            session.close(Retry())

    def _broken(self, session: LinkSession) -> None:
        self._lose(session, Retry())

    def _lose(self, session: LinkSession, error: WalletError) -> None:
        session.close(error)
        for group in (self._half_open, self._draining):
            if session in group:
                group.remove(session)
        if session is self.current:
            self.current = None
            self._disconnect()
        self._wanted.set()

    def _lose_all(self) -> None:
        """The relay was started again: what was in it is lost."""
        self._close_all(Retry())
        self._wanted.set()

    def _close_all(self, error: WalletError) -> None:
        for session in (*self._half_open, *self._draining, *([self.current] if self.current else [])):
            session.close(error)
        self._half_open.clear()
        self._draining.clear()
        self.current = None
        self._disconnect()

    def _disconnect(self) -> None:
        self.connected.clear()
        if self.refusal is None:
            self.decided.clear()

    def _post(self, box: bytes) -> None:
        self._spawn(self._post_quietly(box))

    async def _post_quietly(self, box: bytes) -> None:
        with contextlib.suppress(RelayUnreachable):  # _keep tries again
            await self._relay.post(self._handshake.peer_mailbox, box)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _close_after_flush(session: LinkSession, error: WalletError) -> None:
    await session.flush()
    session.close(error)
