import assert from "node:assert/strict";
import { test } from "node:test";
import { INFO, seal } from "../../extension/ui/hpke.js";
import { fromBase64Url, toBase64Url } from "../../extension/ui/bytes.js";

const text = (words) => new TextEncoder().encode(words);

test("a box is enc, ciphertext and tag, and never the same twice", async () => {
  const { publicKey } = await crypto.subtle.generateKey({ name: "X25519" }, true, ["deriveBits"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  const one = await seal(raw, text("secret"), text("aad"));
  const two = await seal(raw, text("secret"), text("aad"));
  assert.equal(one.length, 32 + 6 + 16);
  assert.notDeepEqual(one, two);
  assert.equal(new TextDecoder().decode(INFO), "counterfoil/seal/1");
});

test("refuses a key of small order", async () => {
  await assert.rejects(seal(new Uint8Array(32), text("secret"), text("aad")));
});

test("bytes survive base64url", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.deepEqual(fromBase64Url(toBase64Url(bytes)), bytes);
  assert.doesNotMatch(toBase64Url(bytes), /[+/=]/);
});
