/** What can still be done about a transaction that is on its way. */
import { h } from "../h.js";
import { attempt } from "../components/attempt.js";
import { CHOICES } from "../words.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").RequestView} RequestView */

/** Each makes a request of its own: the approval window opens with it. @param {Link} link @param {RequestView} view */
export function moreAbout(link, { request_id, choices }) {
  let wanted = choices[0];
  const { busy, start, alert } = attempt(async () => {
    if (wanted) await link.call(CHOICES[wanted].method, { request_id });
  });
  const button = (/** @type {keyof typeof CHOICES} */ choice) =>
    h("button", { type: "button", class: "small", disabled: () => busy.value, title: CHOICES[choice].title, onclick: () => void ((wanted = choice), start()) }, CHOICES[choice].label);
  return [h("div", { class: "row" }, choices.map(button)), alert()];
}
