"""Runs the demo: ``python -m tests.demo [--show]``; ``./scripts/demo`` calls it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright
from rich.console import Console
from rich.markup import escape

from tests.demo.report import write_report
from tests.demo.story import Story
from tests.demo.walk import Walk
from tests.devnet.anvil import Anvil
from tests.e2e.browser import REPOSITORY, Browser

OUT = REPOSITORY / "build" / "demo"
SLOWLY = 350
"""Milliseconds between the person's acts, when somebody watches."""
INTRODUCTION = """\
Counterfoil keeps a wallet's key in three parts and lets two of them sign, and only what you read and touched.
This runs the real thing on this computer: browser, extension, companion, co-signer, relay and an Ethereum chain.
Only you and your passkey are played. Your own browser and wallet are left alone; all of it ends with the demo.
"""


def main() -> int:
    """The exit code: 0 when every step did what it says."""
    parser = argparse.ArgumentParser(prog="./scripts/demo", description=__doc__)
    parser.add_argument("--show", action="store_true", help="in a real window, slowly, and left open at the end")
    shown = parser.parse_args().show
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 100)
    if shown and not _has_display():
        console.print("There is no display to show a window on (DISPLAY and WAYLAND_DISPLAY are empty, or CI is set).")
        return 2
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    console.print(f"\n[bold]Counterfoil, from onboarding to a mined transaction[/]\n\n{INTRODUCTION}")
    story = Story(OUT, console)
    with tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as folder:
        try:
            _play(story, Path(folder), shown=shown)
        except (AssertionError, Error, OSError, RuntimeError, LookupError) as error:
            return _failed(story, error)
    return 0


def _play(story: Story, folder: Path, *, shown: bool) -> None:
    home = folder / "home"
    with (
        sync_playwright() as playwright,
        Anvil() as node,
        Browser(
            playwright, profile=folder / "profile", home=home, shown=shown, slow_mo=SLOWLY if shown else 0
        ) as browser,
    ):
        walk = Walk(story, browser, node, folder)
        try:
            walk.all()
        except BaseException:
            _keep_traces(browser, node, home)
            raise
        _close(story, walk)
        if shown:
            story.console.print("The window stays open until you close it.")
            browser.context.wait_for_event("close", timeout=0)


def _close(story: Story, walk: Walk) -> None:
    set_up, paid = walk.touches_of_set_up, walk.touches_of_payment
    summary = (
        f"{len(story.steps)} steps in {story.seconds:.0f} s. Touches of a passkey: {set_up} from nothing to a connected site, "
        f"{paid} for the signature. Three thefts tried, none signed."
    )
    report = write_report(story, summary)
    story.console.print(f"[bold green]Done.[/] {escape(summary)}")
    story.console.print(f"Pictures of every step: {escape(str(report.relative_to(REPOSITORY)))}\n", soft_wrap=True)


def _failed(story: Story, error: BaseException) -> int:
    where = story.steps[-1].title if story.steps else "Starting the browser and the chain"
    story.console.print(f"[bold red]Failed[/] at: {escape(where)}")
    story.console.print(escape(str(error).strip() or type(error).__name__), style="red")
    story.console.print(f"Logs and pictures of that moment: {(OUT / 'logs').relative_to(REPOSITORY)}/\n")
    return 1


def _keep_traces(browser: Browser, node: Anvil, home: Path) -> None:
    """Copy what explains a failure out of the folders that end with the demo."""
    logs = OUT / "logs"
    logs.mkdir()
    for number, page in enumerate(browser.context.pages):
        _picture(page, logs / f"page-{number}.png")
    (logs / "browser.log").write_text("\n".join(browser.console) + "\n")
    (logs / "chain.log").write_text(node.printed())
    for name, log in {"companion": home / "logs", "co-signer": home / "cosigner" / "logs"}.items():
        for file in log.glob("*.log"):
            shutil.copy(file, logs / f"{name}-{file.name}")


def _picture(page: Page, to: Path) -> None:
    try:
        page.screenshot(path=to, timeout=3_000)
    except Error:
        return  # a page that is going away has no picture


def _has_display() -> bool:
    return not os.environ.get("CI") and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
