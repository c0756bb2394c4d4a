"""Rows of the stub and the agent's socket: cold hello, and the way to the agent and back, without the browser's part."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home
from tests.agent_process import agent_pid, stop_agent
from tests.bench.row import Row, median_ms
from tests.stub_process import StubProcess


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        home = Home.at(folder)
        try:
            ensure_agent(home)
            yield Row("stub hello, cold", cold_hello(home), "ms")
            with StubProcess(home.data) as stub:
                stub.hello()
                yield Row(
                    "pipe → stub → agent → back",
                    median_ms(lambda: stub.call(1, "agent_state", {}), repeat=2000, warm_up=50),
                    "ms",
                )
            yield Row("agent memory", resident_mb(agent_pid(home)), "MB")
        finally:
            stop_agent(home)


def cold_hello(home: Home, repeat: int = 30) -> float:
    """p50 from starting the process to its answer."""
    times = []
    for _ in range(repeat):
        start = perf_counter()
        with StubProcess(home.data) as stub:
            stub.call(1, "stub_hello", {})
            times.append(perf_counter() - start)
            stub.finish()
    return round(median(times) * 1000, 1)


def resident_mb(pid: int) -> float:
    pages = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return round(int(pages.split()[1]) / 1024, 1)
