"""Long work as it goes: a line a party at a terminal, a line a step elsewhere, nothing with JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from counterfoil.cli.terminal.connection import OnProgress
from counterfoil.cli.terminal.screen import Screen, printable

if TYPE_CHECKING:
    from counterfoil.protocol.event import Progress

STATES = {
    "waiting": "not there yet",
    "joined": "there",
    "working": "working",
    "done": "done",
    "failed": "failed",
    "asleep": "does not answer",
    "asked": "asks its person",
    "agreed": "agreed",
}


STAGES = {"keygen": "Making the keys together", "reshare": "Renewing the keys together", "sign": "Signing together"}


def progress_lines(progress: Progress) -> list[str]:
    """The stage, then each party and where it is."""
    head = STAGES.get(progress.stage, progress.stage) + (f" ({progress.step} of {progress.of})" if progress.of else "")
    return [printable(head), *(printable(f"  {p.name}: {STATES[p.state]}") for p in progress.parties)]


@contextmanager
def shown_progress(screen: Screen, first: str) -> Iterator[OnProgress]:
    """Show ``first``, then every progress handed to the function that this gives."""
    if screen.as_json:
        yield lambda _progress: None
        return
    if not screen.err.isatty():
        yield from _plain(screen, first)
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(Text(first), console=Console(file=screen.err, highlight=False), refresh_per_second=8) as live:
        yield lambda progress: live.update(Text("\n".join(progress_lines(progress))))


def _plain(screen: Screen, first: str) -> Iterator[OnProgress]:
    screen.note(first)
    last = first

    def show(progress: Progress) -> None:
        nonlocal last
        lines = progress_lines(progress)
        if lines[0] != last:  # a line a step: who is how far shows only where lines can be rewritten
            last = lines[0]
            screen.note(lines[0] + "".join(f";{line}" for line in lines[1:]))

    yield show
