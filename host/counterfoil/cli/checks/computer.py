"""Checks of this computer: Python, platform, the data folder."""

from __future__ import annotations

import os
import platform
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from counterfoil.cli.checks.finding import Finding, right, wrong
from counterfoil.cli.terminal.run import PLATFORMS
from counterfoil.home.paths import Home

_OLDEST = (3, 11)


def check_computer(platform_name: str) -> Iterator[Finding]:
    """Python and platform."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= _OLDEST:
        yield right("python", f"Python {version}, {sys.executable}")
    else:
        yield wrong("python", f"Python {version} is too old.", "Install Counterfoil with Python 3.11 or newer.")
    if platform_name in PLATFORMS:
        yield right("platform", platform.platform())
    else:
        yield wrong(
            "platform", f"Counterfoil does not run on {platform_name} yet.", "Use Linux or macOS for the time being."
        )


def check_home(home: Home) -> Iterator[Finding]:
    """The folder of the vaults belongs to this person alone."""
    if not home.data.is_dir():
        yield wrong("data folder", f"{home.data} does not exist yet.", "Run `counterfoil setup`.")
        return
    open_to_others = [path for path in _private_paths(home) if not _is_private(path)]
    for path in open_to_others:
        mode = "700" if path.is_dir() else "600"
        yield wrong(
            "data folder",
            f"Other users of this computer may enter or read {path}, or it is not yours.",
            f"Run: chmod {mode} {path}  (if it belongs to someone else: find out who put it there).",
        )
    if not open_to_others:
        yield right("data folder", f"{home.data}, yours alone")


def _private_paths(home: Home) -> list[Path]:
    folders = [home.data, home.data / "native", home.cosigner.data]
    files = [home.database, home.lock_file, home.cosigner.database]
    return [path for path in (*folders, *files) if path.exists()]


def _is_private(path: Path) -> bool:
    found = path.stat()
    return found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077
