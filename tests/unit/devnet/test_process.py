"""What a test starts ends with it, however it ends."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.devnet import process

REPOSITORY = Path(__file__).resolve().parents[3]
ORPHANING = """
import subprocess, sys, time
from tests.devnet import process
child = process.start(["sleep", "600"])
far = subprocess.Popen(["sleep", "600"], env=process.environment(), start_new_session=True)
print(child.pid, far.pid, flush=True)
time.sleep(600)
"""


def lives(pid: int) -> bool:
    """A zombie is dead: only its parent has yet to look."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(pid: int, patience: float = 10.0) -> bool:
    deadline = time.monotonic() + patience
    while lives(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not lives(pid)


def test_stops_the_whole_group() -> None:
    shell = process.start(["sh", "-c", "sleep 600 & echo $!; wait"], stdout=subprocess.PIPE)
    assert shell.stdout is not None
    grandchild = int(shell.stdout.readline())
    assert process.stop(shell) != 0
    assert ends(grandchild)


def test_stops_what_ignores_a_polite_request() -> None:
    stubborn = process.start(
        ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 600; done"], stdout=subprocess.PIPE
    )
    assert stubborn.stdout is not None
    stubborn.stdout.readline()
    assert process.stop(stubborn, patience=0.2) == -9


def test_reaps_by_the_mark_what_left_its_group(tmp_path: Path) -> None:
    home = str(tmp_path)
    far = process.start(["sleep", "600"], env={"COUNTERFOIL_HOME": home})
    other = process.start(["sleep", "600"], env={"COUNTERFOIL_HOME": home + "-other"})
    assert process.carrying("COUNTERFOIL_HOME", home) == [far.pid]
    assert process.reap("COUNTERFOIL_HOME", home) == []
    assert not lives(far.pid)
    assert lives(other.pid)
    process.stop(far)
    process.stop(other)


def test_nothing_outlives_a_test_process_that_is_killed() -> None:
    victim = process.start(
        [sys.executable, "-B", "-c", ORPHANING], env={"PYTHONPATH": str(REPOSITORY)}, stdout=subprocess.PIPE
    )
    assert victim.stdout is not None
    child, far = (int(word) for word in victim.stdout.readline().split())
    assert lives(child)
    assert lives(far)
    victim.kill()
    victim.wait()
    victim.stdout.close()
    assert ends(child)
    assert ends(far)
