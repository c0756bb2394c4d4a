"""Anything at all, framed well, on the agent's socket: each frame gets one answer and the agent serves on."""

from __future__ import annotations

import asyncio
import json
import struct
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.agent.client import AgentClient
from counterfoil.codecs.frames import parse_frame, read_body_async
from counterfoil.protocol.model import Fault
from counterfoil.protocol.wire import METHODS
from tests.live_agent import live_agent, raw_connection

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*METHODS, "", "nothing", "stub_hello"]) | JSON
CALLS = st.fixed_dictionaries({}, optional={"id": st.integers(-1, 3) | JSON, "method": NAMES, "params": JSON})
ODD = st.fixed_dictionaries({}, optional={"cancel": JSON, "stub": JSON, "event": JSON, "result": JSON, "id": JSON})
BODIES = st.binary(max_size=60) | st.one_of(JSON, CALLS, ODD).map(lambda value: json.dumps(value).encode())
HELLO = {"protocols": [1], "client": "cli", "version": "0", "schema_sha256": None, "profile": None}


def framed(body: bytes) -> bytes:
    return struct.pack("=I", len(body)) + body


async def talk(bodies: list[bytes], *, after_hello: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with live_agent(Path(folder)) as agent:
            reader, writer = await raw_connection(agent.home)
            if after_hello:
                writer.write(framed(json.dumps({"id": 0, "method": "agent_hello", "params": HELLO}).encode()))
            for body in bodies:
                writer.write(framed(body))
            writer.write(framed(json.dumps({"id": 2**53 - 1, "method": "no_such", "params": {}}).encode()))
            async with asyncio.timeout(20):
                while True:
                    answer = parse_frame(await read_body_async(reader))
                    if "error" in answer:
                        Fault.model_validate(answer["error"])
                    if answer.get("id") == 2**53 - 1:
                        break
            writer.close()
            async with AgentClient.connect(agent.home) as other:
                assert await other.call("agent_state")


@given(st.lists(BODIES, max_size=8))
@settings(max_examples=60, deadline=None)
def test_before_hello(bodies):
    asyncio.run(talk(bodies, after_hello=False))


@given(st.lists(BODIES, max_size=8))
@settings(max_examples=60, deadline=None)
def test_after_hello(bodies):
    asyncio.run(talk(bodies, after_hello=True))


@given(st.binary(max_size=80))
@settings(max_examples=60, deadline=None)
def test_bytes_without_any_framing(data):
    async def send():
        with tempfile.TemporaryDirectory() as folder:
            async with live_agent(Path(folder)) as agent:
                reader, writer = await raw_connection(agent.home)
                writer.write(data)
                writer.write_eof()
                async with asyncio.timeout(20):
                    while (body := await read_body_async(reader)) is not None:
                        Fault.model_validate(parse_frame(body)["error"])
                writer.close()
                async with AgentClient.connect(agent.home) as other:
                    assert await other.call("agent_state")

    asyncio.run(send())
