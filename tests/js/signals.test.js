import assert from "node:assert/strict";
import { test } from "node:test";
import { derived, effect, signal } from "../../extension/ui/signals.js";

test("an effect runs again when what it read changes, and not otherwise", () => {
  const a = signal(1);
  const b = signal(1);
  let runs = 0;
  effect(() => {
    runs += 1;
    void a.value;
  });
  a.value = 2;
  a.value = 2;
  b.value = 5;
  assert.equal(runs, 2);
});

test("inner effects end with the run that made them", () => {
  const outer = signal(0);
  const inner = signal(0);
  let runs = 0;
  effect(() => {
    void outer.value;
    effect(() => {
      runs += 1;
      void inner.value;
    });
  });
  outer.value = 1;
  runs = 0;
  inner.value = 1;
  assert.equal(runs, 1);
});

test("a derived signal moves only when its own value does", () => {
  const source = signal({ locked: false, other: 0 });
  const locked = derived(() => source.value.locked);
  let runs = 0;
  effect(() => {
    runs += 1;
    void locked.value;
  });
  source.value = { locked: false, other: 1 };
  assert.equal(runs, 1);
  source.value = { locked: true, other: 1 };
  assert.equal(runs, 2);
});
