/** A form: its fields, its trouble in words, and a button that says what it does and what it is doing. */
import { h } from "../h.js";
import { attempt } from "./attempt.js";

/** @typedef {import("../h.js").Child} Child */
/** @typedef {import("../signals.js").Signal<boolean>} Busy */

/**
 * What is typed is read when the form is sent, and given to the work.
 * @param {string} label @param {string} busyLabel
 * @param {(busy: Busy) => Child} fields
 * @param {(data: FormData) => Promise<void>} work
 * @param {Child} [beside] stands beside the button
 */
export function form(label, busyLabel, fields, work, beside = null) {
  let data = new FormData();
  const { busy, start, alert } = attempt(() => work(data));
  return h(
    "form",
    {
      class: "stack",
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        data = new FormData(/** @type {HTMLFormElement} */ (event.target));
        void start();
      },
    },
    fields(busy),
    alert(),
    h("div", { class: "row" }, h("button", { class: "primary", disabled: () => busy.value }, () => (busy.value ? busyLabel : label)), beside),
  );
}
