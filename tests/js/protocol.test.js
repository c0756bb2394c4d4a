// The extension's own checks against ajv, an independent reader of the same schema.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import * as protocol from "../../extension/generated/protocol.js";

const schema = JSON.parse(readFileSync(new URL("../vectors/protocol/schema.json", import.meta.url), "utf8"));
const ajv = new Ajv({ strict: false, discriminator: false });
ajv.addSchema({ $id: "wire", $defs: schema.definitions });
const names = Object.keys(schema.definitions);
const oracles = new Map(names.map((name) => [name, ajv.getSchema(`wire#/$defs/${name}`)]));

/** Small, repeatable. */
function random(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SAMPLES = {
  "^(0|[1-9][0-9]{0,77})$": ["0", "1", "9".repeat(78)],
  "^[A-Za-z0-9_-]*$": ["", "AA-_", "Zm9v"],
  "^0x([0-9a-f]{2})*$": ["0x", "0x00ff"],
  "^[0-9a-f]{32}$": ["0".repeat(32), "0123456789abcdef".repeat(2)],
  "^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$": ["eip155:1", "bip122:000000000019d6689c085ae165831e93"],
};

/** A value that fits, chosen by `pick`. */
function sample(part, pick) {
  if (part.$ref) return sample(schema.definitions[part.$ref.split("/").pop()], pick);
  const choices = part.anyOf ?? part.oneOf;
  if (choices) return sample(choices[pick(choices.length)], pick);
  if ("const" in part) return part.const;
  if (part.enum) return part.enum[pick(part.enum.length)];
  switch (part.type) {
    case "string": {
      if (part.pattern) {
        assert.ok(SAMPLES[part.pattern], `no samples for ${part.pattern}`);
        return SAMPLES[part.pattern][pick(SAMPLES[part.pattern].length)];
      }
      const min = part.minLength ?? 0;
      const most = Math.min(part.maxLength ?? 8, 600);
      return ["a".repeat(Math.max(min, 1)), "𝒳".repeat(min), "é".repeat(most)][pick(3)];
    }
    case "integer":
      return [part.minimum ?? -3, part.maximum ?? 2 ** 53 - 1, Math.max(part.minimum ?? 0, 1)][pick(3)];
    case "boolean":
      return pick(2) === 1;
    case "null":
      return null;
    case "array":
      return Array.from({ length: pick(3) }, () => sample(part.items, pick));
    default:
      return part.properties
        ? Object.fromEntries(Object.entries(part.properties).map(([key, inner]) => [key, sample(inner, pick)]))
        : { anything: [1, { deep: null }] };
  }
}

const WRONG = [
  null, true, false, 0, -1, 1, 1.5, 2 ** 53, "", "x", "0x0", "0X00", "01", "\n", "0".repeat(33), "a".repeat(5000), "𝒳𝒳", "𝒳".repeat(65), "𝒳".repeat(64),
  [], [null], [{}], {}, { step: "done" }, { step: "__proto__" }, { length: 1 },
  `${"0".repeat(32)}\n`, "eip155:1\n", "1".repeat(79),
];

/** Every place in a value. */
function places(value, path = []) {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.keys(value).flatMap((key) => places(value[key], [...path, key]))];
}

/** A copy that differs in one place: another value there, a field less, or a field more. */
function mutate(value, pick) {
  const copy = structuredClone(value);
  const all = places(copy);
  const path = all[pick(all.length)];
  if (path.length === 0) return pick(2) && copy && typeof copy === "object" ? { ...copy, extra: 1 } : WRONG[pick(WRONG.length)];
  const parent = path.slice(0, -1).reduce((inner, key) => inner[key], copy);
  const key = path.at(-1);
  const how = pick(6);
  if (how === 0 && !Array.isArray(parent)) delete parent[key];
  else if (how === 1 && !Array.isArray(parent)) parent[`${key}x`] = parent[key];
  else parent[key] = WRONG[pick(WRONG.length)];
  return copy;
}

test("each definition has a check and each check a definition", () => {
  const checks = Object.keys(protocol).filter((name) => name.startsWith("check"));
  assert.deepEqual(checks.sort(), names.map((name) => `check${name}`).sort());
});

for (const name of names) {
  test(`${name}: our check and ajv agree on what fits and what does not`, () => {
    const check = protocol[`check${name}`];
    const oracle = oracles.get(name);
    const pick = random(names.indexOf(name) + 1);
    let refused = 0;
    for (let turn = 0; turn < 60; turn += 1) {
      const good = sample(schema.definitions[name], pick);
      assert.equal(oracle(good), true, JSON.stringify(oracle.errors));
      assert.equal(check(good), null);
      for (let change = 0; change < 8; change += 1) {
        const bad = mutate(good, pick);
        const fault = check(bad);
        assert.equal(fault === null, oracle(bad), `${JSON.stringify(bad).slice(0, 300)}: ${fault}`);
        refused += fault === null ? 0 : 1;
      }
    }
    assert.ok(refused > 60);
  });
}

test("a complaint names the place", () => {
  const found = protocol.checkVaultList({ vaults: [{ vault_id: "x" }] });
  assert.equal(found, "VaultList.vaults[0].vault_id: not of the agreed form");
});

test("names from the prototype are neither fields nor words", () => {
  const polluted = JSON.parse('{"__proto__": {"vaults": []}}');
  assert.equal(protocol.checkVaultList(polluted), "VaultList.vaults: missing");
  assert.equal(protocol.checkEmpty(JSON.parse('{"__proto__": {}}')), "Empty.__proto__: unknown field");
  assert.equal(protocol.checkNext({ next: { step: "constructor" } }), "Next.next.step: not one of the agreed words");
});

test("the table names each method's own checks", () => {
  for (const [name, row] of Object.entries(schema.methods)) {
    assert.equal(protocol.METHODS[name].params, protocol[`check${row.params}`]);
    assert.equal(protocol.METHODS[name].result, protocol[`check${row.result}`]);
  }
});

test("nothing evaluates text", () => {
  for (const file of ["generated/protocol.js", "shapes.js"]) {
    const source = readFileSync(new URL(`../../extension/${file}`, import.meta.url), "utf8");
    assert.doesNotMatch(source, /\beval\b|new Function|innerHTML|setTimeout/);
  }
});
