"""Checks of this computer: Python, platform, the data folder, and the database while nothing runs."""

from __future__ import annotations

import platform
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from counterfoil.cli.checks.finding import Finding, right, wrong
from counterfoil.cli.checks.permissions import is_private, not_private
from counterfoil.cli.terminal.run import PLATFORMS
from counterfoil.home.paths import Home

_OLDEST = (3, 11)


def check_computer(platform_name: str) -> Iterator[Finding]:
    """Python and platform."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= _OLDEST:
        yield right("python.ok", "python", f"Python {version}, {sys.executable}")
    else:
        fix = "Install Counterfoil with Python 3.11 or newer."
        command = "pipx reinstall counterfoil --python python3.11"
        yield wrong("python.old", "python", f"Python {version} is too old.", fix, command=command)
    if platform_name in PLATFORMS:
        yield right("platform.ok", "platform", platform.platform())
    else:
        found = f"Counterfoil does not run on {platform_name} yet."
        yield wrong("platform.unsupported", "platform", found, "Use Linux or macOS for the time being.")


def check_home(home: Home) -> Iterator[Finding]:
    """The folder of the vaults belongs to this person alone."""
    name = "data folder"
    if not home.data.is_dir():
        yield wrong("home.missing", name, f"{home.data} does not exist yet.", "Set it up.", command="counterfoil setup")
        return
    open_to_others = [path for path in _private_paths(home) if not is_private(path)]
    for path in open_to_others:
        found = f"Other users of this computer may enter or read {path}, or it is not yours."
        code = "database.open" if path.name.startswith(home.database.name) else "home.open"
        yield not_private(code, name, path, found)
    if not open_to_others:
        yield right("home.ok", name, f"{home.data}, yours alone")


def check_database(home: Home) -> Iterator[Finding]:
    """While no agent runs: the databases of this home and of its co-signer, read and not changed."""
    from counterfoil.store.migrations import APPLICATION_ID, schema_files

    for name, path in (("database", home.database), ("co-signer's database", home.cosigner.database)):
        if not path.is_file():
            continue
        try:
            with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2) as database:
                verdict = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
                owner = database.execute("PRAGMA application_id").fetchone()[0]
                version = database.execute("PRAGMA user_version").fetchone()[0]
            database.close()
        except sqlite3.Error as error:
            verdict, owner, version = str(error), APPLICATION_ID, 0
        if verdict != "ok" or owner != APPLICATION_ID:
            fix = "Sign nothing here. Bring the vault back from your files, or on your other device."
            yield wrong("database.damaged", name, f"{path} is damaged, or not Counterfoil's.", fix)
        elif version > schema_files()[-1][0]:
            found = f"{path} was written by a newer Counterfoil."
            yield wrong("database.newer", name, found, "Update Counterfoil.", command="pipx upgrade counterfoil")
        else:
            yield right("database.ok", name, f"{path} is whole")


def _private_paths(home: Home) -> list[Path]:
    folders = [home.data, home.data / "native", home.cosigner.data]
    files = [home.lock_file]
    for database in (home.database, home.cosigner.database):
        files += [database, *(database.with_name(f"{database.name}-{part}") for part in ("wal", "shm"))]
    return [path for path in (*folders, *files) if path.exists()]
