"""``counterfoil uninstall``."""

from __future__ import annotations

from pathlib import Path

from counterfoil.cli.browsers.installation import targets, uninstall_manifests
from counterfoil.cli.browsers.kinds import Computer, browsers_named
from counterfoil.cli.install import BrowserNames, UserDataDir
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.run import Run


@command("uninstall")
def uninstall(run: Run, *, browser: BrowserNames = None, user_data_dir: UserDataDir = None) -> None:
    """Take back what `install` wrote.

    Nothing else is removed: vaults, passkeys and recovery files stay.
    """
    computer = Computer(run.platform, run.environ)
    only: list[Path] | None = None
    if browser or user_data_dir is not None:
        only = [file for file, _ in targets(computer, browsers_named(browser or []), user_data_dir)]
    removed = uninstall_manifests(run.home, computer, only)

    def human() -> None:
        for name in removed:
            run.screen.say(f"removed: {name}")
        if not removed:
            run.screen.say("Nothing was installed.")
        run.screen.say(f"Your vaults stay in {run.home.data}.")

    run.screen.show({"removed": removed, "home": str(run.home.data)}, human)
