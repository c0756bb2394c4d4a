"""One line of the table of figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Literal

Better = Literal["lower", "higher"]


@dataclass(frozen=True, slots=True)
class Row:
    """A measured figure; ``name`` is the one that ``targets.py`` uses, where the row has a target."""

    name: str
    value: float
    unit: str
    better: Better = "lower"


def median_ms(act: Callable[[], object], repeat: int = 100, warm_up: int = 3) -> float:
    """p50 of a call's wall time in milliseconds."""
    for _ in range(warm_up):
        act()
    times = []
    for _ in range(repeat):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return round(median(times) * 1000, 3)
