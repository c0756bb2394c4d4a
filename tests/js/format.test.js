import assert from "node:assert/strict";
import { test } from "node:test";
import * as format from "../../extension/ui/format.js";

test("amounts are cut and never rounded up", () => {
  assert.deepEqual(format.amount("1999999999999999999", 18, "en"), {
    short: "1.999999",
    full: "1.999999999999999999",
    cut: true,
  });
  assert.equal(format.amount("1500000000000000000", 18, "en").short, "1.5");
  assert.equal(format.amount("0", 18, "en").full, "0");
  assert.equal(format.amount("1", 18, "en").short, "0.000000000000000001");
  assert.equal(format.amount("1234567", 0, "en").short, "1,234,567");
});

test("the largest u256 keeps every digit", () => {
  const most = (2n ** 256n - 1n).toString();
  assert.equal(format.amount(most, 0, "en").full.replaceAll(",", ""), most);
  assert.equal(format.amount(most, 78, "en").full.replace(/\D/g, ""), `0${most}`);
});

test("grouping and decimal point follow the locale", () => {
  assert.equal(format.amount("1234500000", 6, "de").short, "1.234,5");
});

test("invisible and direction-turning characters are named", () => {
  assert.equal(format.visible("a\u202eb\u200bc\u0000"), "a‹U+202E›b‹U+200B›c‹U+0000›");
  assert.equal(format.visible("a\nb"), "a‹U+000A›b");
  assert.equal(format.visibleLines("a\nb\u2066"), "a\nb‹U+2066›");
  assert.equal(format.visible("ünïcode 漢字"), "ünïcode 漢字");
});

test("an address shows its first and last six in full", () => {
  const parts = format.addressParts("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed");
  assert.deepEqual(parts, { prefix: "0x", head: "5aAeb6", middle: "053F3E94C9b9A09f33669435E7Ef", tail: "1BeAed" });
  assert.equal(format.shortAddress("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"), "0x5aAeb6…1BeAed");
});

test("only the part that somebody owns is marked in an origin", () => {
  assert.deepEqual(format.originParts("https://app.example.co.uk:8443", "example.co.uk"), {
    before: "https://app.",
    domain: "example.co.uk",
    after: ":8443",
  });
  assert.deepEqual(format.originParts("http://localhost:3000", "localhost"), {
    before: "http://",
    domain: "localhost",
    after: ":3000",
  });
  assert.equal(format.originParts("https://evil.example", "other.example").domain, "https://evil.example");
});

test("no link but https and this computer", () => {
  assert.equal(format.safeLink(["javascript", "alert(1)"].join(":")), null);
  assert.equal(format.safeLink("http://example.com/"), null);
  assert.equal(format.safeLink(" https://x.example/"), null);
  assert.equal(format.safeLink("https://etherscan.io/tx/0x1"), "https://etherscan.io/tx/0x1");
});

test("longer and more various passphrases are stronger", () => {
  const scores = ["aaaaaaaaaaaaaaaa", "password12", "violin moss lantern", "harbor violin seventeen moss lantern"];
  assert.deepEqual(scores.map(format.strength), [...scores.map(format.strength)].sort());
  assert.equal(format.strength("aaaaaaaaaaaaaaaa"), 0);
  assert.equal(format.strength("harbor violin seventeen moss lantern"), 3);
});
