"""The agent as commands see it: calls that wait, one after the other, over one connection."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from counterfoil.home.paths import Home

if TYPE_CHECKING:
    from counterfoil.protocol.agent import HelloResult
    from counterfoil.protocol.event import Progress
    from counterfoil.protocol.model import Message

_R = TypeVar("_R", bound="Message")
OnProgress = Callable[["Progress"], None]


class Agent(Protocol):
    """What commands need of an agent; tests have one of their own."""

    @property
    def greeting(self) -> HelloResult:
        """What the agent said to hello."""

    def call(self, method: str, params: Message | None = None, on_progress: OnProgress | None = None) -> dict[str, Any]:
        """The result as JSON. Raises: the agent's error, AgentUnreachable"""


class OpenAgent(Protocol):
    """How to get one. ``start``: have it started if it does not run."""

    def __call__(self, home: Home, *, start: bool) -> AbstractContextManager[Agent]:
        """A connection that said hello. Raises: AgentUnreachable, UnsupportedVersion"""


def ask(
    agent: Agent,
    result: type[_R],
    method: str,
    params: Message | None = None,
    on_progress: OnProgress | None = None,
) -> _R:
    """The result of a call as its model."""
    return result.model_validate(agent.call(method, params, on_progress))


def open_agent(home: Home, *, start: bool) -> AbstractContextManager[Agent]:
    """The agent of this home. Raises: AgentUnreachable, UnsupportedVersion"""
    from counterfoil.cli.terminal.agent_connection import connect  # costs more than a help text may

    return connect(home, start=start)
