"""What the demo tells: steps with their time, what was seen, why it was safe, and pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page
from rich.console import Console
from rich.text import Text

INDENT = 4
WIDEST = 100


@dataclass(slots=True)
class Step:
    """One step: ``saw`` are facts that were checked while it ran, ``why`` is why it was safe."""

    number: int
    title: str
    why: str
    folder: Path
    saw: list[str] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    seconds: float = 0.0
    touches: int = 0

    def see(self, fact: str) -> None:
        """Note something that was checked."""
        self.saw.append(fact)

    def picture(self, page: Page, name: str) -> None:
        """Keep what the person sees now."""
        to = self.folder / f"{self.number:02}-{name}.png"
        page.bring_to_front()
        page.screenshot(path=to, animations="disabled", full_page="approve.html" not in page.url)
        self.pictures.append(to)


class Story:
    """``with story.step("title", why="…") as step: …`` prints the step when it is over."""

    def __init__(self, folder: Path, console: Console, *, touches: Callable[[], int] = lambda: 0) -> None:
        self.folder = folder
        self.console = console
        self.steps: list[Step] = []
        self.touches = touches
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the story began."""
        return time.monotonic() - self._started

    @contextmanager
    def step(self, title: str, *, why: str) -> Iterator[Step]:
        """Time a step; on a terminal it shows while it runs."""
        step = Step(len(self.steps) + 1, title, why, self.folder)
        before, started = self.touches(), time.monotonic()
        self.steps.append(step)
        with self.console.status(f"{step.number}  {title}"):
            yield step
        step.seconds = time.monotonic() - started
        step.touches = self.touches() - before
        self._print(step)

    def _print(self, step: Step) -> None:
        touched = {0: "", 1: "1 touch"}.get(step.touches, f"{step.touches} touches")
        head = Text.assemble((f"{step.number:>2}  ", "bold green"), (step.title, "bold"))
        tail = Text.assemble((touched, "yellow"), "   " if touched else "", (f"{step.seconds:4.1f} s", "dim"))
        width = min(self.console.width, WIDEST)
        head.pad_right(max(2, width - head.cell_len - tail.cell_len))
        self.console.print(Text.assemble(head, tail), soft_wrap=True)
        for fact in step.saw:
            self._indented(Text(fact))
        self._indented(Text.assemble(("Safe because: ", "green"), (step.why, "dim")))
        self.console.print()

    def _indented(self, text: Text) -> None:
        for line in text.wrap(self.console, min(self.console.width, WIDEST) - INDENT):
            line.rstrip()
            self.console.print(" " * INDENT, line, sep="", soft_wrap=True)
