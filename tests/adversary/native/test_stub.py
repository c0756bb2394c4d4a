"""The stub as a process, with everything a browser, a page or an accident may send it."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

import counterfoil
from counterfoil import PROTOCOL_VERSION, __version__
from counterfoil.dispatch.call import parse_message
from counterfoil.errors import AgentUnreachable
from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home
from counterfoil.protocol.model import Fault
from counterfoil.protocol.stub import StubHello, StubState
from tests.agent_process import stop_agent
from tests.stub_process import HELLO, StubProcess, frame


@pytest.fixture
def home(tmp_path):
    home = Home.at(tmp_path / "home")
    yield home
    stop_agent(home, signal.SIGKILL)


@pytest.fixture
def nowhere(tmp_path):
    """A home that can't be made: no agent comes."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "home"


def failure_of(answer, call_id) -> Fault:
    assert answer["id"] == call_id
    return parse_message(Fault, answer["error"])


# ── hello and the agent's life ────────────────────────────────────────────────────────────────────
def test_hello_is_answered_at_once_while_the_agent_starts(home):
    with StubProcess(home.data) as stub:
        answer = stub.call(1, "stub_hello", {})
        said = parse_message(StubHello, answer["result"])
        assert said == StubHello(stub_version=__version__, protocols=[PROTOCOL_VERSION], agent="starting")
        assert stub.hello()["result"]["role"] == "browser"
        assert stub.call(2, "stub_hello", {})["result"]["agent"] == "running"
        assert stub.finish() == 0


def test_the_agent_stays_when_the_browser_closes(home):
    with StubProcess(home.data) as stub:
        stub.hello()
        stub.finish()
    assert ensure_agent(home) is False


def test_a_thousand_calls_come_back_in_step(home):
    ensure_agent(home)
    with StubProcess(home.data) as stub:
        stub.hello()
        for call_id in range(1, 1001):
            assert stub.call(call_id, "agent_state", {})["id"] == call_id


def test_a_thousand_calls_sent_at_once_all_come_back(home):
    ensure_agent(home)
    with StubProcess(home.data) as stub:
        stub.hello()
        for call_id in range(1, 1001):
            stub.send({"id": call_id, "method": "agent_state", "params": {}})
        answers = [stub.read() for _ in range(1000)]
        assert sorted(answer["id"] for answer in answers) == list(range(1, 1001))


def test_a_killed_agent_fails_its_calls_and_a_new_one_is_started(home):
    ensure_agent(home)
    with StubProcess(home.data) as stub:
        stub.hello()
        pairing = stub.call(1, "profile_begin", {"name": "a", "browser": "b"})["result"]
        stub.send({"id": 2, "method": "profile_await", "params": {"pairing_id": pairing["pairing_id"]}})
        stub.call(3, "agent_state", {})
        stop_agent(home, signal.SIGKILL)
        fault = failure_of(stub.read(), 2)
        assert (fault.code, fault.reason) == (AgentUnreachable.code, "agent_gone")
        states = [stub.read() for _ in range(2)]
        assert [parse_message(StubState, state["data"]).agent for state in states] == ["starting", "running"]
        assert [state["seq"] for state in states] == [1, 2]
        assert failure_of(stub.call(4, "agent_state", {}), 4).reason == "hello_first"
        assert stub.hello()["result"]["role"] == "browser"


def test_an_agent_that_keeps_dying_is_not_started_for_ever(home):
    ensure_agent(home)
    with StubProcess(home.data) as stub:
        stub.hello()
        for _ in range(3):
            stop_agent(home, signal.SIGKILL)
            assert [stub.read()["data"]["agent"] for _ in range(2)] == ["starting", "running"]
        stop_agent(home, signal.SIGKILL)
        assert stub.read()["data"] == {"agent": "failed"}
        assert failure_of(stub.call(5, "agent_state", {}), 5).code == AgentUnreachable.code
        assert stub.call(6, "stub_hello", {})["result"]["agent"] == "failed"
        assert stub.finish() == 0


def test_an_agent_that_can_not_start_is_a_typed_answer_to_each_call(nowhere):
    with StubProcess(nowhere) as stub:
        assert stub.read() == {"event": "stub_state", "seq": 1, "data": {"agent": "failed"}}
        assert stub.call(1, "stub_hello", {})["result"]["agent"] == "failed"
        assert failure_of(stub.call(2, "agent_hello", HELLO), 2).code == AgentUnreachable.code
        assert stub.finish() == 0


def test_a_browser_through_the_stub_is_never_the_command_line(home):
    with StubProcess(home.data) as stub:
        answer = stub.call(1, "agent_hello", HELLO | {"client": "cli"})
        assert answer["error"]["reason"] == "wrong_door"
        stub.send({"stub": {"caller": "cli", "version": "0"}})
        assert stub.read()["error"]["reason"] == "invalid_message"


@pytest.mark.parametrize(
    ("arguments", "caller"),
    [
        (["chrome-extension://abc/"], "chrome-extension://abc/"),
        (["chrome-extension://abc/", "--parent-window=0"], "chrome-extension://abc/"),
        (["/h/a/.mozilla/native-messaging-hosts/x.json", "counterfoil@example"], "counterfoil@example"),
    ],
)
def test_the_agent_learns_for_whom_the_browser_started_the_stub(home, arguments, caller):
    with StubProcess(home.data, *arguments) as stub:
        stub.hello()
        assert stub.call(1, "profile_begin", {"name": "a", "browser": "b"})["result"]["extension"] == caller


def test_works_as_an_installed_module_too(home, tmp_path):
    """``-I -m`` sees only what is installed: a folder of packages stands for it."""
    packages = tmp_path / "packages"
    shutil.copytree(
        Path(counterfoil.__file__).parent, packages / "counterfoil", ignore=shutil.ignore_patterns("__pycache__")
    )
    program = f"import sys, runpy; sys.path.insert(0, {str(packages)!r}); sys.argv[1:] = ['chrome-extension://abc/']; runpy.run_module('counterfoil.native', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        input=frame({"id": 1, "method": "stub_hello", "params": {}}),
        capture_output=True,
        check=True,
        timeout=30,
        env={**os.environ, "COUNTERFOIL_HOME": str(home.data)},
    )
    assert json.loads(done.stdout[4:])["result"]["stub_version"] == __version__
    assert done.stderr == b""
    ensure_agent(home)  # whichever of the two starts it: the test leaves none behind


def test_loads_the_standard_library_alone():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import counterfoil.native, counterfoil.home.autostart;"
        "print(sorted({m.partition('.')[0] for m in sys.modules} - set(sys.stdlib_module_names)))"
        "; print(sorted({'asyncio', 'subprocess', 'platformdirs', 'pydantic'} & set(sys.modules)))"
    )
    source = str(Path(counterfoil.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, source], capture_output=True, text=True, check=True
    )
    loaded, heavy = done.stdout.splitlines()
    assert loaded == "['__main__', 'counterfoil']"
    assert heavy == "[]"


# ── framing ───────────────────────────────────────────────────────────────────────────────────────
BROKEN = [
    (b"", "syntax"),
    (b"{", "syntax"),
    (b"nonsense", "syntax"),
    (b"\xff", "encoding"),
    (b"[]", "not_an_object"),
    (b'{"id":1,"id":2}', "duplicate_key"),
    (b'{"id":1,"method":"\\ud800","params":{}}', "surrogate"),
    (b'{"id":1,"method":"x","params":{"a":' + b"[" * 40 + b"]" * 40 + b"}}", "depth"),
    (b'{"id":1.5}', "number"),
    (b'{"id":1,"params":{"a":1e400}}', "number"),
]


def test_each_broken_frame_is_answered_and_the_next_one_is_read(nowhere):
    with StubProcess(nowhere) as stub:
        assert stub.read()["data"] == {"agent": "failed"}
        for number, (body, reason) in enumerate(BROKEN, 1):
            stub.send(body)
            assert failure_of(stub.read(), None).reason == reason
            assert stub.call(number, "stub_hello", {})["id"] == number


def test_frames_that_come_a_byte_at_a_time_are_whole(nowhere):
    with StubProcess(nowhere) as stub:
        for byte in frame({"id": 1, "method": "stub_hello", "params": {}}):
            stub.send_bytes(bytes([byte]))
            time.sleep(0.001)
        while (answer := stub.read()).get("id") is None:
            pass
        assert answer["id"] == 1


@pytest.mark.parametrize("size", [8 * 1024 * 1024 + 1, 2**31, 2**32 - 1])
def test_a_frame_larger_than_the_limit_is_a_typed_error_and_the_end(nowhere, size):
    with StubProcess(nowhere) as stub:
        stub.send_bytes(struct.pack("=I", size) + b"x" * 10)
        answers = []
        while (answer := stub.read()) is not None:
            answers.append(answer)
        assert failure_of(answers[-1], None).reason == "frame_too_large"
        assert stub.process.wait(timeout=10) == 65


def test_a_frame_of_exactly_the_limit_passes(home):
    ensure_agent(home)
    with StubProcess(home.data) as stub:
        stub.hello()
        empty = json.dumps({"id": 1, "method": "agent_state", "params": {"a": ""}}).encode()
        body = empty.replace(b'""', b'"' + b"x" * (8 * 1024 * 1024 - len(empty)) + b'"')
        assert len(body) == 8 * 1024 * 1024
        stub.send(body)
        assert failure_of(stub.read(), 1).reason == "invalid_message"


@pytest.mark.parametrize("cut", [1, 3, 4, 10])
def test_an_end_within_a_frame_is_said_before_leaving(nowhere, cut):
    with StubProcess(nowhere) as stub:
        stub.send_bytes(frame({"id": 1, "method": "stub_hello", "params": {}})[:cut])
        stub.process.stdin.close()
        answers = []
        while (answer := stub.read()) is not None:
            answers.append(answer)
        assert failure_of(answers[-1], None).reason == "truncated"
        assert stub.process.wait(timeout=10) == 65


def test_a_browser_that_stops_reading_ends_the_stub_quietly(nowhere):
    with StubProcess(nowhere) as stub:
        stub.process.stdout.close()
        try:
            stub.send({"id": 1, "method": "stub_hello", "params": {}})
            stub.send({"id": 2, "method": "stub_hello", "params": {}})
        except BrokenPipeError:
            pass
        assert stub.process.wait(timeout=10) == 0


# ── PyPI's nativemessaging as the other end ───────────────────────────────────────────────────────
@pytest.fixture
def peer(monkeypatch):
    """The package's own reading and writing, its standard streams in our hands."""
    import nativemessaging

    class Streams:
        def __init__(self):
            self.stdin = self.stdout = None

        def speak(self, message) -> bytes:
            self.stdout = Buffered(io.BytesIO())
            monkeypatch.setattr(nativemessaging.sys, "stdout", self.stdout)
            nativemessaging.send_message(nativemessaging.encode_message(message))
            return self.stdout.buffer.getvalue()

        def hear(self, pipe):
            monkeypatch.setattr(nativemessaging.sys, "stdin", Buffered(pipe))
            return nativemessaging.get_message()

    class Buffered:
        def __init__(self, buffer):
            self.buffer = buffer

    return Streams()


def test_an_independent_implementation_of_the_framing_understands_us_and_we_it(home, peer):
    ensure_agent(home)
    with StubProcess(home.data) as stub:
        stub.send_bytes(peer.speak({"id": 1, "method": "stub_hello", "params": {}}))
        assert peer.hear(stub.process.stdout)["result"]["agent"] == "running"
        stub.send_bytes(peer.speak({"id": 2, "method": "agent_hello", "params": HELLO}))
        assert peer.hear(stub.process.stdout)["result"]["role"] == "browser"
        stub.send_bytes(peer.speak({"id": 3, "method": "profile_begin", "params": {"name": "Lü 🦊", "browser": "b"}}))
        assert peer.hear(stub.process.stdout)["result"]["name"] == "Lü 🦊"
        for call_id in range(10, 210):
            stub.send_bytes(peer.speak({"id": call_id, "method": "agent_state", "params": {}}))
            assert peer.hear(stub.process.stdout)["id"] == call_id
