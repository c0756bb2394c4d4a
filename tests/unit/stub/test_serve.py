"""The stub within the test's process: pipes, and an agent's end of a socket in the test's hands."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading

import pytest

from counterfoil.codecs.frames import MAX_TO_CLIENT
from counterfoil.errors import AgentUnreachable, RateLimited, StorageError
from counterfoil.stub import agent_link, pipe, serve
from counterfoil.stub.agent_link import AgentLink
from counterfoil.stub.pipe import Stub, call_id_of
from counterfoil.stub.serve import caller_of
from tests.stub_process import EXTENSION, frame


class Scene:
    """A stub in a thread; ``browser`` writes to and reads from it, ``agent`` is the socket's other end."""

    def __init__(self, starter):
        self.to_stub_read, self.to_stub = os.pipe()
        self.from_stub, self.from_stub_write = os.pipe()
        self.link = AgentLink(None, EXTENSION, starter)
        self.stub = Stub(self.link, self.to_stub_read, self.from_stub_write)
        self.thread = threading.Thread(target=self.stub.run, daemon=True)
        self.thread.start()

    def send(self, message):
        os.write(self.to_stub, frame(message))

    def read(self):
        return read_from(lambda n: os.read(self.from_stub, n))

    def end(self):
        os.close(self.to_stub)
        self.thread.join(10)
        assert not self.thread.is_alive()
        for fd in (self.to_stub_read, self.from_stub, self.from_stub_write):
            os.close(fd)
        if self.link.socket is not None:
            self.link.socket.close()


def read_from(read):
    def exactly(n):
        data = b""
        while len(data) < n:
            part = read(n - len(data))
            assert part
            data += part
        return data

    return json.loads(exactly(struct.unpack("=I", exactly(4))[0]))


class Starter:
    """Gives the connections it was handed, one a start; None means: keeps starting."""

    def __init__(self, *connections):
        self.connections = list(connections)
        self.current = None

    def __call__(self, _home, **_how):
        self.current = self.connections.pop(0)
        return self

    def advance(self):
        if isinstance(self.current, Exception):
            raise self.current
        return self.current


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    theirs.settimeout(10)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_the_preamble_comes_before_everything_the_browser_says(pair):
    ours, agent = pair
    scene = Scene(Starter(ours))
    scene.send({"id": 1, "method": "x", "params": {}})
    assert read_from(agent.recv)["stub"]["caller"] == EXTENSION
    assert read_from(agent.recv) == {"id": 1, "method": "x", "params": {}}
    agent.sendall(frame({"id": 1, "result": {}}))
    assert scene.read() == {"id": 1, "result": {}}
    scene.end()


def test_an_answer_that_the_browser_would_cut_the_port_for_becomes_an_error(pair):
    ours, agent = pair
    scene = Scene(Starter(ours))
    scene.send({"id": 1, "method": "x", "params": {}})
    threading.Thread(
        target=agent.sendall, args=(frame({"id": 1, "result": {"a": "x" * MAX_TO_CLIENT}}),), daemon=True
    ).start()
    answer = scene.read()
    assert answer["id"] == 1 and answer["error"]["reason"] == "frame_too_large"
    scene.end()


def test_calls_wait_for_a_starting_agent_up_to_a_bound(monkeypatch):
    monkeypatch.setattr(agent_link, "_WAITING_BYTES", 200)
    scene = Scene(Starter(None))
    scene.send({"id": 1, "method": "x", "params": {}})
    scene.send({"id": 2, "method": "x", "params": {"a": "x" * 200}})
    answer = scene.read()
    assert answer["id"] == 2 and answer["error"]["code"] == RateLimited.code
    scene.end()


def test_calls_that_waited_are_passed_on_in_their_order(pair):
    ours, agent = pair
    starter = Starter(None)
    scene = Scene(starter)
    for call_id in range(5):
        scene.send({"id": call_id, "method": "x", "params": {}})
    scene.send({"id": 9, "method": "stub_hello", "params": {}})
    assert scene.read()["result"]["agent"] == "starting"
    starter.current = ours
    assert "stub" in read_from(agent.recv)
    assert [read_from(agent.recv)["id"] for _ in range(5)] == list(range(5))
    scene.end()


def test_what_waits_fails_with_the_reason_when_the_agent_does_not_start():
    starter = Starter(None)
    scene = Scene(starter)
    scene.send({"id": 7, "method": "x", "params": {}})
    scene.send({"id": 9, "method": "stub_hello", "params": {}})
    scene.read()
    starter.current = StorageError("no room", reason="unwritable")
    answer = scene.read()
    assert answer["id"] == 7 and answer["error"]["reason"] == "unwritable"
    assert scene.read()["data"] == {"agent": "failed"}
    scene.send({"id": 8, "method": "x", "params": {}})
    assert scene.read()["error"]["code"] == AgentUnreachable.code
    scene.end()


def test_an_agent_that_sends_nonsense_as_a_length_is_gone(pair):
    ours, agent = pair
    scene = Scene(Starter(ours, None))
    scene.send({"id": 1, "method": "x", "params": {}})
    agent.sendall(struct.pack("=I", 2**32 - 1))
    assert scene.read()["error"]["reason"] == "agent_gone"
    assert scene.read()["data"] == {"agent": "starting"}
    scene.end()


def run_serve(data: bytes, **how):
    source, feed = os.pipe()
    out, sink = os.pipe()
    os.write(feed, data)
    os.close(feed)
    status = serve.serve([EXTENSION], source, sink, **how)
    os.close(sink)
    said = os.read(out, 1 << 16)
    os.close(source)
    os.close(out)
    return status, said


def test_windows_gets_a_typed_refusal_under_the_calls_id():
    status, said = run_serve(frame({"id": 4, "method": "stub_hello", "params": {}}), platform="win32")
    answer = json.loads(said[4:])
    assert status == 0 and answer["id"] == 4 and answer["error"]["reason"] == "unsupported_platform"


def test_a_mistake_of_ours_is_said_without_its_text_before_the_end(monkeypatch, tmp_path):
    monkeypatch.setenv("COUNTERFOIL_HOME", str(tmp_path))

    def broken(_self):
        raise RuntimeError("secret text")

    monkeypatch.setattr(pipe.Stub, "run", broken)
    status, said = run_serve(b"")
    assert status == 70 and b"secret text" not in said
    assert json.loads(said[4:]) == {"id": None, "error": {**json.loads(said[4:])["error"], "code": 9000}}


@pytest.mark.parametrize(
    ("found", "expected"),
    [({"id": 0}, 0), ({"id": 7}, 7), ({"id": True}, None), ({"id": -1}, None), ({"id": "1"}, None), ({}, None)],
)
def test_an_id_is_a_whole_number_or_none_at_all(found, expected):
    assert call_id_of(found) == expected


def test_a_caller_is_never_longer_than_the_agent_takes():
    assert len(caller_of(["chrome-extension://" + "a" * 999])) == 256
    assert len(caller_of(["/x.json", "a" * 999])) == 256
    assert caller_of([]) == caller_of(["/x.json", ""]) == "unknown"
