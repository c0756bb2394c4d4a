"""Pages inside pages, and pages without an address: none of them gets a provider, none reaches the wallet."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from tests.devnet.dapp_server import DappServer
from tests.e2e.browser import Browser
from tests.e2e.hostile.world import SITE

FRAMES = {
    "of the same site": "<iframe src='/inner'></iframe>",
    "of another site": "<iframe src='OTHER' allow='publickey-credentials-get; publickey-credentials-create'></iframe>",
    "sandboxed": "<iframe sandbox='allow-scripts' src='/inner'></iframe>",
    "srcdoc": '<iframe srcdoc="<h1>inner</h1>"></iframe>',
    "sandboxed srcdoc": "<iframe sandbox='allow-scripts' srcdoc='<h1>inner</h1>'></iframe>",
    "about:blank": "<iframe src='about:blank'></iframe>",
    "data:": "<iframe src='data:text/html,<h1>inner</h1>'></iframe>",
    "javascript:": "<iframe src='javascript:1'></iframe>",
    "blob:": "<script>const f = document.createElement('iframe'); f.src = URL.createObjectURL(new Blob(['<h1>inner</h1>'],"
    " { type: 'text/html' })); document.documentElement.append(f);</script>",
}
ANNOUNCED = """() => { let found = 0; addEventListener("eip6963:announceProvider", () => { found += 1; });
  dispatchEvent(new Event("eip6963:requestProvider")); return found + (window.ethereum ? 1 : 0); }"""
ASKED = """() => new Promise((done) => {
  addEventListener("counterfoil:tell", (event) => { const told = JSON.parse(event.detail); if (told.id === "me") done(told.error); });
  dispatchEvent(new CustomEvent("counterfoil:ask", { detail: JSON.stringify({ id: "me",
    payload: JSON.stringify({ method: "eth_requestAccounts" }) }) }));
  setTimeout(() => done("silence"), 1000); })"""


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with Browser(
            playwright, profile=home / "profile", home=home / "home", host=None, hosts=["shop.example.test"]
        ) as one:
            yield one


def visit(browser: Browser, html: str, run: Callable[[Page], None]) -> None:
    with (
        DappServer(None, pages={"/inner": "<h1>inner</h1>"}) as other,
        DappServer(
            None, pages={"/": SITE + html.replace("OTHER", f"{other.url}inner"), "/inner": "<h1>inner</h1>"}
        ) as site,
    ):
        browser.worker()
        page = browser.visit(site.url)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("typeof wallet") == "object"
        run(page)


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_has_no_provider_and_nobody_who_listens(browser: Browser, kind: str) -> None:
    def run(page: Page) -> None:
        frame = page.frames[1]
        assert frame.evaluate(ANNOUNCED) == 0
        assert frame.evaluate(ASKED) == "silence"

    visit(browser, FRAMES[kind], run)


def test_a_blank_window_of_the_site_has_no_provider_of_its_own(browser: Browser) -> None:
    def run(page: Page) -> None:
        with page.expect_popup() as opened:
            page.evaluate("() => void open('about:blank')")
        assert opened.value.evaluate(ANNOUNCED) == 0
        assert opened.value.evaluate(ASKED) == "silence"

    visit(browser, "", run)


def test_a_page_that_is_not_secure_has_no_provider(browser: Browser) -> None:
    with DappServer(None, pages={"/": SITE}) as site:
        browser.worker()
        page = browser.visit(f"http://shop.example.test:{site.port}/")
        assert page.evaluate(ANNOUNCED) == 0
        assert page.evaluate(ASKED) == "silence"
