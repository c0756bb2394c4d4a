"""The stub's loop between the browser's pipes and the agent's socket; one thread, nothing kept."""

from __future__ import annotations

import os

from counterfoil import PROTOCOL_VERSION, __version__
from counterfoil.codecs.frames import MAX_TO_AGENT, MAX_TO_CLIENT, FrameBuffer, encode_frame, frame_body, parse_frame
from counterfoil.errors import AgentUnreachable, FrameTooLarge, UnsupportedPlatform, WalletError
from counterfoil.stub.agent_link import Gone

TYPE_CHECKING = False  # as in typing, which would cost the stub a tenth of its start
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from counterfoil.stub.agent_link import AgentLink

_READ = 65536
_POLL_WHILE_STARTING_MS = 20
_RESTARTS = 3
_RESTARTS_WITHIN_SECONDS = 60


class Stub:
    """The loop between the browser's pipes and the agent's socket."""

    def __init__(self, link: AgentLink, source: int, sink: int) -> None:
        self._link = link
        self._source = source
        self._sink = sink
        self._buffer = FrameBuffer(limit=MAX_TO_AGENT)
        self._events = 0
        self._restarts: list[float] = []

    def run(self) -> None:
        """Until the browser closes its end. Raises: FrameTooLarge, BrokenPipeError"""
        import select  # not on Windows for pipes

        self._advance()
        while True:
            poll = select.poll()
            poll.register(self._source, select.POLLIN)
            if self._link.socket is not None:
                poll.register(self._link.socket, select.POLLIN)
            ready = {fd for fd, _ in poll.poll(_POLL_WHILE_STARTING_MS if self._link.state == "starting" else None)}
            if self._source in ready:
                data = os.read(self._source, _READ)
                if not data:
                    self._buffer.finish()
                    return
                for body in self._buffer.feed(data):
                    self._from_browser(body)
            if self._link.socket is not None and self._link.socket.fileno() in ready:
                self._guarded(self._from_agent)
            self._advance()

    def _from_browser(self, body: bytes) -> None:
        call_id = None
        try:
            message = parse_frame(body)
            call_id = call_id_of(message)
            if message.get("method") == "stub_hello":
                self._send({"id": call_id, "result": self._hello()})
            else:
                self._guarded(lambda: self._link.call(call_id, body))
        except WalletError as error:
            self._fail(call_id, error)

    def _hello(self) -> dict[str, Any]:
        return {"stub_version": __version__, "protocols": [PROTOCOL_VERSION], "agent": self._link.state}

    def _from_agent(self) -> None:
        for body in self._link.receive():
            call_id = call_id_of(parse_frame(body))
            if call_id is not None:
                self._link.unanswered.discard(call_id)
            if len(body) > MAX_TO_CLIENT:
                self._fail(call_id, FrameTooLarge(size=len(body), limit=MAX_TO_CLIENT))
            else:
                write_all(self._sink, frame_body(body, limit=MAX_TO_CLIENT))

    def _advance(self) -> None:
        if self._link.state != "starting":
            return
        try:
            self._guarded(self._link.advance)
        except WalletError as error:
            self._lost(error, restart=False)
        if self._link.state == "running" and self._events:
            self._tell_state()

    def _guarded(self, act: Callable[[], None]) -> None:
        """Do something with the agent, which may be gone: a few times a minute that is worth another start."""
        import time

        try:
            act()
        except Gone:
            now = time.monotonic()
            self._restarts = [at for at in self._restarts if now - at < _RESTARTS_WITHIN_SECONDS]
            restart = len(self._restarts) < _RESTARTS
            self._restarts.append(now)
            self._lost(AgentUnreachable("Counterfoil on this computer stopped.", reason="agent_gone"), restart=restart)

    def _lost(self, error: WalletError, *, restart: bool) -> None:
        for call_id in sorted(self._link.unanswered):
            self._fail(call_id, error)
        self._link.lost(restart=restart)
        self._tell_state()

    def _tell_state(self) -> None:
        """The agent behind the port changed: the client has to say hello again."""
        self._events += 1
        self._send({"event": "stub_state", "seq": self._events, "data": {"agent": self._link.state}})

    def _fail(self, call_id: int | None, error: WalletError) -> None:
        self._send({"id": call_id, "error": error.as_dict()})

    def _send(self, message: dict[str, Any]) -> None:
        write_all(self._sink, encode_frame(message))


def call_id_of(message: dict[str, Any]) -> int | None:
    """The id of a call or an answer, where it has a proper one."""
    found = message.get("id")
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def write_all(sink: int, data: bytes) -> None:
    """Write everything, in as many pieces as the pipe takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(sink, view) :]


def refuse_platform(source: int, sink: int) -> None:
    """Answer every frame with UnsupportedPlatform."""
    buffer = FrameBuffer(limit=MAX_TO_AGENT)
    while data := os.read(source, _READ):
        for body in buffer.feed(data):
            call_id = call_id_of(parse_frame(body))
            write_all(sink, encode_frame({"id": call_id, "error": UnsupportedPlatform().as_dict()}))
