"""Runs the benchmarks: ``python -m tests.bench [name] [--json] [--write]``; ``./scripts/bench`` calls it.

Each module of this folder with a function ``rows`` is one: it yields ``Row``s, or returns the mapping that ``--json``
prints. One that fails is named at the end, and the others still count.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.bench.row import Row
from tests.bench.targets import TARGETS

HERE = Path(__file__).resolve().parent
FIGURES = HERE.parents[1] / "docs" / "figures.md"
NOT_BENCHMARKS = {"__main__", "__init__", "row", "targets"}


def modules(name: str) -> Iterator[str]:
    for file in sorted(HERE.rglob("*.py")):
        dotted = ".".join(file.relative_to(HERE).with_suffix("").parts)
        if file.stem not in NOT_BENCHMARKS and name in dotted:
            yield dotted


def measure(module: str) -> list[Row]:
    found = getattr(importlib.import_module(f"tests.bench.{module}"), "rows", list)()
    return list(read_rows(found))


def read_rows(found: Iterable[Row] | Mapping[str, Mapping[str, object]]) -> Iterator[Row]:
    if isinstance(found, Mapping):
        for name, fields in found.items():
            yield Row(name, **fields)
    else:
        yield from found


def verdict(row: Row) -> tuple[str, str]:
    """The target in words and whether it is met."""
    if row.name not in TARGETS:
        return "", ""
    value, unit = TARGETS[row.name]
    if unit != row.unit:
        raise ValueError(f"{row.name} is measured in {row.unit}, its target is in {unit}")
    met = row.value <= value if row.better == "lower" else row.value >= value
    return f"{'≤' if row.better == 'lower' else '≥'} {value:g} {unit}", "yes" if met else "no"


def table(rows: Iterable[Row]) -> str:
    lines = ["| row | measured | target | met |", "|---|---|---|---|"]
    for row in rows:
        target, met = verdict(row)
        lines.append(f"| {row.name} | {row.value:g} {row.unit} | {target} | {met} |")
    return "\n".join(lines) + "\n"


def page(rows: list[Row]) -> str:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return (
        "# Figures\n\n"
        "Measured by `./scripts/bench --write`; p50 unless the row says otherwise. Benchmarks print figures, tests do not assert them.\n\n"
        f"Machine: {machine}.\n\n{table(rows)}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure what the design has targets for.")
    parser.add_argument("name", nargs="?", default="", help="only the modules of tests/bench whose name has this")
    parser.add_argument("--json", action="store_true", help="print {row: {value, unit, better}}")
    parser.add_argument("--write", action="store_true", help="write docs/figures.md")
    asked = parser.parse_args()
    if asked.write and asked.name:
        parser.error("--write takes all rows: leave the name out")
    rows, failed = [], []
    for module in modules(asked.name):
        try:
            rows += measure(module)
        except Exception:  # noqa: BLE001 - the others still count, and the exit code tells
            traceback.print_exc()
            failed.append(module)
    order = list(TARGETS)
    rows.sort(key=lambda row: order.index(row.name) if row.name in TARGETS else len(order))
    if asked.json:
        print(
            json.dumps(
                {r.name: {"value": r.value, "unit": r.unit, "better": r.better} for r in rows}, ensure_ascii=False
            )
        )
    else:
        print(table(rows), end="")
    if asked.write and not failed:
        FIGURES.write_text(page(rows))
    for module in failed:
        print(f"FAILED: {module}", file=sys.stderr)
    if not rows and not failed:
        print(f"no benchmark's name has {asked.name!r}", file=sys.stderr)
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
