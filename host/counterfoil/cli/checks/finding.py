"""One result of the doctor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``note`` is worth knowing and not wrong. ``fix`` says exactly what to do."""

    name: str
    level: Level
    found: str
    fix: str | None = None

    def as_dict(self) -> Mapping[str, Any]:
        """For ``--json``; ``ok`` is false only for what is wrong."""
        return {**asdict(self), "ok": self.level != "wrong"}


def right(name: str, found: str) -> Finding:
    """As it should be."""
    return Finding(name, "ok", found)


def note(name: str, found: str, fix: str | None = None) -> Finding:
    """Worth knowing."""
    return Finding(name, "note", found, fix)


def wrong(name: str, found: str, fix: str) -> Finding:
    """To be mended."""
    return Finding(name, "wrong", found, fix)
