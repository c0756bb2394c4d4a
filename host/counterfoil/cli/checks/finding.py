"""One result of the doctor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["ok", "note", "wrong"]
Mend = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Finding:
    """``note`` is worth knowing and not wrong. ``code`` is stable, for programs. ``fix`` says what to do; ``command``
    is the same to be pasted; ``mend`` does it, where nothing can be lost by it."""

    code: str
    name: str
    level: Level
    found: str
    fix: str | None = None
    command: str | None = None
    mend: Mend | None = field(default=None, compare=False, repr=False)

    def as_dict(self) -> Mapping[str, Any]:
        """For ``--json``; ``ok`` is false only for what is wrong."""
        return {
            "code": self.code,
            "name": self.name,
            "level": self.level,
            "ok": self.level != "wrong",
            "found": self.found,
            "fix": self.fix,
            "command": self.command,
            "can_fix": self.mend is not None,
        }


def right(code: str, name: str, found: str) -> Finding:
    """As it should be."""
    return Finding(code, name, "ok", found)


def note(code: str, name: str, found: str, fix: str | None = None, *, command: str | None = None) -> Finding:
    """Worth knowing."""
    return Finding(code, name, "note", found, fix, command)


def wrong(
    code: str, name: str, found: str, fix: str, *, command: str | None = None, mend: Mend | None = None
) -> Finding:
    """To be mended."""
    return Finding(code, name, "wrong", found, fix, command, mend)
