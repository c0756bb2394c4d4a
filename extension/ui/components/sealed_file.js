/** Files that hold a sealed part of the key: saved, chosen again, protected by a passphrase typed twice. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { strength } from "../format.js";
import { fromBase64Url, toBase64Url } from "../bytes.js";
import { STRENGTH } from "../words.js";
import { sealPassphrase } from "../secrets.js";
import { Plain } from "./attempt.js";
import { form } from "./form.js";
import { field } from "./unlock.js";

/** @typedef {import("../h.js").Child} Child */

const LARGEST_FILE = 190_000;
export const SHORTEST = 10;
let hints = 0;

/** Hands a file to the browser to be saved. @param {string} name @param {string} content base64url */
export function save(name, content) {
  const url = URL.createObjectURL(new Blob([fromBase64Url(content)], { type: "application/octet-stream" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The chosen file as base64url. @param {FormData} data */
async function chosenFile(data) {
  const file = data.get("file");
  if (!(file instanceof File) || file.size === 0) throw new Plain("Choose the file that you saved.");
  if (file.size > LARGEST_FILE) throw new Plain("This file is too large to be a recovery file.");
  return toBase64Url(new Uint8Array(await file.arrayBuffer()));
}

/** Two fields, and a hint of the passphrase's strength. @param {string} label */
export function twice(label) {
  const typed = signal("");
  const hint = `strength-${(hints += 1)}`;
  return [
    field(label, "recovery", {
      autocomplete: "new-password",
      "aria-describedby": hint,
      oninput: (/** @type {Event} */ event) => (typed.value = /** @type {HTMLInputElement} */ (event.target).value),
    }),
    h("div", { id: hint, class: "stack tight" }, () => {
      const score = typed.value ? strength(typed.value) : null;
      return score === null
        ? h("p", { class: "small muted" }, "Four or five words that don't belong together are good. Write it down, away from this computer.")
        : [
            h("meter", { min: 0, max: 3, low: 1, high: 2, optimum: 3, value: Math.max(score, 0.25), "aria-label": "Strength" }),
            h("p", { class: "small muted", role: "status" }, STRENGTH[score]),
          ];
    }),
    field("The same once more", "again", { autocomplete: "new-password" }),
  ];
}

/** The passphrase of ``twice``, long enough and the same both times. @param {FormData} data */
export function passphraseOf(data) {
  const passphrase = String(data.get("recovery"));
  if (passphrase.length < SHORTEST) throw new Plain(`Take at least ${SHORTEST} characters.`);
  if (passphrase !== data.get("again")) throw new Plain("The two passphrases are not the same.");
  return passphrase;
}

/** A form that opens a saved file again. @param {import("../link.js").Link} link @param {Child} before @param {(opened: { content: string, passphrase: import("../../generated/protocol.js").SealedSecret }) => Promise<void>} work */
export function openAgain(link, before, work) {
  const fields = () => [
    before,
    h("label", { class: "field" }, h("span", null, "The file"), h("input", { type: "file", name: "file", required: true })),
    field("Its passphrase", "recovery"),
  ];
  return form("Open it", "Opening it", fields, async (data) => {
    const content = await chosenFile(data);
    await work({ content, passphrase: await sealPassphrase(link, String(data.get("recovery"))) });
  });
}
