import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import vm from "node:vm";

const read = (name) => readFileSync(new URL(`../../extension/${name}`, import.meta.url), "utf8");
const SOURCE = read("inpage.js");

/** A page's world of its own, with the script in it; `asked` are the envelopes for the bridge. */
function page(before = "") {
  const context = vm.createContext({ console });
  const host = { setTimeout, crypto: globalThis.crypto };
  vm.runInContext("globalThis.window = globalThis;", context);
  context.host = host;
  vm.runInContext(
    `{ const H = host; globalThis.setTimeout = (f, ms) => H.setTimeout(f, ms); globalThis.crypto = { randomUUID: () => H.crypto.randomUUID() };
      const map = new Map();
      globalThis.Event = class { constructor(type) { this.type = type; } };
      globalThis.CustomEvent = class extends Event { constructor(type, init) { super(type); this._d = init?.detail; } get detail() { return this._d; } };
      globalThis.EventTarget = class {};
      EventTarget.prototype.addEventListener = function (t, f) { map.set(t, [...(map.get(t) ?? []), f]); };
      EventTarget.prototype.dispatchEvent = function (e) { for (const f of map.get(e.type) ?? []) f.call(this, e); return true; };
      globalThis.addEventListener = EventTarget.prototype.addEventListener; globalThis.dispatchEvent = EventTarget.prototype.dispatchEvent;
      globalThis.asked = []; globalThis.announced = [];
      addEventListener("counterfoil:ask", (e) => asked.push(e.detail));
      addEventListener("eip6963:announceProvider", (e) => announced.push(e.detail)); }
    globalThis.tell = (o) => dispatchEvent(new CustomEvent("counterfoil:tell", { detail: typeof o === "string" ? o : JSON.stringify(o) }));`,
    context,
  );
  vm.runInContext(before, context);
  vm.runInContext(SOURCE, context);
  vm.runInContext("globalThis.provider = announced[0].provider;", context);
  return (code) => vm.runInContext(code, context);
}

test("announces itself at once and whenever asked, frozen", () => {
  const run = page();
  assert.equal(run("announced.length"), 1);
  run('dispatchEvent(new Event("eip6963:requestProvider"))');
  assert.equal(run("announced.length"), 2);
  assert.equal(run("announced[0] === announced[1] && Object.isFrozen(announced[0]) && Object.isFrozen(announced[0].info) && Object.isFrozen(provider)"), true);
  assert.equal(run("announced[0].info.rdns"), "app.counterfoil");
  assert.match(run("announced[0].info.uuid"), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
});

test("a request settles with what the bridge tells", async () => {
  const run = page();
  const promise = run('provider.request({ method: "eth_chainId" })');
  const { id, payload } = JSON.parse(run("asked[0]"));
  assert.deepEqual(JSON.parse(payload), { method: "eth_chainId", params: [] });
  run(`tell({ id: ${JSON.stringify(id)}, result: "0x1" })`);
  assert.equal(await promise, "0x1");
  const bad = run('provider.request({ method: "x" })');
  run(`tell({ id: JSON.parse(asked[1]).id, error: { code: 4001, message: "no", data: { reason: "r" } } })`);
  await assert.rejects(bad, (error) => error.code === 4001 && error.message === "no" && error.data.reason === "r");
});

for (const [what, code] of [["no method", "provider.request({})"], ["nothing", "provider.request()"],  ["a circle", "(() => { const a = []; a.push(a); return provider.request({ method: 'a', params: a }); })()"], ["a bigint", "provider.request({ method: 'a', params: [1n] })"]]) {
  test(`refuses ${what} without asking anybody`, async () => {
    const run = page();
    await assert.rejects(run(code), (error) => [-32600, -32602].includes(error.code));
    assert.equal(run("asked.length"), 0);
  });
}

test("a page that bends its prototypes afterwards changes nothing", async () => {
  const run = page();
  run(`
    Object.prototype.toJSON = () => "bent"; Object.prototype.code = 1; Object.prototype.id = "x"; Object.prototype.detail = "bent";
    Object.defineProperty(Object.prototype, "method", { get: () => "eth_sign" });
    Object.defineProperty(Array.prototype, "0", { set() { throw new Error("bent"); }, configurable: true });
    Array.prototype[Symbol.iterator] = () => { throw new Error("bent"); };
    JSON.parse = JSON.stringify = () => { throw new Error("bent"); };
    globalThis.CustomEvent = class { constructor() { throw new Error("bent"); } };
    EventTarget.prototype.dispatchEvent = dispatchEvent;
    Map.prototype.get = Map.prototype.set = () => { throw new Error("bent"); };
    Reflect.apply = () => { throw new Error("bent"); };
    Object.freeze = Object.create = Object.defineProperty = () => { throw new Error("bent"); };
  `);
  // The stand-in for the browser's event target is made of arrays itself: only what is asked is looked at.
  run("globalThis.promise = provider.request({ method: 'eth_accounts' }).catch((e) => e.message)");
  assert.doesNotMatch(String(await Promise.race([run("promise"), "waits"])), /params|method/);
});

test("what a subscription brings is a message event", () => {
  const run = page();
  run(`globalThis.heard = []; provider.on("message", (m) => heard.push(JSON.stringify(m)));`);
  run(`tell({ event: "message", data: { type: "eth_subscription", data: { subscription: "0x1", result: {} } } })`);
  assert.deepEqual(JSON.parse(run("heard[0]")), { type: "eth_subscription", data: { subscription: "0x1", result: {} } });
});

test("listeners hear once each, in order, and one that throws stops nobody", () => {
  const run = page();
  run(`globalThis.heard = [];
    provider.on("accountsChanged", (a) => heard.push(["a", a])); globalThis.gone = () => heard.push(["gone"]); provider.on("accountsChanged", gone); provider.removeListener("accountsChanged", gone);
    provider.on("accountsChanged", () => heard.push(["b"]));
    tell({ event: "accountsChanged", data: ["0x1"] }); tell({ event: "accountsChanged", data: [] });`);
  assert.equal(run("JSON.stringify(heard)"), '[["a",["0x1"]],["b"],["a",[]],["b"]]');
});

test("chain and connection as EIP-1193 has them", () => {
  const run = page();
  run(`globalThis.heard = []; for (const n of ["connect", "disconnect", "chainChanged"]) provider.on(n, (d) => heard.push([n, d.chainId ?? d.code ?? d]));
    tell({ event: "connect", data: { chainId: "0x1", accounts: [] } }); tell({ event: "chainChanged", data: "0x5" });
    tell({ event: "disconnect", data: { message: "gone" } }); tell({ event: "disconnect", data: { message: "gone" } });
    tell({ event: "connect", data: { chainId: "0x5", accounts: [] } });`);
  assert.equal(run("JSON.stringify(heard)"), '[["connect","0x1"],["chainChanged","0x5"],["disconnect",4900],["connect","0x5"]]');
  assert.equal(run("provider.chainId + provider.isConnected()"), "0x5true");
});

test("answers for nobody, or for a prototype's name, are ignored", () => {
  const run = page();
  for (const id of ["__proto__", "constructor", "unknown"]) run(`tell({ id: "${id}", result: 1 })`);
});

test("the icon is the tally's logo", async () => {
  const { logoText } = await import("../../extension/ui/tally.js");
  const [, uri] = /icon: "data:image\/svg\+xml,([^"]*)"/.exec(SOURCE) ?? [];
  assert.equal(decodeURIComponent(uri ?? ""), logoText());
});

test("what every page carries stays small", () => {
  const sizes = ["inpage.js", "content.js"].map((name) => gzipSync(read(name), { level: 9 }).length);
  const bytes = sizes.reduce((sum, size) => sum + size);
  assert.ok(bytes <= 4000, `${bytes} bytes`);
});
