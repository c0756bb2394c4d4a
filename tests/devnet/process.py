"""Programs that tests start: they never outlive the test, whatever ends it.

Three nets, one below the other: the fixture stops what it started; the kernel kills the child when its parent dies
(Linux); and a watchdog, which notices the end of the test process by the end of its own input, kills every process
that still carries this run's mark in its environment, so also agents that a browser started and that left its group.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

MARK = "COUNTERFOIL_TEST_RUN"
RUN = uuid.uuid4().hex
PROC = Path("/proc")
PR_SET_PDEATHSIG = 1

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
_watchdog: subprocess.Popen[bytes] | None = None


def _die_with_parent() -> None:
    if _LIBC is not None:
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment with the run's mark, and what the test adds."""
    _watch()
    return {**os.environ, MARK: RUN, **(extra or {})}


def start(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = subprocess.DEVNULL,
    stderr: int | IO[bytes] | None = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Start a program in a process group of its own. ``env`` is added to ours."""
    return subprocess.Popen(
        [str(a) for a in argv],
        env=environment(env),
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, nothing that takes a lock
    )


def stop(process: subprocess.Popen[bytes], *, patience: float = 3.0) -> int:
    """Ask the program's whole group to end, then make it. Returns the exit code."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        _wait_to_end(process.pid, patience)
        os.killpg(process.pid, signal.SIGKILL)  # the rest of the group; its id is ours while the leader is not reaped
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    return process.wait()


def _wait_to_end(pid: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(ChildProcessError):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                time.sleep(0.01)
                continue
        return


def carrying(name: str, value: str) -> list[int]:
    """Ids of the living processes that were started with this environment variable (Linux; else none)."""
    wanted = f"{name}={value}".encode()
    found = []
    for folder in PROC.glob("[0-9]*") if PROC.is_dir() else ():
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue  # gone, or another user's
    return [pid for pid in found if pid != os.getpid()]


def reap(name: str, value: str, *, patience: float = 3.0) -> list[int]:
    """End every process that carries this variable; returns those that had to be killed."""
    _signal(carrying(name, value), signal.SIGTERM)
    deadline = time.monotonic() + patience
    while (left := carrying(name, value)) and time.monotonic() < deadline:
        time.sleep(0.02)
    _signal(left, signal.SIGKILL)
    return left


def _signal(pids: Sequence[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _watch() -> None:
    """Start the watchdog once. Its input ends when this process does."""
    global _watchdog  # noqa: PLW0603 - one per process, by design
    if _watchdog is not None or not PROC.is_dir():
        return
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import process; process.watchdog({RUN!r})"
    _watchdog = subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def watchdog(run: str) -> None:
    """What the watchdog process does: wait for the end of its input, then clear the run."""
    sys.stdin.buffer.read()
    reap(MARK, run)
