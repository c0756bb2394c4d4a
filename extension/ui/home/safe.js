/** A Safe account: what it is, what it publishes, and the button that asks for one. It is decided in the window. */
import { h } from "../h.js";
import { attempt } from "../components/attempt.js";

/** @typedef {import("../link.js").Link} Link */

/** @param {Link} link @param {string | null} site whose passkey owns it; null for the home passkey */
async function propose(link, site) {
  await link.call("safe_propose", { site, chain: null });
  await link.call("extension.openApproval", {});
}

/** @param {Link} link */
export function makeSafe(link) {
  const { busy, start, alert } = attempt(() => propose(link, null));
  return h(
    "details",
    { class: "fold", id: "make-safe" },
    h("summary", null, "Make a Safe account"),
    h(
      "div",
      { class: "stack tight" },
      h("p", null, "A Safe moves only when the chain itself has checked your passkey beside a key of your vault. Stolen parts of the vault alone can't move it, and it can do several things at once."),
      h("p", null, "Each of its acts publishes what the passkey signed: the address of the site where it was touched, in clear, and the passkey's public key. Its fees are paid by your vault account."),
      alert(),
      h("div", { class: "row" }, h("button", { type: "button", disabled: () => busy.value, onclick: () => void start() }, () => (busy.value ? "Asking the network" : "Make a Safe account"))),
    ),
  );
}

/** Its first act with nothing else to do: from then on it may receive on this network. @param {Link} link @param {string} account_id */
export function setUpSafe(link, account_id) {
  const { busy, start, alert } = attempt(async () => {
    await link.call("safe_setUp", { account_id, chain: null });
    await link.call("extension.openApproval", {});
  });
  return h("div", null, h("button", { type: "button", class: "plain small", disabled: () => busy.value, onclick: () => void start() }, () => (busy.value ? "Asking the network" : "Set it up on this network")), alert());
}

/** One whose owner is a site's own passkey. @param {Link} link @param {string} origin */
export function makeSafeFor(link, origin) {
  const { busy, start, alert } = attempt(() => propose(link, origin));
  return [
    h("button", { type: "button", class: "plain small", disabled: () => busy.value, onclick: () => void start() }, "Make a Safe for this site"),
    alert(),
  ];
}
