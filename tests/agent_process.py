"""Agents as processes of their own: who they are, whether they live, how they end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from counterfoil.home.autostart import connect
from counterfoil.home.paths import Home


def agent_pid(home: Home) -> int:
    return int(home.lock_file.read_text())


def is_alive(pid: int) -> bool:
    """A process that has ended and waits for init to collect it is not alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()  # no /proc on macOS: the signal told


def wait_until(happened, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


def stop_agent(home: Home, how: int = signal.SIGTERM) -> None:
    """End the home's agent, if it has one, and see that it has ended."""
    if not home.lock_file.exists() or not home.lock_file.read_text().strip():
        return
    pid = agent_pid(home)
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
    wait_until(lambda: not is_alive(pid) and not takes_connections(home))


def takes_connections(home: Home) -> bool:
    """A killed process of several threads keeps its sockets a moment longer than it lives."""
    client = connect(home)
    if client is not None:
        client.close()
    return client is not None
