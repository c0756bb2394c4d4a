import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentError, Native, readLastError } from "../../extension/native.js";

const STATE = { paired: true, onboarding: "done", locked: false, pending_requests: 0, cosigner: "running", relay_url: null };
const HELLO = { protocol: 1, version: "1", schema_sha256: "0", role: "profile", state: STATE };

/** A port whose other side is a function from frame to reply. */
function fakePort(reply) {
  const listeners = { message: [], gone: [] };
  const port = {
    sent: [],
    onMessage: { addListener: (f) => listeners.message.push(f) },
    onDisconnect: { addListener: (f) => listeners.gone.push(f) },
    postMessage(frame) {
      port.sent.push(frame);
      queueMicrotask(() => {
        const answer = reply(frame);
        if (answer) port.say(answer);
      });
    },
    say: (frame) => listeners.message.forEach((f) => f(frame)),
    drop: () => listeners.gone.forEach((f) => f(port)),
    disconnect: () => {},
  };
  return port;
}

const greet = ({ id, method }) => {
  if (method === "stub_hello") return { id, result: { stub_version: "1", protocols: [1], agent: "running" } };
  if (method === "agent_hello") return { id, result: HELLO };
  return null;
};

function native(reply = greet, more = {}) {
  const ports = [];
  const said = { statuses: [], events: [] };
  const it = new Native({
    connect: () => {
      ports.push(fakePort(reply));
      return ports.at(-1);
    },
    lastError: () => "Native host has exited.",
    proof: async () => ({ profile_id: "a".repeat(32), token: "t" }),
    forget: async () => void (said.forgot = true),
    onEvent: (name, data) => said.events.push([name, data]),
    onStatus: (status) => said.statuses.push(status.link),
    version: "1",
    schema: null,
    ...more,
  });
  return { it, ports, said };
}

test("says hello once for many calls, the stub first", async () => {
  const { it, ports } = native(({ id, method }) => (method === "site_list" ? { id, result: { sites: [] } } : greet({ id, method })));
  await Promise.all([it.call("site_list", {}), it.call("site_list", {})]);
  assert.equal(ports.length, 1);
  assert.deepEqual(ports[0].sent.map((frame) => frame.method), ["stub_hello", "agent_hello", "site_list", "site_list"]);
  assert.equal(it.status.link, "ready");
  assert.equal(it.status.paired, true);
});

test("a lost port ends every call with a sentence, and the next call opens another", async () => {
  const { it, ports } = native();
  await it.ready();
  const call = it.call("site_list", {});
  await Promise.resolve();
  ports[0].drop();
  await assert.rejects(call, (error) => error instanceof AgentError && error.fault.code === 4005);
  await it.ready();
  assert.equal(ports.length, 2);
});

test("an answer of the wrong form is an error, not a value", async () => {
  const { it } = native(({ id, method }) => (method === "site_list" ? { id, result: { sites: 3 } } : greet({ id, method })));
  await assert.rejects(it.call("site_list", {}), (error) => error.fault.reason === "invalid_message");
});

test("no common protocol is a state of its own", async () => {
  const { it } = native(({ id }) => ({ id, result: { stub_version: "9", protocols: [9], agent: "running" } }));
  await assert.rejects(it.ready());
  assert.equal(it.status.link, "incompatible");
});

test("a proof that no longer holds is forgotten, and hello said without it", async () => {
  const { it, ports, said } = native(({ id, method, params }) =>
    method === "agent_hello" && params.profile
      ? { id, error: { code: 2007, reason: "not_paired", message: "m", remedy: null, details: {} } }
      : method === "agent_hello" ? { id, result: { ...HELLO, role: "browser" } } : greet({ id, method }));
  await it.ready();
  assert.equal(said.forgot, true);
  assert.equal(it.status.paired, false);
  assert.equal(ports.length, 1);
});

test("an agent that went away behind its stub is a lost connection", async () => {
  const { it, ports } = native();
  await it.ready();
  const call = it.call("request_approve", {});
  await Promise.resolve();
  ports[0].say({ event: "stub_state", seq: 1, data: { agent: "starting" } });
  await assert.rejects(call, (error) => error.fault.code === 4005);
  assert.notEqual(it.status.link, "ready");
});

test("a quick call that is never answered ends by itself", async (t) => {
  const { it } = native();
  await it.ready();
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const call = it.call("site_list", {});
  await Promise.resolve();
  await Promise.resolve();
  t.mock.timers.tick(15_000);
  await assert.rejects(call, (error) => /does not answer/.test(error.message));
});

test("looking again keeps a connection that works", async () => {
  const { it, ports } = native();
  await it.ready();
  await it.retry();
  assert.equal(ports.length, 1);
});

test("what browsers say of a host that can't be started", () => {
  assert.equal(readLastError("Specified native messaging host not found.")[0], "missing");
  assert.equal(readLastError("No such native application app.counterfoil.host")[0], "missing");
  assert.equal(readLastError("Access to the specified native messaging host is forbidden.")[0], "forbidden");
  assert.equal(readLastError("Native host has exited.")[0], "broken");
});
