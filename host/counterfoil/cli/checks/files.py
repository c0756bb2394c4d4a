"""Files that should be elsewhere: a recovery file on this disk is lost with it, or found with it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from counterfoil.cli.checks.finding import Finding, wrong

_PLACES = (".", "Desktop", "Documents", "Downloads")
_PATTERN = "counterfoil-*.age"
_MOST = 200


def check_files(person: Path) -> Iterator[Finding]:
    """Recovery and second files in the usual places, by the names that Counterfoil gives them."""
    for place in dict.fromkeys((person / part).resolve() for part in _PLACES):
        try:
            found = sorted(place.glob(_PATTERN))[:_MOST]
        except OSError:
            continue
        for file in found:
            if file.is_file():
                yield _left_here(file)


def _left_here(file: Path) -> Finding:
    kind = "second file" if "second-file" in file.name else "recovery file"
    return wrong(
        "file.second_here" if kind == "second file" else "file.recovery_here",
        f"{kind} on this disk"[:64],
        f"{file} is on this computer: it is lost with it, and whoever takes the one has the other.",
        "Move it to where this computer is not: a stick in a drawer, another device.",
        command=f"mv {shlex.quote(str(file))} /PATH/OF/A/STICK/",
    )
