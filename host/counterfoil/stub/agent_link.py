"""The stub's way to the agent: it connects, waits for a starting agent, and notices when it is gone."""

from __future__ import annotations

from counterfoil import __version__
from counterfoil.codecs.frames import MAX_TO_AGENT, FrameBuffer, encode_frame, frame_body
from counterfoil.errors import AgentUnreachable, FrameTooLarge, RateLimited, WalletError

TYPE_CHECKING = False  # as in typing, which would cost the stub a tenth of its start
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from counterfoil.home.autostart import Starter
    from counterfoil.home.paths import Home

_READ = 65536
_WAITING_BYTES = 16 * 1024 * 1024
_SEND_SECONDS = 10
_DYING_SECONDS = 0.1


class Gone(Exception):  # noqa: N818 - not an error: the other side left
    """The agent's end of the socket is closed."""


class AgentLink:
    """The way to the agent: ``state`` is starting, running or failed."""

    def __init__(self, home: Home, caller: str, start: Callable[..., Starter]) -> None:
        self.state = "starting"
        self.unanswered: set[int] = set()
        self.socket: socket.socket | None = None
        self._home = home
        self._preamble = encode_frame({"stub": {"caller": caller, "version": __version__}})
        self._start = start
        self._starter: Starter | None = start(home)
        self._waiting: list[bytes] = []
        self._buffer = FrameBuffer(limit=MAX_TO_AGENT)

    def advance(self) -> None:
        """Take starting one step further. Raises: AgentUnreachable, StorageError"""
        if self._starter is None:
            return
        try:
            client = self._starter.advance()
        except WalletError:
            self._starter, self.state = None, "failed"
            raise
        if client is None:
            return
        client.settimeout(_SEND_SECONDS)
        self.socket, self._starter, self.state = client, None, "running"
        waiting, self._waiting = self._waiting, []
        for frame in (self._preamble, *waiting):
            self._send(frame)

    def call(self, call_id: int | None, body: bytes) -> None:
        """Pass a frame on, or keep it until the agent is there. Raises: AgentUnreachable, RateLimited, Gone"""
        if self.state == "failed":
            raise AgentUnreachable
        frame = frame_body(body, limit=MAX_TO_AGENT)
        if self.state == "starting" and sum(map(len, self._waiting)) + len(frame) > _WAITING_BYTES:
            raise RateLimited("Too much waits for Counterfoil to start.", remedy="Wait a moment.")
        if call_id is not None:
            self.unanswered.add(call_id)
        if self.state == "starting":
            self._waiting.append(frame)
        else:
            self._send(frame)

    def receive(self) -> list[bytes]:
        """Bodies that the agent sent. Raises: Gone"""
        assert self.socket is not None
        try:
            data = self.socket.recv(_READ)
            bodies = list(self._buffer.feed(data))
        except (OSError, FrameTooLarge):
            raise Gone from None
        if not data:
            raise Gone
        return bodies

    def lost(self, *, restart: bool) -> None:
        """Forget the connection, and start over or give up."""
        if self.socket is not None:
            self.socket.close()
        self.socket, self._buffer = None, FrameBuffer(limit=MAX_TO_AGENT)
        self.unanswered.clear()
        self._waiting.clear()
        self._starter = self._start(self._home, wait=_DYING_SECONDS) if restart else None
        self.state = "starting" if restart else "failed"

    def _send(self, frame: bytes) -> None:
        assert self.socket is not None
        try:
            self.socket.sendall(frame)
        except OSError:
            raise Gone from None
