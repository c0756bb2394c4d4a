"""A person at their computer: pairs, sets up, connects, approves; every step through what a person would click.

The passkeys are one person's on one device, but Chromium's virtual authenticators belong to one page each: they are
carried along, counters included. Only the set-up tab keeps the PRF secret, so it is kept open for unlocking.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Locator, Page, expect

from tests.devnet import process
from tests.e2e.authenticator import Authenticator, Credential
from tests.e2e.browser import REPOSITORY, Browser

RECOVERY = "tundra lantern oyster fiddle"
CHAIN = "eip155:31337"


class Persona:
    """``with Browser(...) as browser: me = Persona(browser); me.set_up(folder); page = me.visit(url)``."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.home: Page | None = None
        self.passkeys: dict[str, Credential] = {}
        self.pages: dict[Page, Authenticator] = {}

    # ── the terminal ─────────────────────────────────────────────────────────────────────────────
    def terminal(self, *words: str, given: str = "", check: bool = True) -> str:
        """Run the command line in this wallet's home; what it printed."""
        ran = subprocess.run(
            [sys.executable, "-m", "counterfoil", *words],
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=process.environment(
                {"COUNTERFOIL_HOME": str(self.browser.home), "PYTHONPATH": str(REPOSITORY / "host"), "NO_COLOR": "1"}
            ),
        )
        if check and ran.returncode != 0:
            raise AssertionError(f"counterfoil {' '.join(words)}: {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def listed(self, *words: str) -> dict[str, Any]:
        """What a command prints with ``--json``."""
        return dict(json.loads(self.terminal(*words, "--json")))

    def use_node(self, url: str) -> None:
        """Work on the local chain."""
        self.terminal("chain", "set-endpoint", CHAIN, url)
        self.terminal("chain", "use", CHAIN)

    # ── the set-up ───────────────────────────────────────────────────────────────────────────────
    def open_set_up(self) -> Page:
        """The onboarding tab, which an installed extension opens by itself, with its authenticator."""
        with self.browser.popup(path="extension/ui/onboarding.html") as opened:
            page = self._page_at("extension/ui/onboarding.html") or opened()
        page.bring_to_front()  # a passkey answers only in the focused tab
        self.home = page
        self.attach(page)
        return page

    def pair(self, page: Page) -> None:
        """Compare the code with the terminal and confirm it there."""
        shown = page.locator("output.code")
        expect(shown).to_be_visible(timeout=20_000)
        self.terminal("profile", "confirm", (shown.text_content() or "").replace(" ", ""))

    def make_home_passkey(self, page: Page) -> None:
        page.bring_to_front()  # a tab in the background may not use passkeys
        page.get_by_role("button", name="Make the passkey").click()
        expect(page.get_by_role("heading", name="Make your vault")).to_be_visible(timeout=20_000)
        self.carry(page)

    def make_vault(self, page: Page, meanwhile: Callable[[], Any] = lambda: None) -> None:
        """``meanwhile`` runs while the parties make the key."""
        page.get_by_label("Passphrase of the recovery file").fill(RECOVERY)
        page.get_by_label("The same once more").fill(RECOVERY)
        page.get_by_role("button", name="Make the vault").click()
        meanwhile()
        expect(page.get_by_role("heading", name="Save the recovery file")).to_be_visible(timeout=60_000)

    def save_recovery_file(self, page: Page, folder: Path) -> Path:
        with page.expect_download() as download:
            page.get_by_role("button", name="Save the file").click()
        saved = folder / download.value.suggested_filename
        download.value.save_as(saved)
        return saved

    def prove_recovery_file(self, page: Page, saved: Path) -> None:
        page.get_by_label("The file").set_input_files(saved)
        page.get_by_label("Its passphrase").fill(RECOVERY)
        page.get_by_role("button", name="Open it").click()
        expect(page.get_by_role("heading", name="Try it")).to_be_visible(timeout=60_000)

    def set_up(self, folder: Path) -> Page:
        """From the installed extension to a vault that may receive money; the tab it happened in."""
        page = self.open_set_up()
        self.pair(page)
        self.make_home_passkey(page)
        self.make_vault(page)
        self.prove_recovery_file(page, self.save_recovery_file(page, folder))
        return page

    # ── sites and windows ────────────────────────────────────────────────────────────────────────
    def visit(self, url: str) -> Page:
        """A site in a new tab, with this person's passkeys at hand."""
        page = self.browser.context.new_page()
        self.attach(page)
        page.goto(url)
        return page

    @contextmanager
    def window(self) -> Iterator[Callable[[], Page]]:
        """``with me.window() as window: <something asks>``, then ``window()`` is the approval window."""
        with self.browser.popup(path="extension/ui/approve.html") as popup:
            cached: list[Page] = []

            def found() -> Page:
                if not cached:
                    cached.append(popup())
                    self.attach(cached[0])
                return cached[0]

            yield found

    def approve(self, window: Page) -> None:
        """Read, and press Approve (or hold it where it must be held), and wait for the end."""
        button = window.locator("#approve")
        expect(button).to_be_visible(timeout=20_000)
        window.evaluate("document.querySelector('#read-to-here')?.scrollIntoView()")
        expect(button).to_be_enabled(timeout=20_000)
        if "hold" in (button.get_attribute("class") or ""):
            self._hold(window, button)
        else:
            button.click()

    def _hold(self, window: Page, button: Locator) -> None:
        """Hold for as long as it takes; as a person would, once more where the focus went elsewhere meanwhile."""
        for _ in range(3):
            expect(button).to_be_enabled(timeout=20_000)
            button.hover()
            window.mouse.down()
            window.wait_for_timeout(1900)
            window.mouse.up()
            if button.count() == 0:  # it stands only while there is something to approve
                return

    def finish(self, window: Page) -> None:
        """The result was read: close the window by its button."""
        self._leave(window, window.get_by_role("button", name=re.compile("^(Done|Close)$")))

    def refuse(self, window: Page) -> None:
        """Say no; the window goes."""
        self._leave(window, window.locator("#refuse, #done"))

    def _leave(self, window: Page, button: Locator) -> None:
        expect(button).to_be_visible(timeout=30_000)
        self.carry_all()  # what this window and the page made and counted
        try:
            button.click()
        except Error:
            if not window.is_closed():  # it goes while its button is still being clicked
                raise
        if not window.is_closed():
            window.wait_for_event("close", timeout=10_000)

    def connect(self, page: Page, ask: Callable[[], Any]) -> None:
        """``ask`` makes the page ask for accounts; approve it."""
        with self.window() as window:
            ask()
            shown = window()
        self.approve(shown)
        self.finish(shown)

    # ── passkeys ─────────────────────────────────────────────────────────────────────────────────
    @property
    def touches(self) -> int:
        """How often this person has touched a passkey."""
        return self.browser.touches

    def attach(self, page: Page) -> Authenticator:
        """Give a page its authenticator with all passkeys made so far."""
        if page not in self.pages:
            self.carry_all()
            self.pages[page] = self.browser.attach_authenticator(page, self.passkeys.values())
        return self.pages[page]

    def carry(self, page: Page) -> None:
        """Take this page's passkeys along, with their counters."""
        for credential in self.pages[page].credentials():
            known = self.passkeys.get(credential["credentialId"])
            if known is None or credential["signCount"] > known["signCount"]:
                self.passkeys[credential["credentialId"]] = credential

    def carry_all(self) -> None:
        """From every page that is still open."""
        for page in list(self.pages):
            if page.is_closed():
                del self.pages[page]
            else:
                self.carry(page)

    def _page_at(self, path: str) -> Page | None:
        return next((p for p in self.browser.context.pages if p.url.startswith(self.browser.url(path))), None)
