"""Progress without a terminal: a line a step, and none twice."""

from __future__ import annotations

import io

from counterfoil.cli.terminal.progress import shown_progress
from counterfoil.cli.terminal.screen import Screen
from counterfoil.protocol.event import Progress
from counterfoil.protocol.request import PartyProgress


def at(step: int, state: str) -> Progress:
    party = PartyProgress.model_validate({"index": 1, "name": "Phone\x1b[2J", "kind": "device", "state": state})
    return Progress(token="t", stage="keygen", step=step, of=2, parties=[party])


def test_a_line_a_step() -> None:
    err = io.StringIO()
    with shown_progress(Screen(io.StringIO(), err), "Making the keys…") as on_progress:
        for progress in (at(1, "joined"), at(1, "working"), at(2, "done")):
            on_progress(progress)
    lines = err.getvalue().splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("Making the keys together (1 of 2);  Phone\\u{1b}[2J: there")
    assert "\x1b" not in err.getvalue()


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_at_a_terminal_every_party_has_its_line() -> None:
    err = Tty()
    with shown_progress(Screen(io.StringIO(), err), "Making the keys…") as on_progress:
        on_progress(at(2, "working"))
    assert "Phone" in err.getvalue()
    assert "working" in err.getvalue()


def test_a_table_at_a_terminal_is_escaped_too() -> None:
    out = Tty()
    Screen(out, io.StringIO()).table(("A", "B"), [("one", "\x1b]0;title\x07")])
    assert "\x1b]" not in out.getvalue()
    assert "\\u{1b}" in out.getvalue()
