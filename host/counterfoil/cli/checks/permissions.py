"""Modes: who else on this computer may read, change or enter, and how to take it from them."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from counterfoil.cli.checks.finding import Finding, wrong


def is_private(path: Path) -> bool:
    """Ours, and nobody else's to enter or read."""
    found = path.stat()
    return found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077


def not_private(code: str, name: str, path: Path, found: str) -> Finding:
    """Wrong, and mended by a mode: 700 for folders, 600 for the rest."""
    mode = 0o700 if path.is_dir() else 0o600
    return wrong(
        code,
        name,
        found,
        "Take it from the others. If it belongs to someone else: find out who put it there.",
        command=f"chmod {mode:o} {shlex.quote(str(path))}",
        mend=lambda: path.chmod(mode),
    )


def writable_by_others(path: Path) -> Path | None:
    """The file or its folder, if someone other than its owner may write it, or its owner is another person."""
    for place in (path, path.parent):
        found = place.stat()
        if stat.S_IMODE(found.st_mode) & 0o022 or found.st_uid not in {os.getuid(), 0}:
            return place
    return None


def loose(code: str, name: str, place: Path) -> Finding:
    """Wrong, and mended by taking away the others' right to write."""
    return wrong(
        code,
        name,
        f"Other users may change {place}, and so start what they like.",
        "Take it from them.",
        command=f"chmod go-w {shlex.quote(str(place))}",
        mend=lambda: place.chmod(stat.S_IMODE(place.stat().st_mode) & ~0o022),
    )
