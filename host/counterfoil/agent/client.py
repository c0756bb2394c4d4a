"""A client of an agent's socket: for the command line, for tests, and for an agent toward its co-signer."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, TypeVar

from counterfoil import PROTOCOL_VERSION, __version__
from counterfoil.codecs.frames import MAX_TO_AGENT, encode_frame, parse_frame, read_body_async
from counterfoil.errors import AgentUnreachable, WalletError, error_from_dict
from counterfoil.home.paths import Home
from counterfoil.protocol.agent import HelloResult, ProfileProof
from counterfoil.protocol.event import EVENTS
from counterfoil.protocol.model import JsonObject, Message
from counterfoil.protocol.schema import schema_sha256
from counterfoil.protocol.wire import METHODS, Event

_R = TypeVar("_R", bound=Message)
_MAX_EVENTS = 1024


class AgentClient:
    """One connection. Make it with ``AgentClient.connect``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[JsonObject]] = {}
        self._events: asyncio.Queue[Event | None] = asyncio.Queue(_MAX_EVENTS)
        self._lost: WalletError | None = None
        self._task = asyncio.create_task(self._read())

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        home: Home,
        *,
        client: Literal["browser", "cli"] = "cli",
        caller: str | None = None,
        profile: ProfileProof | None = None,
        hello: bool = True,
    ) -> AsyncIterator[AgentClient]:
        """A connection that said hello. ``caller`` makes it a browser's, as through the stub.

        Raises: AgentUnreachable, and what hello refuses
        """
        try:
            reader, writer = await asyncio.open_unix_connection(str(home.socket))
        except OSError:
            raise AgentUnreachable from None
        self = cls(reader, writer)
        try:
            if caller is not None:
                self._send({"stub": {"caller": caller, "version": __version__}})
            if hello:
                await self.hello(client=client, profile=profile)
            yield self
        finally:
            await self.close()

    async def hello(self, *, client: Literal["browser", "cli"], profile: ProfileProof | None = None) -> HelloResult:
        """Say who we are; again after pairing, with the proof."""
        params = {
            "protocols": [PROTOCOL_VERSION],
            "client": client,
            "version": __version__,
            "schema_sha256": schema_sha256(),
            "profile": None if profile is None else profile.model_dump(),
        }
        return HelloResult.model_validate(await self.call("agent_hello", params))

    async def call(self, method: str, params: JsonObject | Message | None = None) -> JsonObject:
        """The result of a call. A task that is cancelled while it waits cancels the call too.

        Raises: the error that the agent answered, as its own class; AgentUnreachable
        """
        if self._lost is not None:
            raise self._lost
        call_id = next(self._ids)
        answer: asyncio.Future[JsonObject] = asyncio.get_running_loop().create_future()
        self._answers[call_id] = answer
        data = params.model_dump() if isinstance(params, Message) else params or {}
        try:
            self._send({"id": call_id, "method": method, "params": data})
            return await answer
        except asyncio.CancelledError:
            self._send({"cancel": call_id})
            raise
        finally:
            self._answers.pop(call_id, None)

    async def ask(self, result: type[_R], method: str, params: JsonObject | Message | None = None) -> _R:
        """``call`` with the result as its model. Raises: as ``call``; TypeError for another method's model"""
        if METHODS[method].result is not result:
            raise TypeError(f"{method} does not answer {result.__name__}")
        return result.model_validate(await self.call(method, params))

    async def events(self) -> AsyncIterator[tuple[str, Message]]:
        """(name, message) as they come, until the connection ends."""
        while (event := await self._events.get()) is not None:
            yield event.event, EVENTS[event.event].model_validate(event.data)

    async def close(self) -> None:
        """Leave. Long work goes on without us."""
        self._task.cancel()
        self._writer.close()
        await asyncio.gather(self._task, return_exceptions=True)

    def _send(self, message: JsonObject) -> None:
        self._writer.write(encode_frame(message, limit=MAX_TO_AGENT))

    async def _read(self) -> None:
        try:
            while (body := await read_body_async(self._reader, limit=MAX_TO_AGENT)) is not None:
                self._take(parse_frame(body))
        except (WalletError, ConnectionError):
            pass
        finally:
            self._lost = self._lost or AgentUnreachable("Counterfoil on this computer closed the connection.")
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(self._lost)
            self._note_event(None)

    def _take(self, message: JsonObject) -> None:
        if "event" in message:
            self._note_event(Event.model_validate(message))
            return
        call_id = message.get("id")
        if call_id is None:
            self._lost = error_from_dict(message.get("error"))
            return
        answer = self._answers.get(call_id)
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(error_from_dict(message["error"]))
        else:
            answer.set_result(message["result"])

    def _note_event(self, event: Event | None) -> None:
        """Events nobody reads are forgotten, oldest first."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)
