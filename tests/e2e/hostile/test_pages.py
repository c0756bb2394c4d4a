"""The page itself is the attacker: it can have its passkey sign anything, and say anything to the wallet."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.e2e.hostile.attacks import ASSERT, base64url, replays, say, site_passkey
from tests.e2e.hostile.world import World


def test_a_page_that_touches_its_passkey_with_a_challenge_of_its_own_gets_nothing_signed(world: World) -> None:
    page = world.open()
    before = world.signatures()
    asked, window = world.window(lambda: world.ask_text(page))
    expect(window.locator("#approve")).to_be_enabled()
    page.bring_to_front()
    response = page.evaluate(ASSERT, [site_passkey(world), base64url(bytes(32))])
    say(world, page, replays(world, response))
    assert world.ask(page, "request_answer", response).error()["code"] == 4200
    assert not asked.is_answered
    assert world.last()["state"] == "proposed"
    assert world.signatures() == before


def test_a_page_that_captured_the_challenge_gets_nothing_signed_but_by_the_window(world: World) -> None:
    page = world.open()
    before = world.signatures()
    person = world.me.pages[page]
    person.keep_waiting()
    page.evaluate(
        """() => { window.busy = new AbortController();
          void navigator.credentials.get({ signal: busy.signal, publicKey: { challenge: new Uint8Array(32) } }).catch(() => 0); }"""
    )
    asked, window = world.window(lambda: world.ask_text(page))
    world.me.approve(window)
    expect(window.get_by_role("alert")).to_contain_text("Nothing was signed", timeout=20_000)
    page.evaluate("() => busy.abort()")
    person.keep_waiting(False)
    challenge = world.last()["challenge"]
    assert challenge
    page.bring_to_front()
    response = page.evaluate(ASSERT, [site_passkey(world), base64url(challenge)])
    say(world, page, replays(world, response))
    assert world.ask(page, "request_answer", response).error()["code"] == 4200
    assert (world.last()["state"], world.signatures()) == ("consented", before)
    window.bring_to_front()
    world.me.approve(window)
    assert world.signed_by_me("Hello", asked.result())


FORGED = [
    "null",
    "[]",
    "{",
    '{"id": 1, "payload": "{}"}',
    '{"id": "", "payload": "{}"}',
    json.dumps({"id": "x" * 65, "payload": "{}"}),
    json.dumps({"id": "a", "payload": {"method": "eth_accounts"}}),
    json.dumps({"type": "call", "id": "b"}),
    json.dumps({"__proto__": {"id": "c", "payload": "{}"}}),
    json.dumps({"id": "__proto__", "payload": "not json"}),
    json.dumps({"id": "constructor", "payload": "[[]]"}),
    json.dumps({"id": "d", "payload": '{"method": "eth_accounts", "method": "eth_sign"}'}),
    json.dumps({"id": "e", "payload": json.dumps({"method": "eth_accounts", "origin": "https://bank.example"})}),
    json.dumps({"id": "f", "payload": "[" * 5000 + "]" * 5000}),
    json.dumps({"id": "g", "payload": '{"method": "\\ud800"}'}),
]


def test_forged_calls_change_nothing_and_the_next_real_call_works(world: World) -> None:
    page = world.open()
    rows = len(world.rows())
    page.evaluate(
        """(texts) => { window.told = [];
          addEventListener("counterfoil:tell", (event) => told.push(JSON.parse(event.detail)));
          for (const detail of texts) dispatchEvent(new CustomEvent("counterfoil:ask", { detail })); }""",
        FORGED,
    )
    answered = ["__proto__", "constructor", "d", "e", "f", "g"]
    page.wait_for_function("(ids) => ids.every((id) => told.some((t) => t.id === id))", arg=answered)
    told = {item["id"]: item for item in page.evaluate("told") if "id" in item}
    assert sorted(told) == sorted(answered)
    assert all(item["error"]["code"] == -32602 for item in told.values()), told
    assert world.ask(page, "eth_accounts").result() == [world.account]
    assert len(world.rows()) == rows


@pytest.mark.parametrize(
    "method",
    ["request_approve", "request_refuseAll", "provider_request", "lock_unlock", "vault_create", "profile_begin",
     "agent_shutdown", "extension.touch", "wallet_invokeSnap", "constructor", "__proto__"],
)  # fmt: skip
def test_a_page_reaches_no_method_of_the_agent(world: World, method: str) -> None:
    page = world.open()
    assert world.ask(page, method, {}).error()["code"] in {4200, -32602}


def test_what_a_page_tells_itself_deceives_only_itself(world: World) -> None:
    page = world.open()
    say(
        world,
        page,
        [
            {"event": "accountsChanged", "data": ["0x" + "66" * 20]},
            {"event": "connect", "data": {"chainId": "0x1", "accounts": ["0x" + "66" * 20]}},
            {"event": "disconnect", "data": {"message": "gone"}},
            {"id": None, "error": None},
            {"id": "toString", "result": 1},
        ],
    )
    assert world.ask(page, "eth_accounts").result() == [world.account]
    assert world.ask(page, "eth_chainId").result() == "0x7a69"


def test_a_page_reaches_neither_files_nor_pages_of_the_extension(world: World) -> None:
    page = world.open()
    files = ["manifest.json", "extension/ui/approve.html", "extension/ui/approve/main.js", "extension/inpage.js"]
    reached = page.evaluate(
        """(urls) => Promise.all(urls.flatMap((url) => [
          fetch(url).then(() => `fetch ${url}`, () => ""),
          import(url).then(() => `import ${url}`, () => ""),
          new Promise((done) => { const image = new Image(); image.onload = () => done(`img ${url}`);
            image.onerror = () => done(""); image.src = url; }),
        ]))""",
        [world.browser.url(file) for file in files],
    )
    assert set(reached) == {""}
    assert page.evaluate("typeof chrome === 'undefined' || chrome.runtime === undefined")


def test_no_page_frames_the_approval_window_or_opens_it(world: World) -> None:
    page = world.open()
    asked, window = world.window(lambda: world.ask_text(page))
    url = world.browser.url("extension/ui/approve.html")
    page.evaluate(
        """(url) => new Promise((done) => { const frame = document.createElement("iframe");
          frame.onload = frame.onerror = done; frame.src = url; document.body.append(frame); })""",
        url,
    )
    assert all(frame.url != url or not frame.query_selector("#approve") for frame in page.frames[1:])
    with world.browser.context.expect_page() as opened:
        page.evaluate("(url) => void open(url)", url)
    assert not opened.value.query_selector("#approve")
    assert not asked.is_answered and not window.is_closed()
