/** Small parts that every screen shares: addresses, origins, amounts, links, quotations. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { addressParts, amount, originParts, safeLink, shortAddress, visible } from "../format.js";

/** An address with its first and last six bold; copying takes it whole. @param {string} text */
export function address(text) {
  const { prefix, head, middle, tail } = addressParts(text);
  return h("span", { class: "address", translate: "no", dir: "ltr" }, prefix, h("b", null, head), middle, h("b", null, tail));
}

/** A short address, with all of it one click away. @param {string} text */
export function foldedAddress(text) {
  const open = signal(false);
  return h("span", null, () =>
    open.value
      ? address(text)
      : h(
          "button",
          { type: "button", class: "plain small", "aria-label": `Show the whole address ${text}`, onclick: () => (open.value = true) },
          address(shortAddress(text)),
        ),
  );
}

/** @param {string} origin @param {string} domain */
export function wholeOrigin(origin, domain) {
  if (origin === "cli") return h("p", { class: "origin" }, h("b", null, "The command line on this computer"));
  if (origin === "wallet") return h("p", { class: "origin" }, h("b", null, "Counterfoil"));
  const parts = originParts(origin, domain);
  return h("p", { class: origin.length > 60 ? "origin long" : "origin", translate: "no", dir: "ltr" }, parts.before, h("b", null, parts.domain), parts.after);
}

/** A number of base units; every digit is one click away. @param {string} units @param {number} decimals @param {string} symbol */
export function money(units, decimals, symbol) {
  const { short, full, cut } = amount(units, decimals);
  if (!cut) return h("span", null, full, " ", symbol);
  const whole = signal(false);
  return h("span", null, () =>
    whole.value
      ? `${full} ${symbol}`
      : h("button", { type: "button", class: "plain", title: full, "aria-label": `${short} ${symbol}, show every digit`, onclick: () => (whole.value = true) }, `${short}… ${symbol}`),
  );
}

/** @param {string | null} url @param {string} text */
export function outside(url, text) {
  const safe = safeLink(url);
  return safe ? h("a", { href: safe, target: "_blank", rel: "noreferrer noopener" }, text) : null;
}

/** @param {string} text @param {string} [what] */
export function copyButton(text, what = "Copy") {
  const done = signal(false);
  return h(
    "button",
    {
      type: "button",
      onclick: async () => {
        await navigator.clipboard.writeText(text);
        done.value = true;
        setTimeout(() => (done.value = false), 2000);
      },
    },
    h("span", { role: "status" }, () => (done.value ? "Copied" : what)),
  );
}

/** A command for a terminal, one press away from the clipboard. @param {string} text */
export const command = (text) => h("div", { class: "command" }, h("code", null, text), copyButton(text));

/** A name that somebody else chose. @param {string} text */
export const foreign = (text) => h("bdi", null, visible(text));
