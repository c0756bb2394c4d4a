/** Approve and Refuse: they never move, and Approve can't be pressed by accident. */
import { h } from "../h.js";
import { effect, signal } from "../signals.js";

/** How long the window must have had the focus, and its content stood still. */
export const DEAD_MS = 600;
const HOLD_MS = 1500;
/** What a person types who can't hold a button. */
export const PHRASE = "approve anyway";

/**
 * True once the window has been in front, unchanged, for 600 ms.
 * @param {() => unknown} reads signals that begin the wait anew
 */
export function settled(reads) {
  const ready = signal(false);
  /** @type {any} */
  let timer;
  const begin = () => {
    clearTimeout(timer);
    ready.value = false;
    if (!document.hasFocus() || document.visibilityState !== "visible") return;
    timer = setTimeout(() => (ready.value = document.hasFocus() && document.visibilityState === "visible"), DEAD_MS);
  };
  window.addEventListener("focus", begin);
  window.addEventListener("blur", begin);
  document.addEventListener("visibilitychange", begin);
  effect(() => {
    reads();
    begin();
  });
  return ready;
}

/**
 * Danger: the button is held for a moment and a half, by finger, mouse, space or enter.
 * @param {string} label @param {() => boolean} disabled @param {() => void} act
 */
export function holdButton(label, disabled, act) {
  /** @type {any} */
  let timer;
  const button = h("button", { type: "button", id: "approve", class: "primary grave hold", disabled, "aria-describedby": "hold-help" }, label);
  const begin = () => {
    if (button.disabled || timer) return;
    button.classList.add("held");
    timer = setTimeout(() => {
      end();
      if (button.isConnected && !button.disabled) act(); // drawn anew meanwhile: the new one was not held
    }, HOLD_MS);
  };
  const end = () => {
    clearTimeout(timer);
    timer = undefined;
    button.classList.remove("held");
  };
  button.addEventListener("pointerdown", (event) => event.isTrusted && event.button === 0 && begin());
  for (const name of ["pointerup", "pointerleave", "pointercancel", "blur"]) button.addEventListener(name, end);
  button.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (event.isTrusted && !event.repeat) begin();
  });
  button.addEventListener("keyup", end);
  return button;
}

/** @param {string} label @param {() => boolean} disabled @param {() => void} act */
export const approveButton = (label, disabled, act) =>
  h("button", { type: "button", id: "approve", class: "primary", disabled, onclick: (/** @type {Event} */ event) => event.isTrusted && act() }, label);
