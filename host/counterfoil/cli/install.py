"""``counterfoil install``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterfoil.cli.browsers.installation import install_manifests, targets
from counterfoil.cli.browsers.kinds import NAMES, Computer, browsers_here, browsers_named
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.run import Run

BrowserNames = Annotated[
    list[str] | None,
    typer.Option(
        "--browser", metavar="NAME", help=f"{', '.join(NAMES)} or all; may be repeated. Left out: those found here."
    ),
]
UserDataDir = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Only for a Chromium that is started with this --user-data-dir."),
]


@command("install")
def install(run: Run, *, browser: BrowserNames = None, user_data_dir: UserDataDir = None) -> None:
    """Tell the browsers where Counterfoil is.

    Writes the browsers' host manifests and the script that they start. Can be repeated.
    """
    written = write_manifests(run, browser, user_data_dir)

    def human() -> None:
        for name, changed in written.items():
            run.screen.say(f"{'written' if changed else 'already right'}: {name}")
        run.screen.say("The browsers can start Counterfoil now. A running browser needs no restart.")

    run.screen.show({"files": [{"path": name, "changed": changed} for name, changed in written.items()]}, human)


def write_manifests(run: Run, browser: list[str] | None, user_data_dir: Path | None) -> dict[str, bool]:
    """For each file whether it had to change. Raises: InputError, StorageError, UnsupportedPlatform"""
    computer = Computer(run.platform, run.environ)
    chosen = browsers_named(browser) if browser else browsers_here(computer)
    return install_manifests(run.home, computer, run.extension_source(), targets(computer, chosen, user_data_dir))
