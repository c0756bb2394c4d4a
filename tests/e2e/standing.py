"""A wallet that is set up already, for the tests of one module: set-up is the slow part, and they are not about it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Playwright, expect

from tests.devnet.anvil import ETHER, Anvil
from tests.devnet.dapp_server import DappServer
from tests.e2e.browser import Browser
from tests.e2e.persona import Persona

ASK = """({method, params}) => window.ethereum.request({method, params}).then(
    result => ({result}), ({code, message, data}) => ({code, message, data}))"""
START = """({name, method, params}) => { window[name] = window.ethereum.request({method, params}).then(
    result => ({result}), ({code, message, data}) => ({code, message, data})); }"""


@dataclass
class Standing:
    """Person, browser and node."""

    me: Persona
    node: Anvil

    @property
    def browser(self) -> Browser:
        return self.me.browser

    @contextmanager
    def visiting(self, url: str) -> Iterator[Page]:
        """A page, closed at the end; its passkeys are the person's and stay with them."""
        page = self.me.visit(url)
        try:
            yield page
        finally:
            self.me.carry_all()
            page.close()
            for left in self.browser.popups():
                if left is not self.me.home:
                    left.close()

    def connect(self, page: Page) -> str:
        """Connect by EIP-1193, if this site is not connected; the address as the page sees it."""
        seen = ask(page, "eth_accounts")["result"]
        if not seen:
            self.me.connect(page, lambda: start(page, "connecting", "eth_requestAccounts"))
            seen = answer(page, "connecting")["result"]
        self.node.fund(seen[0], 10 * ETHER)
        return str(seen[0])

    def approve(self, act: Callable[[], Any]) -> str:
        """``act`` makes the page ask; the person reads, approves and closes. What the window said."""
        with self.me.window() as window:
            act()
            shown = window()
        said = self.read(shown)
        self.me.approve(shown)
        self.me.finish(shown)
        return said

    def refuse(self, act: Callable[[], Any]) -> str:
        """The same, but the person says no."""
        with self.me.window() as window:
            act()
            shown = window()
        said = self.read(shown)
        with shown.expect_event("close"):
            shown.locator("#refuse").click()
        return said

    def read(self, window: Page) -> str:
        """All that the window says."""
        expect(window.locator("#approve")).to_be_visible(timeout=20_000)
        return window.locator("body").inner_text()


def ask(page: Page, method: str, params: Any = None) -> dict[str, Any]:
    """A call that needs nobody: ``{result}``, or ``{code, message, data}``."""
    return dict(page.evaluate(ASK, {"method": method, "params": params or []}))


def start(page: Page, name: str, method: str, params: Any = None) -> None:
    """A call that waits for the person; ``answer`` fetches its end."""
    page.evaluate(START, {"name": name, "method": method, "params": params or []})


def answer(page: Page, name: str) -> dict[str, Any]:
    """How a call ended that ``start`` made."""
    return dict(page.evaluate("name => window[name]", name))


@contextmanager
def standing(playwright: Playwright) -> Iterator[Standing]:
    """From nothing to a vault with a proven recovery file, on a local chain."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(
                tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True)
            )  # short: a socket
        )
        node = stack.enter_context(Anvil())
        browser = stack.enter_context(
            Browser(playwright, profile=folder / "profile", home=folder / "home", env={"HOME": str(folder)})
        )
        me = Persona(browser)
        page = me.open_set_up()
        me.pair(page)
        me.use_node(node.url)
        me.make_home_passkey(page)
        me.make_vault(page)
        me.prove_recovery_file(page, me.save_recovery_file(page, folder))
        yield Standing(me, node)


@contextmanager
def blank_site(**pages: str) -> Iterator[DappServer]:
    """An empty page on an origin of its own, so that a test has a site that nobody knows yet."""
    with DappServer(None, pages={"/": "<!doctype html><title>A site</title><h1>A site</h1>", **pages}) as server:
        yield server
