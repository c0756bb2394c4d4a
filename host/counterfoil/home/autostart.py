"""Start the agent of a home if none runs; several starters at once start one."""

from __future__ import annotations

import fcntl
import os
import socket
import sys
import time
from pathlib import Path

from counterfoil.errors import AgentUnreachable, StorageError
from counterfoil.home.paths import VARIABLE, Home

TYPE_CHECKING = False  # as in typing, which would cost the stub a tenth of its start
if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

ALREADY_RUNS = 75
"""Exit status of an agent that found another one in its home (EX_TEMPFAIL of sysexits.h)."""
_POLL_SECONDS = 0.02
_AGAIN_SECONDS = 0.25
_LEAVE_SECONDS = 1.0


def agent_command(*, detached: bool = True) -> list[str]:
    """The agent by the path of its file: works installed and from a checkout, in isolated mode (``-I``).

    Detached, it ends with 0 as soon as an agent of its own listens, so that no starter has to outlive it.
    """
    program = Path(__file__).resolve().parents[1] / "agent" / "__main__.py"
    return [sys.executable, "-I", str(program), *(["--detach"] if detached else [])]


def connect(home: Home) -> socket.socket | None:
    """A connection to the agent's socket, or None where no agent listens."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        client.connect(str(home.socket))
    except OSError:
        client.close()
        return None
    return client


def try_lock(path: Path) -> int | None:
    """An open file that locks ``path`` until it is closed or its process ends; None where another holds it.

    Raises: StorageError
    """
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"{path} can't be opened.", reason="unwritable", errno=error.errno) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


class Starter:
    """One attempt to have an agent running. ``advance`` never waits, so any loop can drive it."""

    def __init__(
        self, home: Home, *, command: Sequence[str] | None = None, timeout: float = 20.0, wait: float = 0.0
    ) -> None:
        """``wait``: seconds until the first look, where an agent is just dying and would still take a connection."""
        self._home = home
        self._command = list(command or agent_command())
        self._deadline = time.monotonic() + timeout
        self._process: subprocess.Popen[bytes] | None = None
        self._look_from = time.monotonic() + wait
        self._not_before = 0.0
        self._lock: int | None = None

    def advance(self) -> socket.socket | None:
        """A connection as soon as there is one.

        Raises: AgentUnreachable where the agent ended at once, or time is up
        """
        if time.monotonic() < self._look_from:
            return None
        client = connect(self._home)
        if client is not None:
            self.close()
            return client
        if time.monotonic() > self._deadline:
            self.close()
            raise AgentUnreachable("Counterfoil on this computer did not start in time.", reason="start_timeout")
        if self._process is not None:
            self._look_at_process(self._process)
        elif time.monotonic() >= self._not_before:
            self._start()
        return None

    def close(self) -> None:
        """Let others start an agent. The agent itself stays."""
        if self._process is not None:
            _leave(self._process)
            self._process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _start(self) -> None:
        """Only with the lock: whoever does not get it waits for the one who did."""
        self._home.prepare()
        if self._lock is None:
            self._lock = try_lock(self._home.start_lock_file)
            return  # the last holder's agent may listen since we looked: look once more before starting
        self._process = _spawn(self._command, self._home)

    def _look_at_process(self, process: subprocess.Popen[bytes]) -> None:
        status = process.poll()
        if status is None:
            return
        if status in {0, ALREADY_RUNS}:  # one listens, or did; if it is on its way out, start another after all
            self._process, self._not_before = None, time.monotonic() + _AGAIN_SECONDS
            return
        self.close()
        raise AgentUnreachable(
            "Counterfoil on this computer stopped while it was starting.",
            reason="start_failed",
            remedy=f"Run `counterfoil doctor`; the log is {self._home.log_file}.",
            status=status,
        )


def ensure_agent(home: Home, timeout: float = 20.0, *, command: Sequence[str] | None = None) -> bool:
    """Have an agent listening when this returns; True where it had to be started.

    Raises: AgentUnreachable
    """
    starter = Starter(home, command=command, timeout=timeout)
    started = False
    while (client := starter.advance()) is None:
        started = True
        time.sleep(_POLL_SECONDS)
    client.close()
    return started


def _spawn(command: list[str], home: Home) -> subprocess.Popen[bytes]:
    """In a session of its own: closing the browser or the terminal does not reach it."""
    import subprocess  # takes longer to import than the stub's answer to hello may take

    log = os.open(home.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - our own program, by its path
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=_environment(home),
            start_new_session=True,
            umask=0o077,
        )
    finally:
        os.close(log)


def _leave(process: subprocess.Popen[bytes]) -> None:
    """It ends right after its agent began to listen; one that hangs is left alone."""
    import subprocess

    try:
        process.wait(_LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.returncode = 0  # keeps Popen from complaining that it still runs


def _environment(home: Home) -> dict[str, str]:
    """The starter's own, and the home where it is not the person's default one."""
    environ = dict(os.environ)
    environ.pop(VARIABLE, None)
    if Home.locate(environ) != home:
        environ[VARIABLE] = str(home.data)
    return environ
