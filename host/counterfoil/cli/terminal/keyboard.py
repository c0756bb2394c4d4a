"""What a person types. Passphrases come from the terminal without echo or from standard input, never from arguments."""

from __future__ import annotations

import sys
from typing import TextIO

from counterfoil.cli.terminal.screen import printable
from counterfoil.errors import InputError

SHORTEST_PASSPHRASE = 8


class Keyboard:
    """Answers of the person, or of the program that feeds standard input."""

    def __init__(self, source: TextIO | None = None, *, is_terminal: bool | None = None) -> None:
        self._given = source
        self._is_terminal = is_terminal
        self.passphrases_from_stdin = False

    @property
    def source(self) -> TextIO:
        """Standard input."""
        return self._given or sys.stdin

    @property
    def is_terminal(self) -> bool:
        """Whether a person can be asked."""
        return self.source.isatty() if self._is_terminal is None else self._is_terminal

    def passphrase(self, whose: str) -> str:
        """An existing passphrase. Raises: InputError"""
        if self.passphrases_from_stdin:
            return self._line(whose)
        found = self._hidden(f"{whose}: ")
        if not found:
            raise InputError("No passphrase was typed. Nothing was changed.", reason="no_passphrase")
        return found

    def new_passphrase(self, whose: str) -> str:
        """A passphrase to be set: long enough, and typed twice at a terminal. Raises: InputError"""
        if self.passphrases_from_stdin:
            found = self._line(whose)
        else:
            found = self._hidden(f"{whose} (new): ")
            if self._hidden("The same again: ") != found:
                raise InputError("The two passphrases differ. Nothing was changed.", reason="passphrases_differ")
        if len(found) < SHORTEST_PASSPHRASE:
            raise InputError(
                f"The passphrase is too short: {SHORTEST_PASSPHRASE} characters at least. Nothing was changed.",
                reason="short_passphrase",
                remedy="Five or more random words are easy to type and hard to guess.",
            )
        return found

    def confirm(self, question: str, *, instead: str) -> bool:
        """Yes or no; no unless the person says yes. ``instead`` is the option for scripts."""
        return self._ask(f"{question} [y/N] ", instead).strip().lower() in {"y", "yes"}

    def typed(self, question: str, sentence: str, *, instead: str) -> bool:
        """Whether the person typed exactly this sentence."""
        return self._ask(f"{question}\nType “{sentence}” to go on: ", instead).strip() == sentence

    def text(self, question: str, default: str, *, instead: str) -> str:
        """A line, or the default for an empty one."""
        return self._ask(f"{question} [{default}] ", instead).strip() or default

    def _ask(self, prompt: str, instead: str) -> str:
        if not self.is_terminal:
            raise InputError(
                "This has to be confirmed, and there is no terminal to ask on. Nothing was changed.",
                reason="no_terminal",
                remedy=f"Run it in a terminal, or add {instead}.",
            )
        sys.stderr.write(printable(prompt))
        sys.stderr.flush()
        return self.source.readline()

    def _hidden(self, prompt: str) -> str:
        if not self.is_terminal:
            raise InputError(
                "A passphrase is needed, and there is no terminal to ask on. Nothing was changed.",
                reason="no_terminal",
                remedy="Run it in a terminal, or add --passphrase-stdin and write one passphrase a line.",
            )
        from getpass import getpass

        return getpass(prompt)

    def _line(self, whose: str) -> str:
        line = self.source.readline()
        found = line.removesuffix("\n").removesuffix("\r")
        if not found:
            raise InputError(
                f"Standard input has no line for this passphrase: {whose}. Nothing was changed.",
                reason="no_passphrase",
                remedy="Write one passphrase a line, in the order that the command's help names.",
            )
        return found
