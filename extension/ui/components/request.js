/** The parts that say what a request does: findings, changes, text, details, progress. */
import { h } from "../h.js";
import { date, readJson, shorten, visible, visibleLines } from "../format.js";
import { tally } from "../tally.js";
import { partyKind, partyState } from "../words.js";
import { foldedAddress, foreign, money } from "./text.js";

/** @typedef {import("../../generated/protocol.js").RequestView} RequestView */
/** @typedef {import("../../generated/protocol.js").ChangeView} ChangeView */
/** @typedef {import("../../generated/protocol.js").FindingView} FindingView */
/** @typedef {import("../../generated/protocol.js").PartyProgress} PartyProgress */

const LEVELS = { danger: "Danger", caution: "Take care", info: "Good to know" };
const LONGEST_SYMBOL = 24;

/** @param {FindingView} of */
export function finding({ level, sentence, why, action }) {
  return h(
    "li",
    { class: `finding ${level}` },
    h("span", { class: "level" }, LEVELS[level]),
    h("strong", null, visible(sentence)),
    why && h("p", null, visible(why)),
    action && h("p", null, visible(action)),
  );
}

const ORDER = { danger: 0, caution: 1, info: 2 };

/** Worst first. @param {FindingView[]} all */
export function findings(all) {
  if (all.length === 0) return null;
  const sorted = [...all].sort((a, b) => ORDER[a.level] - ORDER[b.level]);
  return h("ul", { class: "stack tight", "aria-label": "What to weigh" }, sorted.map(finding));
}

const SIGNS = { out: "−", in: "+", permission: "!" };
const SAID = { out: "Leaves", in: "Arrives", permission: "Permission" };

/** @param {ChangeView} of */
function change({ direction, asset, amount, symbol, token_name, decimals, counterparty, expires_at }) {
  const unit = symbol === null ? null : shorten(symbol, LONGEST_SYMBOL);
  const what =
    amount === null
      ? h("span", null, "any amount of ", h("bdi", null, unit ?? "an unknown token"))
      : decimals === null || unit === null
        ? h("span", null, amount, " units of an unknown token")
        : money(amount, decimals, unit);
  const permitted = direction === "permission";
  return h(
    "li",
    { class: `change ${direction}` },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[direction]),
    h("span", { class: "amount" }, h("span", { class: "hidden-text" }, SAID[direction], " "), permitted && amount !== null ? "up to " : null, what),
    h(
      "div",
      { class: "rest small muted" },
      token_name && token_name !== symbol && h("div", null, h("bdi", null, shorten(token_name, 60))),
      unit === null && h("div", null, "token ", foldedAddress(asset)),
      counterparty && h("div", null, direction === "in" ? "from " : permitted ? "may be spent by " : "to ", foldedAddress(counterparty)),
      permitted && h("div", null, expires_at === null ? "for ever, until you take it back" : `until ${date(expires_at)}`),
    ),
  );
}

/** @param {ChangeView[]} all */
export const changes = (all) => (all.length ? h("ul", { class: "changes", "aria-label": "What changes" }, all.map(change)) : null);

/** @param {ChangeView[]} all */
const moves = (all) => JSON.stringify(all.filter(({ direction }) => direction !== "permission").map(({ direction, asset, amount }) => [direction, asset, amount]).sort());

/**
 * What the person's node says would happen, beside what the bytes say. @param {RequestView["simulation"]} found
 * @param {RequestView} view
 */
export function simulated(found, view) {
  if (!found) return h("p", { class: "small muted" }, "Asking your node what would happen…");
  const { level, sentence, failure } = found;
  const isSaid = failure && view.findings.some(({ code }) => code === failure.code);
  if (failure && !isSaid) return h("ul", null, finding(failure));
  if (level !== "simulated" || found.changes.length === 0) return h("p", { class: "small muted" }, visible(sentence));
  if (moves(found.changes) === moves(view.changes)) return h("p", { class: "small muted" }, visible(sentence), " It comes to the same.");
  return [h("h2", { class: "label" }, "What you would have more or less of"), changes(found.changes), h("p", { class: "small muted" }, visible(sentence))];
}

/** @param {unknown} value @returns {HTMLElement} */
function tree(value) {
  if (value === null || typeof value !== "object") return h("span", null, visibleLines(String(value)));
  return h(
    "dl",
    null,
    Object.entries(value).map(([key, inner]) => [
      h("dt", null, Array.isArray(value) ? `${Number(key) + 1}.` : visible(key)),
      h("dd", null, tree(inner)),
    ]),
  );
}

/** The site's own text, quoted and never styled; typed data as a labelled tree, nothing left out. @param {RequestView} view */
export function messageText({ text, kind }) {
  if (text === null) return null;
  const value = readJson(text);
  if (kind === "typed_data" && value !== null && typeof value === "object") {
    const { domain = {}, primaryType = "", message = value } = /** @type {any} */ (value);
    return h(
      "section",
      { class: "stack tight" },
      h("h2", { class: "label" }, "Made for"),
      h("div", { class: "tree" }, tree(domain)),
      h("h2", { class: "label" }, "What it says: ", foreign(String(primaryType))),
      h("div", { class: "tree" }, tree(message)),
    );
  }
  return h(
    "section",
    { class: "stack tight" },
    h("h2", { class: "label" }, "The site's text"),
    h("blockquote", { class: "quote" }, visibleLines(typeof value === "string" ? value : text)),
  );
}

/** @param {string} text */
const isLong = (text) => text.length > 48;

/** Bytes, hashes, nonce, words: folded. @param {RequestView} view */
export function details({ details: all, method, address }) {
  return h(
    "details",
    { class: "fold" },
    h("summary", null, "Details"),
    h(
      "div",
      { class: "stack tight" },
      h(
        "dl",
        { class: "pairs small" },
        h("dt", null, "Asked with"),
        h("dd", { class: "mono" }, visible(method)),
        address && [h("dt", null, "Your address"), h("dd", null, foldedAddress(address))],
        all
          .map(({ label, value }) => ({ label, value: plain(value) }))
          .filter(({ value }) => !isLong(value))
          .map(({ label, value }) => [h("dt", null, visible(label)), h("dd", { class: "mono" }, visible(value))]),
      ),
      all
        .map(({ label, value }) => ({ label, value: plain(value) }))
        .filter(({ value }) => isLong(value))
        .map(({ label, value }) => h("div", null, h("h2", { class: "label" }, visible(label)), h("div", { class: "raw" }, visibleLines(value)))),
    ),
  );
}

/** @param {string} json */
function plain(json) {
  const value = readJson(json);
  return typeof value === "string" ? value : JSON.stringify(value, null, 1);
}

/** Words and notches by which windows are matched. @param {{ words: string[], notches: number[] }} request */
export function requestWords({ words, notches }) {
  if (words.length === 0) return null;
  return h(
    "p",
    { class: "words" },
    tally({ notches, left: true, right: 1, parties: 1, size: 28, decorative: true }),
    h("span", null, "Request ", h("b", null, words.join(" "))),
  );
}

/** The tally as far as it has closed. @param {{ notches: number[], touched: boolean, parties: PartyProgress[], size?: number }} of */
export function progressTally({ notches, touched, parties, size = 112 }) {
  const done = parties.filter((party) => party.state === "done").length;
  return tally({ notches, left: touched, right: done, parties: parties.length, size });
}

/** The parties by name. @param {PartyProgress[]} parties */
export const partyList = (parties) => (parties.length ? h("ul", { class: "parties" }, parties.map(partyRow)) : null);

/** @param {PartyProgress} party */
function partyRow({ name, kind, state }) {
  return h(
    "li",
    { class: `party ${state}` },
    h("span", null, foreign(name), name.includes("computer") || kind === "recovery_file" ? null : h("span", { class: "muted small" }, ` ${partyKind(kind)}`)),
    h("span", { class: "state small muted" }, partyState(state)),
  );
}
