"""Real agent processes: one per home, whatever happens at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from counterfoil.agent.client import AgentClient
from counterfoil.errors import AgentUnreachable
from counterfoil.home import autostart
from counterfoil.home.autostart import ALREADY_RUNS, agent_command, ensure_agent
from counterfoil.home.paths import Home
from tests.agent_process import agent_pid, is_alive, stop_agent, wait_until


@pytest.fixture
def home(tmp_path):
    home = Home.at(tmp_path / "home")
    yield home
    stop_agent(home)


def started_agents(home: Home) -> list[str]:
    return [line for line in home.log_file.read_text().splitlines() if line.endswith("listens")]


def test_twenty_starters_at_once_start_one_agent(home):
    program = "from counterfoil.home.autostart import ensure_agent; from counterfoil.home.paths import Home; import sys; ensure_agent(Home.at(sys.argv[1]), 60)"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    starters = [subprocess.Popen([sys.executable, "-c", program, str(home.data)], env=environ) for _ in range(20)]
    assert [starter.wait(timeout=60) for starter in starters] == [0] * 20
    assert len(started_agents(home)) == 1


def test_of_agents_started_at_once_without_a_starter_one_stays(home):
    home.prepare()
    environ = {**os.environ, "COUNTERFOIL_HOME": str(home.data)}
    agents = [subprocess.Popen(agent_command(), env=environ, stderr=subprocess.DEVNULL) for _ in range(6)]
    assert sorted(agent.wait(timeout=60) for agent in agents) == [0, *[ALREADY_RUNS] * 5]
    assert is_alive(agent_pid(home)) and home.socket.exists()


def test_ensure_says_whether_it_had_to_start_one(home):
    assert ensure_agent(home) is True
    pid = agent_pid(home)
    assert ensure_agent(home) is False
    assert agent_pid(home) == pid


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(home, how):
    ensure_agent(home)
    stop_agent(home, how)
    assert not home.socket.exists()
    assert home.log_file.read_text().splitlines()[-1].endswith("stopped")
    assert "ERROR" not in home.log_file.read_text()


def test_a_killed_agents_socket_is_replaced(home):
    ensure_agent(home)
    stop_agent(home, signal.SIGKILL)
    assert home.socket.exists(), "nobody could tidy up"
    assert ensure_agent(home) is True


async def test_shutdown_over_the_wire_frees_the_home(home):
    ensure_agent(home)
    pid = agent_pid(home)
    async with AgentClient.connect(home) as client:
        await client.call("agent_shutdown")
    wait_until(lambda: not is_alive(pid))
    assert not home.socket.exists()
    assert ensure_agent(home) is True


def test_starting_while_the_last_agent_is_on_its_way_out_still_ends_in_a_running_one(home):
    ensure_agent(home)
    pid = agent_pid(home)
    os.kill(pid, signal.SIGTERM)
    ensure_agent(home)
    wait_until(lambda: not is_alive(pid))
    ensure_agent(home)
    assert agent_pid(home) != pid


def test_an_agent_that_falls_over_is_told_at_once_with_where_its_log_is(home):
    started = time.monotonic()
    with pytest.raises(AgentUnreachable) as caught:
        ensure_agent(home, 20, command=[sys.executable, "-c", "raise SystemExit(3)"])
    assert caught.value.word == "start_failed" and str(home.log_file) in caught.value.remedy
    assert time.monotonic() - started < 10


def test_an_agent_that_never_listens_is_given_up(home):
    with pytest.raises(AgentUnreachable) as caught:
        ensure_agent(home, 0.5, command=[sys.executable, "-c", "import time; time.sleep(5)"])
    assert caught.value.word == "start_timeout"


def test_many_threads_of_one_program_may_ask_too(home):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ensure_agent(home), range(8)))
    assert any(answers) and len(started_agents(home)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_started_agent_gets_the_home_and_nothing_of_the_starters_terminal(home):
    ensure_agent(home)
    pid = agent_pid(home)
    assert os.getsid(pid) not in {pid, os.getsid(0)}
    assert os.getpgid(pid) != os.getpgid(0)
    found = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert b"COUNTERFOIL_HOME=" + os.fsencode(home.data) in found


def test_a_home_that_can_not_be_written_is_a_typed_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(autostart.StorageError):
        ensure_agent(Home.at(tmp_path / "file"))
