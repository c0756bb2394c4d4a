/** Work that a button starts: busy while it goes on, and its trouble in words when it fails. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { faultOf } from "../link.js";
import { faultText } from "../words.js";

/** A sentence for the person, from the page itself. */
export class Plain extends Error {}

/**
 * A piece of work with its button's state and its trouble.
 * @param {() => Promise<void>} work
 */
export function attempt(work) {
  const busy = signal(false);
  const trouble = signal("");
  const start = async () => {
    if (busy.peek()) return;
    busy.value = true;
    trouble.value = "";
    try {
      await work();
    } catch (error) {
      trouble.value =
        error instanceof DOMException
          ? "The passkey was not touched, or this browser could not use it. Nothing was made. Try again."
          : error instanceof Plain
            ? error.message
            : faultText(faultOf(error));
    } finally {
      busy.value = false;
    }
  };
  const alert = () => h("p", { role: "alert", class: () => (trouble.value ? "notice bad" : "hidden-text") }, () => trouble.value);
  return { busy, start, alert };
}
