import assert from "node:assert/strict";
import { test } from "node:test";
import { isSecureOrigin, readContext } from "../../extension/background/origin.js";
import { fromFault, readMethod } from "../../extension/background/eip1193.js";

const sender = { origin: "https://app.example", frameId: 0, documentId: "D", tab: { id: 7 } };

test("the context is what the browser says", () => {
  assert.deepEqual(readContext(sender, "x"), {
    context: { origin: "https://app.example", tab_id: 7, frame_id: 0, document_id: "D" },
  });
});

test("a browser that names no document gets the content script's name for it", () => {
  assert.equal(readContext({ ...sender, documentId: undefined }, "mine").context.document_id, "mine");
});

for (const origin of [undefined, "null", "", "http://example.com", "https://", "file://", "data:", "chrome-extension://a",
  "http://localhost.example.com", "http://127.0.0.1.example", "https://user@evil.example", "https://a/b", "http://localhost:1/x"]) {
  test(`refuses the origin ${origin}`, () => assert.ok("refusal" in readContext({ ...sender, origin }, "x")));
}
for (const origin of ["https://a.example", "https://a.example:8443", "http://localhost", "http://localhost:3000", "http://127.0.0.1:80"]) {
  test(`takes the origin ${origin}`, () => assert.ok(isSecureOrigin(origin)));
}

test("refuses frames and senders without a tab", () => {
  assert.ok("refusal" in readContext({ ...sender, frameId: 3 }, "x"));
  assert.ok("refusal" in readContext({ ...sender, tab: undefined }, "x"));
  assert.ok("refusal" in readContext(undefined, "x"));
});

test("faults get the numbers that pages know", () => {
  const fault = (code, reason) => fromFault({ code, reason, message: "m", remedy: null, details: {} }).code;
  assert.equal(fault(2002, "user_rejected"), 4001);
  assert.equal(fault(2004, "expired"), 4001);
  assert.equal(fault(2007, "not_paired"), 4100);
  assert.equal(fault(1005, "unknown_method"), 4200);
  assert.equal(fault(4005, "missing"), 4900);
  assert.equal(fault(2012, "rate_limited"), -32005);
  assert.equal(fault(9000, "internal"), -32603);
});

test("a mistake of ours shows a page nothing but that", () => {
  const { message } = fromFault({ code: 9000, reason: "internal", message: "secret trace", remedy: null, details: {} });
  assert.ok(!message.includes("trace"));
});

test("the method of a payload, or nothing", () => {
  assert.equal(readMethod('{"method":"eth_accounts"}'), "eth_accounts");
  assert.equal(readMethod("[]"), "");
  assert.equal(readMethod("{"), "");
  assert.equal(readMethod("null"), "");
});
