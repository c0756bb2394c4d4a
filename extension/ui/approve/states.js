/** What the window shows while a decision is carried out, and how it ended. */
import { h } from "../h.js";
import { host, visible } from "../format.js";
import { outside } from "../components/text.js";
import { finding, findings, messageText, partyList, progressTally } from "../components/request.js";
import { tally } from "../tally.js";
import { ACTS, ending, faultText, touchFailure } from "../words.js";

/** @typedef {import("./decision.js").Decision} Decision */
/** @typedef {import("../../generated/protocol.js").RequestView} RequestView */

/** @param {Decision} decision @param {RequestView} view */
function touchSentence(decision, view) {
  const step = decision.step.value;
  const site = host(view.origin);
  if (step?.step === "assert_home_passkey") return { heading: "Touch your home passkey", sentence: visible(step.why) };
  if (step?.step === "create_site_passkey") {
    return { heading: `Make a passkey for ${site}`, sentence: "Your browser asks in the site's own tab. Signatures for this site will need it." };
  }
  return { heading: `Touch your passkey for ${site}`, sentence: "Your browser asks in the site's own tab." };
}

/** @param {Decision} decision @param {RequestView} view */
export function waitingForOthers(decision, view) {
  const missing = () => decision.parties.value.filter(({ state }) => state !== "agreed").map(({ name }) => visible(name));
  return h(
    "div",
    { class: "centre", "aria-busy": "true" },
    () => progressTally({ notches: view.notches, touched: false, parties: decision.parties.value }),
    h(
      "div",
      { role: "status", class: "stack tight" },
      h("h1", null, () => `Waiting for ${missing().join(" and ")}`),
      h("p", { class: "muted" }, "Look at that device. It reads the bytes for itself and asks there, with the same four words. Then your passkey is wanted here."),
    ),
    () => partyList(decision.parties.value),
  );
}

/** @param {Decision} decision @param {RequestView} view */
export function working(decision, view) {
  const { notches } = view;
  return h(
    "div",
    { class: "centre", "aria-busy": "true" },
    () => progressTally({ notches, touched: decision.touched.value, parties: decision.parties.value }),
    h("div", { role: "status", class: "stack tight" }, () => {
      if (decision.phase.value === "touch") {
        const { heading, sentence } = touchSentence(decision, view);
        return [h("h1", null, heading), h("p", { class: "muted" }, sentence)];
      }
      if (ACTS.has(view.kind)) return h("h1", null, "One moment");
      const connecting = view.kind === "connect" || view.kind === "safe";
      return [
        h("h1", null, view.kind === "safe" ? "Making it" : connecting ? "Connecting" : "Signing together"),
        h("p", { class: "muted" }, connecting ? `Your parties take the new ${view.kind === "safe" ? "account" : "passkey"} on record.` : "Each party checks the bytes and the passkey for itself."),
      ];
    }),
    () => partyList(decision.parties.value),
  );
}

/** @param {Decision} decision @param {RequestView} view */
export function untouched(decision, view) {
  const failure = decision.failure.value ?? { name: "", message: "" };
  const step = decision.step.value?.step;
  const home = step === "assert_home_passkey";
  const text = home ? "Your home passkey was not touched. Nothing was signed." : touchFailure(failure, host(view.origin));
  return h(
    "div",
    { class: "centre" },
    tally({ notches: view.notches, parties: view.parties.length, size: 112 }),
    h("div", { role: "alert", class: "stack tight" }, h("h1", null, "No touch"), h("p", null, text)),
    !home &&
      h(
        "div",
        { class: "stack tight" },
        step === "assert_site_passkey" && h("button", { type: "button", class: "plain", id: "renew", onclick: () => void decision.renew() }, "Its passkey is gone: make a new one"),
        h("button", { type: "button", class: "plain", onclick: () => void decision.anotherWay() }, "It doesn't work in this page"),
      ),
    step === "assert_site_passkey" && h("p", { class: "muted small" }, "A passkey can be deleted by its site, your browser or you. Nothing else is lost with it: the page makes a new one, and you touch your home passkey to let it in."),
    h("details", { class: "fold" }, h("summary", null, "What the browser said"), h("p", { class: "raw" }, `${failure.name}: ${failure.message}`)),
  );
}

/** @param {Decision} decision @param {RequestView} view */
export function ended(decision, view) {
  if (view.refusal) return refused(view);
  const { good, heading, sentence, remedy } = ending(view);
  const done = view.parties.filter((party) => party.state === "done").length;
  return h(
    "div",
    { class: "centre" },
    tally({ notches: view.notches, left: good, right: good ? view.parties.length || 1 : done, parties: view.parties.length || 1, size: 112 }),
    h(
      "div",
      { role: good ? "status" : "alert", class: "stack tight" },
      h("h1", null, heading),
      h("p", null, sentence),
      remedy && h("p", { class: "muted" }, remedy),
    ),
    h("p", { class: "muted small" }, visible(view.sentence)),
    good && view.transaction_id && (outside(view.explorer_url, "Look at it in the explorer") ?? h("code", { class: "raw" }, view.transaction_id)),
    view.error &&
      h("details", { class: "fold" }, h("summary", null, "Details"), h("p", { class: "raw" }, `${view.error.reason} (${view.error.code})\n${JSON.stringify(view.error.details, null, 1)}`)),
  );
}

/** What is never signed, and why. @param {RequestView} view */
function refused(view) {
  const refusal = /** @type {import("../../generated/protocol.js").FindingView} */ (view.refusal);
  return h(
    "div",
    { class: "stack", role: "alert" },
    h("h1", null, "Refused"),
    h("p", { class: "muted" }, "The site asked: ", visible(view.sentence)),
    h("ul", null, finding(refusal)),
    findings(view.findings),
    messageText(view),
  );
}

/** The agent said no, or is out of reach. @param {Decision} decision */
export function trouble(decision) {
  const fault = decision.fault.value;
  if (!fault) return null;
  const signed = /nothing was signed/i.test(fault.message);
  return h(
    "div",
    { class: "centre", role: "alert" },
    tally({ notches: [], size: 112, parties: 2 }),
    h("h1", null, "Not done"),
    h("p", null, visible(faultText(fault)), signed || fault.code === 4005 ? null : " Nothing was signed."),
    fault.code === 4005 && h("p", { class: "muted" }, "If the signature was already under way, it goes on without this window: look at Activity in Counterfoil."),
    h("details", { class: "fold" }, h("summary", null, "Details"), h("p", { class: "raw" }, `${fault.reason} (${fault.code})`)),
  );
}
