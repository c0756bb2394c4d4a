"""The page bends its own world, before and after the provider is injected: the wallet signs what its window showed, or errs."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.hostile.world import World

# What a page may hope: to see or change options, answers, messages, or how lists and promises behave.
BENDS = {
    "credentials": """
      const lie = () => Promise.resolve({ toJSON: () => ({}), id: "AAAA", rawId: new ArrayBuffer(3), type: "public-key", response: {} });
      Object.defineProperty(navigator, "credentials", { value: { get: lie, create: lie }, configurable: true });
      CredentialsContainer.prototype.get = CredentialsContainer.prototype.create = lie;
      PublicKeyCredential.prototype.toJSON = () => ({});
      PublicKeyCredential.parseRequestOptionsFromJSON = () => ({ challenge: new Uint8Array(32) });
      crypto.getRandomValues = (a) => a.fill(7); Crypto.prototype.randomUUID = () => "same";
    """,
    "messages": """
      const add = EventTarget.prototype.addEventListener;
      EventTarget.prototype.addEventListener = function (name, fn, how) {
        return add.call(this, name, name.startsWith("counterfoil") ? (e) => fn(new CustomEvent(name, { detail: "{}" })) : fn, how); };
      EventTarget.prototype.dispatchEvent = () => true;
      window.postMessage = MessagePort.prototype.postMessage = () => { throw new Error("bent"); };
      Object.defineProperty(CustomEvent.prototype, "detail", { get: () => '{"id":"x","payload":"{}"}' });
      window.CustomEvent = class extends Event {};
    """,
    "json": """
      JSON.stringify = () => '{"id":"bent","payload":"{}"}'; JSON.parse = () => ({ id: "bent" });
      Object.prototype.toJSON = function () { return { method: "eth_sign", params: [] }; };
      String.prototype.toJSON = () => "bent";
    """,
    "prototypes": """
      for (const key of ["method", "params", "id", "payload", "detail", "value", "get", "error", "once", "next", "result"]) {
        Object.defineProperty(Object.prototype, key, { get() { return undefined; }, set(v) {
          Object.defineProperty(this, key, { value: v, writable: true, configurable: true, enumerable: true }); }, configurable: true }); }
      Object.defineProperty(Array.prototype, 0, { set() {}, get() { return "0x00"; }, configurable: true });
      Array.prototype[Symbol.iterator] = function* () { yield "bent"; };
      Array.isArray = () => false; Function.prototype.apply = Function.prototype.call = () => undefined;
    """,
    "promises": """
      const then = Promise.prototype.then;
      Promise.prototype.then = function (a, b) { return then.call(this, () => a && a("0xbent"), b); };
      Promise.resolve = () => new Promise(() => {});
      window.Promise = class { constructor() {} then() {} };
      Reflect.apply = () => undefined; Object.create = () => ({}); Object.defineProperty = (o) => o;
    """,
}
READ = """([text, account]) => { window.seen = null;
  try { wallet.request({ method: "personal_sign", params: [text, account] }).then(
    (result) => { seen = { result }; }, (error) => { seen = { error: String(error) }; }); }
  catch (error) { window.seen = { error: String(error) }; } }"""


def sign_something(world: World, bend: str, *, before: bool) -> None:
    text = f"I agree to {bend[:8].strip()}"
    signatures = world.signatures()
    page = world.browser.context.new_page()
    world.me.attach(page)
    script = f"try {{ {bend} }} catch (error) {{ window.bendFailed = String(error); }}"
    if before:
        page.add_init_script(script)
    page.goto(world.site.url)
    if not before:
        page.evaluate(f"() => {{ {script} }}")
    rows = len(world.rows())
    with world.me.window() as window:
        page.evaluate(f"(args) => {{ ({READ})(args); }}", ["0x" + text.encode().hex(), world.account])
        page.wait_for_timeout(500)
        if (
            len(world.rows()) == rows
        ):  # it never got out of the page: an error, or nothing, for a page that broke itself
            return
        shown = window()
    expect(shown.locator("blockquote")).to_have_text(text)
    world.me.approve(shown)
    world.until(lambda: world.last()["state"] == "final", "the wallet goes on whatever the page does")
    assert world.signed_by_me(text, "0x" + world.last()["signed"].hex())
    assert world.signatures() == signatures + 2  # each party's own row


@pytest.mark.parametrize("bend", BENDS)
def test_a_page_that_bends_its_world_afterwards_gets_signed_what_the_window_showed(world: World, bend: str) -> None:
    sign_something(world, BENDS[bend], before=False)


@pytest.mark.parametrize("bend", BENDS)
def test_a_page_that_bends_its_world_first_gets_signed_what_the_window_showed_or_nothing(
    world: World, bend: str
) -> None:
    sign_something(world, BENDS[bend], before=True)


def test_getters_and_proxies_in_params_are_read_once_and_shown_as_they_are_signed(world: World) -> None:
    page = world.open()
    page.evaluate(
        """(account) => {
          let reads = 0;
          const call = { method: "eth_sendTransaction", params: [{ from: account,
            get to() { reads += 1; return reads === 1 ? "0x70997970C51812dc3A010C7d01b50e0d17dc79C8" : "0x" + "66".repeat(20); },
            value: new Proxy({}, { get: (_, key) => key === "toJSON" ? () => "0x" + (++reads).toString(16) : undefined }) }] };
          void ask("getter", call); }""",
        world.account,
    )
    world.until(lambda: bool(world.pending()) or page.evaluate("'getter' in answers"), "an answer or a request")
    for window in (p for p in world.browser.popups() if "approve" in p.url):
        expect(window.locator("main")).to_contain_text("0x709979")
        expect(window.locator("main")).not_to_contain_text("0x666666")


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("eight mebibytes", "() => ['0x' + '61'.repeat(4 << 20), account]"),
        ("nesting", "() => { let deep = []; for (let i = 0; i < 4000; i++) deep = [deep]; return deep; }"),
        ("a circle", "() => { const a = []; a.push(a); return a; }"),
        ("a big integer", "() => [{ from: account, value: 1n }]"),
        ("a huge number", "() => [{ from: account, to: account, value: 1e21 }]"),
        ("its own prototype", '() => [JSON.parse(\'{"__proto__": {"from": "0x00"}, "value": "0x1"}\')]'),
        ("an endless list", "() => Array(300000).fill({})"),
    ],
)
def test_params_that_no_wallet_wants_are_answered_and_hurt_nobody(world: World, name: str, make: str) -> None:
    page = world.open()
    page.evaluate(
        f"(account) => void ask({name!r}, {{ method: 'eth_sendTransaction', params: ({make})() }})", world.account
    )
    page.wait_for_function(f"() => {name!r} in answers", timeout=20_000)
    assert page.evaluate(f"answers[{name!r}].error.code") in {-32602, -32600, 4100}
    assert world.ask(page, "eth_chainId").result() == "0x7a69"
    assert not world.pending()
