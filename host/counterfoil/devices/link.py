"""A long-lived authenticated link between two paired devices, over mailboxes of a relay. Both sides are alike."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TypeAlias

from counterfoil.crypto.identity import Identity
from counterfoil.devices.handshake import Handshake, PeerKeys, RandomBytes
from counterfoil.devices.link_messages import Answer, Body, Call, Failure, Message, Note
from counterfoil.devices.link_session import LinkSession
from counterfoil.devices.relay_client import RelayClient
from counterfoil.devices.session_keeper import Greeting, Pace, SessionKeeper
from counterfoil.errors import Bug, PartyUnavailable, RateLimited, WalletError

MAX_CALLS_SERVED = 64
OnCall: TypeAlias = Callable[[str, Body], Awaitable[Body | None]]
_LOG = logging.getLogger(__name__)


def _say_nothing() -> Body:
    return {}


def _accept_all(_hello: Body) -> None:
    return None


class Link:
    """An async context manager: looks for the peer from entry on, says good-bye on exit.

    ``on_call(kind, body)`` serves the peer's calls (its result is the answer) and notes (no answer). ``hello()`` is
    said at the start of each session; ``on_hello`` judges the peer's and raises a WalletError to refuse it.
    """

    def __init__(
        self,
        me: Identity,
        peer: PeerKeys,
        relay: RelayClient,
        on_call: OnCall,
        *,
        hello: Callable[[], Body] = _say_nothing,
        on_hello: Callable[[Body], None] = _accept_all,
        pace: Pace | None = None,
        random_bytes: RandomBytes = os.urandom,
    ) -> None:
        self._relay = relay
        self._on_call = on_call
        self._serving: set[asyncio.Task[None]] = set()
        self._keeper = SessionKeeper(
            Handshake(me, peer, random_bytes),
            relay,
            instance=random_bytes(16),
            greeting=Greeting(hello, on_hello),
            pace=pace or Pace(),
            on_message=self._receive,
        )

    async def __aenter__(self) -> Link:
        self._keeper.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Say good-bye and end; calls that wait end in Retry, calls being served are cancelled."""
        await self._keeper.stop()
        serving = [task for task in self._serving if task is not asyncio.current_task()]
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    @property
    def connected(self) -> asyncio.Event:
        """Set while there is a session with the peer, as far as this side knows."""
        return self._keeper.connected

    @property
    def is_connected(self) -> bool:
        """Is there a session, and a relay under it?"""
        return self.connected.is_set() and self._relay.is_connected

    @property
    def refusal(self) -> WalletError | None:
        """Why the last hello was refused, by either side."""
        return self._keeper.refusal

    async def ready(self, timeout_seconds: float) -> None:
        """Wait for a session with the peer.

        Raises: PartyUnavailable; the error with which either side refused the other's hello
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._keeper.decided.wait()
        except TimeoutError:
            reason = None if self._relay.is_connected else "relay_unreachable"
            raise PartyUnavailable(reason=reason) from None
        if not self.connected.is_set() and self.refusal is not None:
            raise self.refusal

    async def call(self, kind: str, body: Body, timeout_seconds: float = 30) -> Body:
        """What the peer answers to ``kind``; waits for the peer if there is no session yet.

        Raises: the peer's error as the same class; PartyUnavailable; Retry when the connection broke midway;
                InvalidMessage for a body that can't be sent
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_seconds
        session = await self._session(timeout_seconds)
        try:
            return await session.call(kind, body, deadline - loop.time())
        except PartyUnavailable as error:
            if "said_by" not in error.details:
                self._keeper.renew(session)
            raise

    async def notify(self, kind: str, body: Body, timeout_seconds: float = 30) -> None:
        """Tell the peer something that needs no answer; it may get lost with the session.

        Raises: PartyUnavailable, Retry, InvalidMessage
        """
        session = await self._session(timeout_seconds)
        session.send(Note(kind, body))

    async def _session(self, timeout_seconds: float) -> LinkSession:
        await self.ready(timeout_seconds)
        if self._keeper.current is None:
            raise PartyUnavailable
        return self._keeper.current

    def _receive(self, session: LinkSession, message: Message) -> None:
        if not isinstance(message, Call | Note):
            return
        if len(self._serving) >= MAX_CALLS_SERVED:
            if isinstance(message, Call):
                _answer(session, Failure(message.number, RateLimited("Too many calls at once.")))
            return
        task = asyncio.create_task(self._serve(session, message))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, session: LinkSession, message: Call | Note) -> None:
        error: WalletError | None = None
        body: Body | None = None
        try:
            body = await self._on_call(message.kind, message.body)
        except WalletError as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001 - the peer must get an answer whatever fails here
            _LOG.error("serving %s failed: %s", message.kind, type(failure).__name__)
            error = Bug()
        if isinstance(message, Call):
            _answer(session, Answer(message.number, body or {}) if error is None else Failure(message.number, error))


def _answer(session: LinkSession, message: Answer | Failure) -> None:
    with contextlib.suppress(WalletError):  # the session is over: nobody waits
        try:
            session.send(message)
        except ValueError:
            session.send(Failure(message.number, Bug("The answer can't be sent.")))
