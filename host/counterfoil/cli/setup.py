"""``counterfoil setup``: everything between installing the program and the first page in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from counterfoil.cli.browsers.extension import copied_extension, copy_extension
from counterfoil.cli.browsers.kinds import Browser, Computer, browsers_here, browsers_named
from counterfoil.cli.install import BrowserNames, UserDataDir, write_manifests
from counterfoil.cli.pair import await_pairings, compare
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run

_DEFAULT_WAIT = 600


@command("setup")
def setup(
    run: Run,
    *,
    browser: BrowserNames = None,
    user_data_dir: UserDataDir = None,
    wait: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="SECONDS", help="How long to wait for the browser; 600 at a terminal, 0 elsewhere."
        ),
    ] = None,
) -> None:
    """Set Counterfoil up, from here to the browser.

    Puts the extension where browsers can load it, tells the browsers about this program, starts it,
    says what to click, waits for the extension and pairs it. Can be repeated.
    """
    from counterfoil.protocol.profile import ProfileList

    say = run.screen.note
    folder = copied_extension(run.home)
    run.home.prepare()
    copied = copy_extension(run.extension_source(), folder)
    say(f"1. The extension is in {folder}" + ("" if copied else " (it was already)"))
    written = write_manifests(run, browser, user_data_dir)
    say(f"2. The browsers know where Counterfoil is ({len(written) - 1} of them were told)")
    with run.agent() as agent:
        say("3. Counterfoil runs on this computer")
        paired = bool(ask(agent, ProfileList, "profile_list").profiles)
        if not paired:
            say(*load_it(folder, _browsers(run, browser)))
            seconds = wait if wait is not None else _DEFAULT_WAIT if run.keyboard.is_terminal else 0
            if seconds > 0:
                compare(run, agent, await_pairings(run, agent, seconds))
                paired = True
    result = {"extension": str(folder), "manifests": list(written)[1:], "agent": "running", "paired": paired}
    run.screen.show(result, lambda: _say_next(run, paired=paired))


def load_it(folder: Path, browsers: list[Browser]) -> list[str]:
    """Exactly what to click, for each browser."""
    lines = ["4. Load the extension in your browser:"]
    pages = dict.fromkeys(browser.load_page for browser in browsers if not browser.is_firefox)
    if pages:
        lines += [
            f"   - open {' or '.join(pages)} and switch on “Developer mode”",
            f"   - press “Load unpacked” and choose {folder}",
        ]
    if any(browser.is_firefox for browser in browsers):
        lines += [
            "   In Firefox (until the next restart of the browser):",
            "   - open about:debugging#/runtime/this-firefox and press “Load Temporary Add-on”",
            f"   - choose {folder / 'manifest.json'}",
        ]
    return [*lines, "   Counterfoil's first page opens by itself and shows a code."]


def _browsers(run: Run, names: list[str] | None) -> list[Browser]:
    return browsers_named(names) if names else browsers_here(Computer(run.platform, run.environ))


def _say_next(run: Run, *, paired: bool) -> None:
    if paired:
        run.screen.say("The browser is paired. Go on in its page: your passkey, your vault, your recovery file.")
    else:
        run.screen.say("Then compare the code and pair the browser: counterfoil pair")
