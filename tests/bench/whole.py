"""The whole wallet: a real browser, agent, co-signer, relay and node. Times a person would feel."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from playwright.sync_api import Page, expect, sync_playwright

from counterfoil.agent.client import AgentClient
from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home
from tests.bench.row import Row
from tests.devnet import process
from tests.devnet.anvil import ETHER, Anvil
from tests.e2e.browser import Browser
from tests.e2e.persona import Persona
from tests.fakes.person import EXTENSION, Person

SIGNATURES = 15
SENDS = 7
PERSON_SECONDS = 1.5
"""Nobody approves two requests faster: the next worker is warm by then."""

_ROUND_TRIPS = """async (count) => {
  const port = chrome.runtime.connect({ name: "panel" });
  const waiting = new Map();
  port.onMessage.addListener((m) => { const f = waiting.get(m.id); if (f) { waiting.delete(m.id); f(); } });
  const call = (id) => new Promise((done) => { waiting.set(id, done); port.postMessage({ id, method: "lock_state", params: {} }); });
  const times = [];
  for (let id = 1; id <= count; id += 1) {
    const start = performance.now();
    await call(id);
    times.push(performance.now() - start);
  }
  port.disconnect();
  return times;
}"""


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as folder:
        yield from asyncio.run(_signing(Path(folder) / "headless"))
        yield from _browser(Path(folder))


async def _signing(folder: Path) -> list[Row]:
    """From the touch's answer to the finished signature: checks on both parties, the ceremony, the disk."""
    home = Home.at(folder)
    os.environ["COUNTERFOIL_HOME"] = str(folder)
    await asyncio.to_thread(ensure_agent, home)
    try:
        async with (
            AgentClient.connect(home) as terminal,
            AgentClient.connect(home, client="browser", caller=EXTENSION) as window,
        ):
            person = Person(window, terminal)
            await person.pair()
            await person.make_home_passkey()
            await person.make_vault()
            asking = asyncio.create_task(person.ask("eth_requestAccounts"))
            await person.decide((await person.waiting())[0])
            address = (await asking)[0]
            times = [await _one_signature(person, address) for _ in range(SIGNATURES)]
    finally:
        process.reap("COUNTERFOIL_HOME", str(folder))
    return [Row("sign over loopback relay, wall", round(median(times[2:]) * 1000, 1), "ms")]


async def _one_signature(person: Person, address: str) -> float:
    asking = asyncio.create_task(person.ask("personal_sign", ["0x" + b"Hello".hex(), address]))
    request = (await person.waiting())[0]
    spent = 0.0
    call = person.window.call

    async def timed(method: str, params: object = None) -> object:
        nonlocal spent
        start = perf_counter()
        answer = await call(method, params)
        if method == "request_answer":
            spent = perf_counter() - start
        return answer

    await asyncio.sleep(PERSON_SECONDS)
    person.window.call = timed
    try:
        await person.decide(request)
    finally:
        person.window.call = call
    await asking
    return spent


def _browser(folder: Path) -> Iterator[Row]:
    with (
        Anvil() as node,
        sync_playwright() as playwright,
        Browser(playwright, profile=folder / "profile", home=folder / "home") as browser,
    ):
        me = Persona(browser)
        set_up = me.open_set_up()
        me.pair(set_up)
        me.use_node(node.url)
        me.make_home_passkey(set_up)
        me.make_vault(set_up)
        me.prove_recovery_file(set_up, me.save_recovery_file(set_up, folder))
        trips = set_up.evaluate(_ROUND_TRIPS, 300)
        yield Row("extension → agent → back", round(median(trips), 2), "ms")
        with browser.context.expect_page() as opened:
            set_up.get_by_role("button", name="Open the test page").click()
        page = opened.value
        me.attach(page)
        me.connect(page, lambda: page.get_by_role("button", name="Connect").click())
        expect(page.get_by_role("log")).to_contain_text("Connected: 0x")
        account = (page.get_by_role("log").text_content() or "").split("Connected: ")[1][:42]
        node.fund(account, 100 * ETHER)
        times = [_send(me, page, count) for count in range(1, SENDS + 1)]
        yield Row("call → window painted", round(median(painted for painted, _ in times)), "ms")
        yield Row("approve → hash, virtual person", round(median(done for _, done in times)), "ms")


def _send(me: Persona, page: Page, count: int) -> tuple[float, float]:
    """(milliseconds from the page's call to its sentence in the window, from Approve to the hash in the page)."""
    with me.browser.popup(path="extension/ui/approve.html") as popup:
        page.evaluate(
            """() => {
              window.answer = new Promise((resolve) => addEventListener("eip6963:announceProvider", async ({ detail }) => {
                const [from] = await detail.provider.request({ method: "eth_accounts" });
                window.asked = Date.now();
                detail.provider.request({ method: "eth_sendTransaction", params: [{ from, to: from, value: "0x1" }] })
                  .then(() => resolve(Date.now()), () => resolve(0));
              }, { once: true }));
              dispatchEvent(new Event("eip6963:requestProvider"));
            }"""
        )
        window = popup()
    window.locator("#approve").wait_for()
    painted = window.evaluate("() => Date.now()")
    asked = page.evaluate("() => window.asked")
    me.attach(window)
    button = window.locator("#approve")
    expect(button).to_be_enabled(timeout=20_000)
    clicked = window.evaluate("() => Date.now()")
    button.click()
    hashed = page.evaluate("() => window.answer")
    assert hashed, f"send {count} failed"
    me.carry_all()
    me.finish(window)
    return painted - asked, hashed - clicked
