"""An agent for tests of the command line, and the command line run inside the test."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counterfoil import PROTOCOL_VERSION, __version__
from counterfoil.cli.main import run
from counterfoil.cli.terminal.connection import Agent, OnProgress
from counterfoil.cli.terminal.keyboard import Keyboard
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.screen import Screen
from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.crypto.hpke import HpkeReceiver
from counterfoil.errors import AgentUnreachable
from counterfoil.home.paths import Home
from counterfoil.protocol.agent import AgentState, HelloResult
from counterfoil.protocol.event import Progress
from counterfoil.protocol.method import Role
from counterfoil.protocol.model import Empty, Message, SealedSecret
from counterfoil.protocol.wire import METHODS

Answer = dict[str, Any] | Exception | Callable[[Any], Any]
STATE = AgentState(
    paired=False, onboarding="done", locked=False, pending_requests=0, cosigner="running", relay_url=None
)


class FakeAgent:
    """Answers with what the test gave it, and holds both sides to the wire's models."""

    def __init__(self, answers: dict[str, Answer] | None = None, *, version: str = __version__) -> None:
        self.answers: dict[str, Answer] = {"seal_open": self._seal_open, **(answers or {})}
        self.calls: list[tuple[str, Any]] = []
        self.progress: list[Progress] = []
        self.keys: dict[str, tuple[str, HpkeReceiver]] = {}
        self.greeting = HelloResult(
            protocol=PROTOCOL_VERSION, version=version, schema_sha256="0" * 64, role="cli", state=STATE
        )

    def call(self, method: str, params: Message | None = None, on_progress: OnProgress | None = None) -> dict[str, Any]:
        row = METHODS[method]
        assert Role.CLI in row.roles, f"{method} is not for the command line"
        given = params if params is not None else Empty()
        assert type(given) is row.params, f"{method} takes {row.params.__name__}"
        self.calls.append((method, given))
        if on_progress is not None:
            for progress in self.progress:
                on_progress(progress)
        answer = self.answers[method]
        if callable(answer):
            answer = answer(given)
        if isinstance(answer, Exception):
            raise answer
        return row.result.model_validate(answer).model_dump()

    def opened(self, secret: SealedSecret) -> tuple[str, str]:
        """(recipient, text) of a sealed secret; each key opens one."""
        recipient, receiver = self.keys.pop(secret.session_id)
        text = receiver.open(
            parse_base64url(secret.box), info=b"counterfoil/seal/1", aad=secret.session_id.encode("ascii")
        )
        return recipient, text.decode()

    def called(self, method: str) -> list[Any]:
        """The parameters of each call of a method."""
        return [params for name, params in self.calls if name == method]

    def _seal_open(self, params: Any) -> dict[str, Any]:
        keys = []
        for recipient in params.recipients:
            session, receiver = f"{len(self.keys) + 1:032x}", HpkeReceiver.fresh()
            self.keys[session] = (recipient, receiver)
            public = encode_base64url(receiver.public_key)
            keys.append({"recipient": recipient, "session_id": session, "public_key": public})
        return {"keys": keys}


@dataclass
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Terminal:
    """The command line with everything around it made up."""

    home: Home
    agent: FakeAgent | None = field(default_factory=FakeAgent)
    person: Path = Path("/nonexistent")
    extension: Path = Path("/nonexistent")
    environ: dict[str, str] = field(default_factory=dict)
    platform: str = "linux"
    asleep: FakeAgent | None = None
    """The agent that runs once it is started."""

    def run(self, *arguments: str, typed: str = "", is_terminal: bool = False) -> Outcome:
        """Run one command; ``typed`` is standard input."""
        out, err = io.StringIO(), io.StringIO()
        clock = iter(range(10_000))
        this = Run(
            home=self.home,
            screen=Screen(out, err),
            keyboard=Keyboard(io.StringIO(typed), is_terminal=is_terminal),
            open_agent=self._open,
            extension_source=lambda: self.extension,
            environ={"HOME": str(self.person), "PATH": "", **self.environ},
            platform=self.platform,
            now=lambda: float(next(clock)),
            sleep=lambda _seconds: None,
        )
        return Outcome(run(list(arguments), this), out.getvalue(), err.getvalue())

    @contextmanager
    def _open(self, _home: Home, *, start: bool) -> Iterator[Agent]:
        if start and self.agent is None:
            self.agent = self.asleep
        if self.agent is None:
            raise AgentUnreachable
        yield self.agent
