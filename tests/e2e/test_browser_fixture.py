"""The furniture itself, proven on an extension and a host that exist for a moment only."""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.devnet import process
from tests.devnet.dapp_server import DappServer
from tests.e2e.browser import Browser, screenshots

# Any RSA key's public half would do; only the id that follows from it matters here.
KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoX6yktPO6WijGt4ehGGc5kftd2zEjkGv9hMqgXsT6HMfXLqDqg+Lt+o29+y9/AvgVF8W9lbbMDRL2JzN"
    "3BCYaElAd1OPEkfJ5Ksakon/96xbavBTAJD1DzmLql8Ee16urM8S6dT9wXU93FrGea5xyA0Dw/oZFNXVXIlUZgNSpaYh+YpdBV0hre7JFT7nkfVLT7kg24x0uaqK"
    "a0t6CZmOWwZjPmGvROLWMUmBC/lUfeQ9U1kf99V1BtHU6uCyfHLQl4U2NJyw2krhzWNo90pl2YfgX2z84SkOGS+oQMy/2ne6ERbAaq+bScxm5bsgufHeQEVC7qqX"
    "qnuPX68VPEb/XQIDAQAB"
)
MANIFEST = {
    "manifest_version": 3,
    "name": "throwaway",
    "version": "1",
    "key": KEY,
    "permissions": ["nativeMessaging"],
    "background": {"service_worker": "worker.js"},
}
WORKER = """
let wakes = 0;
chrome.runtime.onMessage.addListener((message, sender, answer) => {
  wakes += 1;
  if (message === "wakes") answer(wakes);
  if (message === "window") chrome.windows.create({ type: "popup", url: "page.html", width: 380, height: 600 });
  if (message === "host") {
    chrome.runtime.sendNativeMessage("app.counterfoil.host", { ping: 1 }, (said) =>
      answer(said ?? { failed: chrome.runtime.lastError.message }));
    return true;
  }
});
"""
PAGE = (
    "<!doctype html><meta charset=utf-8><title>page</title><style>:root{color-scheme:light dark}</style><h1>Hello</h1>"
)
HOST = """
import json, os, struct, subprocess, sys
size = struct.unpack("=I", sys.stdin.buffer.read(4))[0]
asked = json.loads(sys.stdin.buffer.read(size))
left = subprocess.Popen(["sleep", "600"], start_new_session=True, stdin=-3, stdout=-3, stderr=-3)
said = json.dumps({"asked": asked, "home": os.environ["COUNTERFOIL_HOME"], "left": left.pid, "caller": sys.argv[1]}).encode()
sys.stdout.buffer.write(struct.pack("=I", len(said)) + said)
"""
CREATE = """async () => {
  const made = await navigator.credentials.create({ publicKey: {
    challenge: new Uint8Array(32), rp: { name: "x" }, user: { id: new Uint8Array(16), name: "x", displayName: "x" },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }], extensions: { prf: { eval: { first: new Uint8Array(32) } } },
    authenticatorSelection: { residentKey: "required", userVerification: "required" } } });
  const prf = made.getClientExtensionResults().prf;
  return [made.id, prf.enabled, new Uint8Array(prf.results.first).length];
}"""
GET = """async () => {
  const given = await navigator.credentials.get({ publicKey: {
    challenge: new Uint8Array(32), allowCredentials: [], userVerification: "required" } });
  const data = new Uint8Array(given.response.authenticatorData);
  return { id: given.id, flags: data[32], counter: new DataView(data.buffer).getUint32(33) };
}"""


@pytest.fixture
def browser(launch: Callable[..., Browser], short_tmp: Path) -> Browser:
    folder = short_tmp / "extension"
    folder.mkdir()
    for name, text in {
        "manifest.json": json.dumps(MANIFEST),
        "worker.js": WORKER,
        "page.html": PAGE,
        "host.py": HOST,
    }.items():
        (folder / name).write_text(text)
    return launch(extension=folder, host=[sys.executable, "-I", "-u", str(folder / "host.py")])


def ask(page: Page, message: str) -> object:
    return page.evaluate("(m) => new Promise((done) => chrome.runtime.sendMessage(m, done))", message)


def test_the_extension_loads_under_the_id_of_its_key(browser: Browser) -> None:
    assert browser.worker().url == browser.url("worker.js")
    assert browser.open("page.html").title() == "page"


def test_the_host_runs_in_its_own_home_and_leaves_nothing_running(browser: Browser, short_tmp: Path) -> None:
    browser.worker()
    said = ask(browser.open("page.html"), "host")
    assert isinstance(said, dict)
    assert said["asked"] == {"ping": 1}
    assert said["home"] == str(short_tmp / "home")
    assert said["caller"] == browser.url("")
    assert said["left"] in process.carrying("COUNTERFOIL_HOME", str(short_tmp / "home"))
    browser.__exit__(None, None, None)
    assert process.carrying("COUNTERFOIL_HOME", str(short_tmp / "home")) == []


def test_without_a_host_manifest_the_extension_is_told(
    launch: Callable[..., Browser], browser: Browser, short_tmp: Path
) -> None:
    lonely = launch(extension=short_tmp / "extension", host=None)
    lonely.worker()
    assert ask(lonely.open("page.html"), "host") == {"failed": "Specified native messaging host not found."}


def test_a_killed_worker_comes_back_fresh(browser: Browser) -> None:
    browser.worker()
    page = browser.open("page.html")
    assert [ask(page, "wakes"), ask(page, "wakes")] == [1, 2]
    browser.kill_worker(page)
    assert ask(page, "wakes") == 1


def test_finds_the_window_that_the_extension_opens(browser: Browser) -> None:
    browser.worker()
    page = browser.open("page.html")
    with browser.popup(path="page.html") as popup:
        ask(page, "window")
    window = popup()
    assert window is not page
    assert window.evaluate("outerWidth") == 380
    browser.attach_authenticator(window)
    assert window.evaluate(CREATE)[1] is True


def test_a_passkey_moves_between_pages_and_its_counter_goes_on(browser: Browser) -> None:
    with DappServer(None, pages={"/": PAGE}) as site:
        first = browser.visit(site.url)
        here = browser.attach_authenticator(first)
        made, prf_enabled, prf_bytes = first.evaluate(CREATE)
        assert (prf_enabled, prf_bytes) == (True, 32)
        before = first.evaluate(GET)
        assert before["flags"] == 0x05
        assert here.touches == 2

        second = browser.visit(site.url)
        there = browser.attach_authenticator(second, here.credentials())
        after = second.evaluate(GET)
        assert after["id"] == made
        assert after["counter"] == before["counter"] + 1
        assert (there.touches, browser.touches) == (1, 3)


def test_the_person_can_be_made_to_fail(browser: Browser) -> None:
    with DappServer(None, pages={"/": PAGE}) as site:
        page = browser.visit(site.url)
        person = browser.attach_authenticator(page)
        page.evaluate(CREATE)
        person.spoil("isBadUV")
        assert page.evaluate(GET)["flags"] == 0x01
        person.spoil("isBadUP")
        assert page.evaluate(GET)["flags"] == 0x04
        person.spoil()
        assert page.evaluate(GET)["flags"] == 0x05


def test_pictures_show_both_schemes_and_zoom(browser: Browser, tmp_path: Path) -> None:
    browser.worker()
    page = browser.open("page.html")
    page.set_viewport_size({"width": 380, "height": 600})
    taken = screenshots(page, tmp_path, "hello")
    assert [picture.name for picture in taken] == [
        "hello-light.png",
        "hello-dark.png",
        "hello-light-200.png",
        "hello-dark-200.png",
    ]
    sizes = [struct.unpack(">II", picture.read_bytes()[16:24]) for picture in taken]
    assert sizes == [(380, 600)] * 4
    assert len({picture.read_bytes() for picture in taken}) == 4
    assert page.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [380, False]


def test_the_test_dapp_loads_and_reaches_nobody_outside(browser: Browser, dapp: DappServer) -> None:
    page = browser.context.new_page()
    reached: list[str] = []
    page.on("response", lambda response: reached.append(response.url))
    page.goto(dapp.url)
    page.wait_for_load_state("networkidle")
    assert "E2E Test Dapp" in page.title()
    assert page.evaluate("isSecureContext && 'credentials' in navigator")
    assert page.locator("button").count() > 100
    assert {url for url in reached if not url.startswith((dapp.origin, "data:", "blob:"))} == set()


def test_named_hosts_lead_here(launch: Callable[..., Browser], browser: Browser, short_tmp: Path) -> None:
    other = launch(extension=short_tmp / "extension", hosts=["*.example.test"])
    with DappServer(None, pages={"/": PAGE}) as site:
        assert other.visit(f"http://shop.example.test:{site.port}/").title() == "page"
