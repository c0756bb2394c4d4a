"""What the stub itself says to the browser and to the agent; it builds these without pydantic, tests hold it to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from counterfoil.protocol.model import Empty, Message, Text

AgentCondition = Literal["running", "starting", "failed"]


class StubHello(Message):
    """The answer to ``stub_hello``, given at once. ``failed``: open a new port to try again."""

    stub_version: Text
    protocols: list[int]
    agent: AgentCondition


class StubState(Message):
    """The agent behind this port changed: after ``running`` say ``agent_hello`` again."""

    agent: AgentCondition


class Stub(Message):
    """Who started the stub, as the browser's command line says, and the stub's version."""

    caller: Annotated[str, Field(min_length=1, max_length=256)]
    version: Text


class Preamble(Message):
    """The first frame from a stub to the agent. A connection that begins with it is a browser's for ever."""

    stub: Stub


STUB_METHODS = {"stub_hello": (Empty, StubHello)}
STUB_EVENTS: dict[str, type[Message]] = {"stub_state": StubState}
