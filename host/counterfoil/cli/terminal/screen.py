"""What a command shows: plain sentences for people, or exactly one JSON document for programs."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TextIO

from counterfoil.errors import Bug, WalletError

_ESCAPED_CATEGORIES = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}


class Screen:
    """Standard output for results, standard error for everything said on the way."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self._given = (out, err)
        self.as_json = False

    @property
    def out(self) -> TextIO:
        """Results."""
        return self._given[0] or sys.stdout

    @property
    def err(self) -> TextIO:
        """Progress, questions and errors."""
        return self._given[1] or sys.stderr

    def show(self, data: Mapping[str, Any], human: Callable[[], None]) -> None:
        """The result of a command, in one of its two forms."""
        if self.as_json:
            self.out.write(json.dumps(data, indent=2, ensure_ascii=True) + "\n")
        else:
            human()

    def say(self, *lines: str) -> None:
        """Sentences of the result; nothing where JSON was asked for."""
        if not self.as_json:
            for line in lines:
                self.out.write(printable(line) + "\n")

    def note(self, *lines: str) -> None:
        """Something said on the way; nothing where JSON was asked for."""
        if not self.as_json:
            for line in lines:
                self.err.write(printable(line) + "\n")
            self.err.flush()

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Rows under headings; wrapped to a terminal, one line each in a pipe."""
        if self.as_json:
            return
        cells = [[printable(cell) for cell in row] for row in rows]
        if self.out.isatty():
            self._rich_table(columns, cells)
            return
        widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
        for row in (list(columns), *cells):
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            self.out.write(line.rstrip() + "\n")

    def error(self, error: WalletError) -> None:
        """What happened and what to do, or the error as JSON."""
        if self.as_json:
            self.out.write(json.dumps(error.as_dict(), indent=2, ensure_ascii=True) + "\n")
            return
        self.err.write(printable(error.message) + "\n")
        if error.remedy:
            self.err.write(printable(f"What to do: {error.remedy}") + "\n")
        if isinstance(error, Bug):
            self.err.write(printable(f"Where: {error.details.get('where', 'not said')}") + "\n")

    def _rich_table(self, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        Console(file=self.out, highlight=False).print(table)


def printable(text: str) -> str:
    """``text`` with everything spelled out that would move the cursor, hide or reorder what a person reads.

    Sites choose names and messages: an escape sequence among them must not repaint the terminal.
    """
    return "".join(
        f"\\u{{{ord(character):x}}}"
        if unicodedata.category(character) in _ESCAPED_CATEGORIES and character != "\n"
        else character
        for character in text
    )
