/** What the person reads before deciding. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { shorten, time, visible } from "../format.js";
import { address, foldedAddress, foreign, money } from "../components/text.js";
import { changes, details, findings, messageText, simulated } from "../components/request.js";
import { ACTS } from "../words.js";

/** @typedef {import("../../generated/protocol.js").RequestView} RequestView */
/** @typedef {import("../signals.js").Signal<string[]>} Chosen */
/** @typedef {import("../signals.js").Signal<RequestView["simulation"]>} Simulation */

/** @param {RequestView} view @param {Chosen} chosen @param {Simulation} simulation */
export function review(view, chosen, simulation) {
  if (view.kind === "connect") return connection(view, chosen);
  return ACTS.has(view.kind) ? act(view) : signature(view, simulation);
}

/** The wallet's own repeat what was seen before, or do nothing. @param {RequestView} view */
const isSimulated = ({ kind, method }) => kind === "transaction" && !method.startsWith("request_");

const LONG_SENTENCE = 90;
/** Values longer than this have a line of their own. */
const WIDE = 30;

/** @param {RequestView} view */
const sentence = (view) => h("h1", { id: "what", class: view.sentence.length > LONG_SENTENCE ? "long" : null }, visible(view.sentence));

/** What the address is to this request. @param {RequestView} view */
function whom({ kind, changes: all, to }) {
  if (kind === "typed_data") return "Contract";
  const spends = all.some(({ direction, counterparty }) => direction === "permission" && counterparty !== null && counterparty.toLowerCase() === to?.toLowerCase());
  return spends ? "Spender" : "To";
}

/** @param {RequestView} view @param {Simulation} simulation */
function signature(view, simulation) {
  const dangers = view.findings.filter(({ level }) => level === "danger");
  const rest = view.findings.filter(({ level }) => level !== "danger");
  return h(
    "div",
    { class: "stack" },
    sentence(view),
    findings(dangers),
    changes(view.changes),
    h(
      "dl",
      { class: "pairs" },
      view.to && [h("dt", { class: "wide" }, whom(view)), h("dd", { class: "wide" }, address(view.to))],
      view.fee && [h("dt", null, "Fee at most"), h("dd", null, money(view.fee.cap, view.fee.decimals, shorten(view.fee.symbol, 24)))],
    ),
    isSimulated(view) && h("section", { class: "simulation", role: "status", "aria-label": "Simulation" }, () => simulated(simulation.value, view)),
    view.kind === "administration" && h("dl", { class: "pairs" }, view.details.map(({ label, value }) => [h("dt", { class: "wide" }, label), h("dd", { class: "wide" }, visible(value))])),
    findings(rest),
    messageText(view),
    h("div", null, h("div", { id: "read-to-here" }), details(view)),
  );
}

/** A network, a node, a token: all that is taken over stands open. @param {RequestView} view */
function act(view) {
  return h(
    "div",
    { class: "stack" },
    sentence(view),
    h(
      "dl",
      { class: "pairs" },
      view.to && [h("dt", { class: "wide" }, "Contract"), h("dd", { class: "wide" }, address(view.to))],
      view.details.map(({ label, value }) => {
        const wide = value.length > WIDE ? "wide" : null;
        return [h("dt", { class: wide }, visible(label)), h("dd", { class: wide ? "wide mono" : null }, foreign(value))];
      }),
    ),
    findings(view.findings),
    h("p", { class: "muted small" }, "Nothing is signed by this."),
  );
}

/** @param {RequestView} view @param {Chosen} chosen */
function connection(view, chosen) {
  const { account_choices: choices } = view;
  if (chosen.peek().length === 0 && choices[0]) chosen.value = [choices[0].account_id];
  const toggle = (/** @type {string} */ id, /** @type {boolean} */ on) => {
    const rest = chosen.peek().filter((other) => other !== id);
    chosen.value = on ? [...rest, id] : rest;
  };
  return h(
    "div",
    { class: "stack" },
    sentence(view),
    h(
      "fieldset",
      { class: "stack tight" },
      h("legend", { class: "label" }, "With which address"),
      choices.map(({ account_id, name, address: text, kind }) =>
        h(
          "label",
          { class: "choice" },
          h("input", {
            type: "checkbox",
            name: "account",
            checked: () => chosen.value.includes(account_id),
            onchange: (/** @type {Event} */ event) => toggle(account_id, /** @type {HTMLInputElement} */ (event.target).checked),
          }),
          h("span", { class: "grow" }, h("strong", null, foreign(name)), kind === "safe" && [" ", h("span", { class: "tag" }, "Safe")], h("br"), foldedAddress(text)),
        ),
      ),
    ),
    h(
      "section",
      { class: "stack tight" },
      h("h2", { class: "label" }, "What the site may do"),
      h(
        "ul",
        { class: "grants small" },
        h("li", null, "See this address, what it holds and what it did"),
        h("li", null, "Ask you to sign: each time in this window, each time with a touch"),
        h("li", { class: "not" }, "It can't move anything by itself"),
      ),
    ),
    () =>
      view.site_passkey === "none" &&
      choices.some(({ account_id, kind }) => kind === "vault" && chosen.value.includes(account_id)) &&
      h(
        "p",
        { class: "notice wash" },
        "Next: a passkey is made in the site's own page, then you touch your home passkey here. From then on only that page can ask for a signature.",
      ),
    findings(view.findings),
    details(view),
  );
}

/** Shows the time that is left when it is short. @param {RequestView} view */
export function countdown(view) {
  const left = signal(secondsLeft(view));
  const timer = setInterval(() => {
    left.value = secondsLeft(view);
    if (left.peek() <= 0) clearInterval(timer);
  }, 1000);
  return h("span", { class: "small muted", title: `Expires ${time(view.expires_at)}` }, () =>
    left.value > 60 ? "" : left.value > 0 ? `${left.value} s left` : "Expired",
  );
}

/** @param {RequestView} view */
export const secondsLeft = ({ expires_at }) => Math.max(0, Math.ceil(expires_at - Date.now() / 1000));
