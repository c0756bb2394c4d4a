"""A second extension with permission for every site: it can assert the site's passkey, but not in the site's name."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hostile.attacks import ASSERT, base64url, replays, site_passkey
from tests.e2e.hostile.world import World

HOSTILE = Path(__file__).resolve().parents[2] / "fakes" / "hostile_extension"
# An unpacked extension without a key has the id of its path.
ID = "".join(chr(ord("a") + int(digit, 16)) for digit in hashlib.sha256(str(HOSTILE).encode()).hexdigest()[:32])


@pytest.fixture(scope="module")
def browser_options() -> dict[str, Any]:
    return {"others": [HOSTILE]}


def attack(world: World) -> Page:
    """A page of the hostile extension; it got hold of the site's passkey."""
    return world.me.visit(f"chrome-extension://{ID}/attack.html")


def test_its_assertion_names_its_own_origin_and_is_refused_even_from_the_wallets_own_window(world: World) -> None:
    page = world.open()
    before = world.signatures()
    world.me.pages[page].keep_waiting()
    asked, window = world.window(lambda: world.ask_text(page))
    world.me.approve(window)
    expect(window.get_by_role("heading", name=re.compile("Touch your passkey"))).to_be_visible(timeout=20_000)
    rogue = attack(world)
    response = rogue.evaluate(ASSERT, [site_passkey(world), base64url(world.last()["challenge"])])
    said = world.hand_in(window, response)
    assert said["error"]["code"] == 2005
    assert said["error"]["reason"] == "ORIGIN"
    assert (world.last()["state"], world.signatures()) == ("consented", before)
    assert not asked.is_answered
    world.me.carry(rogue)


def test_it_cannot_make_or_use_a_home_passkey(world: World) -> None:
    rogue = attack(world)
    refused = rogue.evaluate(
        """(id) => Promise.all([id, `chrome-extension://${id}`].map((rpId) =>
          navigator.credentials.get({ publicKey: { rpId, challenge: new Uint8Array(32), userVerification: "required" } })
            .then(() => "given", (error) => error.name)))""",
        world.browser.id,
    )
    assert refused == ["SecurityError", "SecurityError"]


def test_it_reaches_neither_the_worker_nor_the_agent(world: World) -> None:
    rogue = attack(world)
    said = rogue.evaluate(
        """async (id) => {
          const last = (act) => new Promise((done) => act((said) => done(chrome.runtime.lastError?.message ?? said ?? null)));
          const port = (name) => new Promise((done) => { const p = chrome.runtime.connect(id, { name });
            p.onMessage.addListener(() => done("it answered"));
            p.onDisconnect.addListener(() => done(chrome.runtime.lastError?.message ?? "closed"));
            try { p.postMessage({ id: 1, method: "request_list", params: { pending: true, before: null, limit: 1 } }); } catch {} });
          return [
            await last((done) => chrome.runtime.sendMessage(id, { type: "call", id: "x", payload: "{}" }, done)),
            await port("panel"), await port("page:forged"),
            await last((done) => chrome.runtime.sendNativeMessage("app.counterfoil.host", { id: 1, method: "stub_hello", params: {} }, done)),
          ]; }""",
        world.browser.id,
    )
    assert said[:3] == ["Could not establish connection. Receiving end does not exist."] * 3
    assert said[3] == "Access to the specified native messaging host is forbidden."


def test_what_it_says_in_the_sites_page_approves_nothing(world: World) -> None:
    page = world.open()
    before = world.signatures()
    asked, window = world.window(lambda: world.ask_text(page))
    expect(window.locator("#approve")).to_be_enabled()
    rogue = attack(world)
    response = rogue.evaluate(ASSERT, [site_passkey(world), base64url(bytes(32))])
    world.me.carry(rogue)
    page.evaluate(
        "(detail) => void dispatchEvent(new CustomEvent('hostile:say', { detail }))",
        json.dumps(replays(world, response)),
    )
    assert world.ask(page, "eth_chainId").result() == "0x7a69"  # what was said before has been heard by now
    assert (world.last()["state"], world.signatures()) == ("proposed", before)
    assert not asked.is_answered


def test_it_cannot_run_a_script_in_the_approval_window(world: World) -> None:
    page = world.open()
    asked, window = world.window(lambda: world.ask_text(page))
    rogue = attack(world)
    refused = rogue.evaluate(
        """async (id) => {
          const tabs = (await chrome.tabs.query({})).filter((tab) => tab.url?.includes(id));
          return Promise.all(tabs.map((tab) => chrome.scripting.executeScript({ target: { tabId: tab.id },
            func: () => document.querySelector("#approve").click() }).then(() => "ran", (error) => String(error)))); }""",
        world.browser.id,
    )
    assert "ran" not in refused
    assert not asked.is_answered
    assert world.last()["state"] == "proposed"
    assert not window.is_closed()
