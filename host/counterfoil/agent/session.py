"""One connection: frames in, calls out to dispatch, answers and events back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from counterfoil.agent import hello
from counterfoil.agent.outline import outline
from counterfoil.codecs.frames import MAX_TO_CLIENT, encode_frame, parse_frame, read_body_async
from counterfoil.dispatch.call import checked, handle, parse_message
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import Handler
from counterfoil.errors import Bug, Cancelled, FrameTooLarge, InvalidFrame, NotPermitted, RateLimited, WalletError
from counterfoil.protocol.agent import HelloParams
from counterfoil.protocol.method import Role
from counterfoil.protocol.model import JsonObject
from counterfoil.protocol.stub import Preamble
from counterfoil.protocol.wire import METHODS, Call, Cancel

_log = logging.getLogger("counterfoil.agent")

MAX_CALLS = 64
MAX_UNSENT_BYTES = 4 * 1024 * 1024
"""A client that leaves more than this unread is dropped."""
DRAIN_SECONDS = 30


class Session:
    """One client's connection. Its calls outlive it: closing a browser ends no ceremony."""

    def __init__(
        self,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        context: Context,
        handlers: Mapping[str, Handler],
        tasks: set[asyncio.Task[None]],
    ) -> None:
        self._number = number
        self._reader = reader
        self._writer = writer
        self._context = context
        self._handlers = handlers
        self._tasks = tasks
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._client: Client | None = None
        self._stub_caller: str | None = None
        self._stub_version = ""
        self._events = 0
        self._writing = asyncio.Lock()

    @property
    def role(self) -> Role | None:
        """None before hello."""
        return self._client.role if self._client else None

    @property
    def profile_id(self) -> str | None:
        """Whose connection it is, if a profile's."""
        return self._client.profile_id if self._client else None

    async def run(self) -> None:
        """Until the client leaves, or says something after which nothing can be read."""
        first = True
        while True:
            try:
                body = await read_body_async(self._reader)
            except (FrameTooLarge, InvalidFrame) as error:
                await self._fail(None, error)
                return
            except ConnectionError:
                return
            if body is None:
                return
            try:
                await self._take(parse_frame(body), first=first)
            except WalletError as error:
                await self._fail(None, error)
            first = False

    def tell(self, name: str, data: dict[str, object]) -> None:
        """Send an event; a client that does not read its events is dropped instead of waited for."""
        self._events += 1
        if self._writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            _log.warning("connection %d does not read: dropped", self._number)
            self.drop()
            return
        self._writer.write(encode_frame({"event": name, "seq": self._events, "data": data}))

    def drop(self) -> None:
        """Close at once, whatever is unsent."""
        self._client = None
        self._writer.transport.abort()

    async def _take(self, message: JsonObject, *, first: bool) -> None:
        if "stub" in message and first:
            stub = parse_message(Preamble, message).stub
            self._stub_caller, self._stub_version = stub.caller, stub.version
        elif "cancel" in message:
            task = self._calls.get(parse_message(Cancel, message).cancel)
            if task is not None:
                task.cancel()
        else:
            await self._take_call(message)

    async def _take_call(self, message: JsonObject) -> None:
        """Start a call. What is wrong with it is answered under its id where it has one."""
        call_id = message.get("id")
        try:
            call = parse_message(Call, message)
            if call.id in self._calls:
                raise InvalidFrame("This id is still in use.", reason="id_in_use")
            if len(self._calls) >= MAX_CALLS:
                raise RateLimited("Too many calls at once on this connection.", remedy="Wait for their answers.")
        except WalletError as error:
            known = isinstance(call_id, int) and not isinstance(call_id, bool) and 0 <= call_id < 2**53
            await self._fail(call_id if known else None, error)
            return
        if call.method == "agent_hello":  # what follows it counts on the role: nothing is read meanwhile
            await self._answer(call)
            return
        task = asyncio.create_task(self._answer(call))
        self._calls[call.id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, call: Call) -> None:
        """Run a call to its end; every way out sends exactly one answer."""
        try:
            result = await self._result(call)
        except asyncio.CancelledError:
            self._calls.pop(call.id, None)
            await self._fail(call.id, Cancelled())
        except WalletError as error:
            self._calls.pop(call.id, None)
            await self._fail(call.id, error)
        except Exception as error:  # noqa: BLE001 - a mistake of ours must still answer
            self._calls.pop(call.id, None)
            _log.error("%s: %s", call.method, outline(error))
            await self._fail(call.id, Bug())
        else:
            self._calls.pop(call.id, None)
            await self._reply(call, result)

    async def _result(self, call: Call) -> JsonObject:
        if call.method == "agent_hello":
            return await self._hello(call)
        if self._client is None:
            raise NotPermitted(
                "The first call is agent_hello.", reason="hello_first", remedy="Say hello, then ask again."
            )
        return await handle(call, self._client, self._context, self._handlers)

    async def _hello(self, call: Call) -> JsonObject:
        """May be said again on the same connection: a browser that was just paired shows its proof."""
        self._client = None
        params = parse_message(HelloParams, call.params)
        client = hello.admit(
            params,
            connection=self._number,
            stub_caller=self._stub_caller,
            context=self._context,
        )
        result = checked(METHODS[call.method], await hello.greet(client, self._context))
        if client.profile_id is not None:
            versions = {"extension": params.version, "stub": self._stub_version}
            self._context.pairing.note_versions(client.profile_id, versions)
        self._client = client
        return result

    async def _reply(self, call: Call, result: JsonObject) -> None:
        try:
            frame = encode_frame({"id": call.id, "result": result})
        except FrameTooLarge as error:
            await self._fail(call.id, error)
        except ValueError as error:
            _log.error("%s: %s", call.method, outline(error))
            await self._fail(call.id, Bug())
        else:
            await self._send(frame)

    async def _fail(self, call_id: int | None, error: WalletError) -> None:
        fault = error.as_dict()
        try:
            frame = encode_frame({"id": call_id, "error": fault}, limit=MAX_TO_CLIENT)
        except (FrameTooLarge, ValueError):
            frame = encode_frame({"id": call_id, "error": fault | {"message": error.summary, "details": {}}})
        await self._send(frame)

    async def _send(self, frame: bytes) -> None:
        """Answers wait for their client to read, one at a time, but not for ever."""
        transport = self._writer.transport
        async with self._writing:
            if transport.is_closing():
                return
            self._writer.write(frame)
            try:
                await asyncio.wait_for(self._writer.drain(), DRAIN_SECONDS)
            except (TimeoutError, ConnectionError):
                transport.abort()
