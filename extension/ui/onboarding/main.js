/** The set-up, in one page: it always resumes where the agent says it is. */
import { draw, h } from "../h.js";
import { derived, effect } from "../signals.js";
import { Link } from "../link.js";
import { LOGO, tally } from "../tally.js";
import { companion, homePasskey, pair, recoveryFile, tryIt, vault } from "./steps.js";

const link = new Link();
const STEPS = ["home_passkey", "vault", "recovery_file", "try_it"];
const NAMES = ["Home passkey", "Vault", "Recovery file", "Try it"];
const SCREENS = { home_passkey: homePasskey, vault, recovery_file: recoveryFile, try_it: tryIt, done: tryIt };

/** @type {string | undefined} */
let before;
const place = derived(() => {
  const { link: way, paired, state } = link.status.value;
  if (way === "idle" || way === "connecting") return before ?? "waiting";
  const now = way !== "ready" ? `companion:${way}` : !paired ? "pair" : (state?.onboarding ?? "waiting");
  before = now;
  return now;
});



const wizard = {
  link,
  /** The agent says where we are; every status carries it. */
  advance: async () => {
    const state = await link.call("agent_state", {});
    link.status.value = { ...link.status.peek(), paired: state.paired, state };
  },
};

// What the worker knows may be older than this page.
link.on("ready", () => void wizard.advance().catch(() => undefined));

const stepper = () => {
  const at = place.value === "done" ? STEPS.length : STEPS.indexOf(place.value);
  return h(
    "ol",
    { class: "stepper", "aria-label": "Steps" },
    NAMES.map((name, index) => h("li", { class: index < at ? "done" : null, "aria-current": index === at ? "step" : null }, name)),
  );
};

const screen = () => {
  const now = place.value;
  if (now === "waiting") return h("div", { class: "stack", "aria-busy": "true" }, h("p", { role: "status", class: "muted" }, "Looking for Counterfoil on this computer"), h("div", { class: "skeleton" }));
  if (now.startsWith("companion")) return companion(link.status.peek(), wizard);
  if (now === "pair") return pair(wizard);
  return SCREENS[/** @type {keyof typeof SCREENS} */ (now)](wizard);
};

draw(
  document.body,
  h(
    "div",
    { class: "page narrow" },
    h("header", { class: "brand" }, tally({ ...LOGO, left: true, right: 1, parties: 1, size: 28, decorative: true }), "Counterfoil"),
    h("nav", { "aria-label": "Set-up" }, stepper),
    h("main", { class: "card sheet", "aria-live": "polite" }, screen),
  ),
);

// A new step begins at its heading, for eyes and for screen readers.
effect(() => {
  void place.value;
  queueMicrotask(() => {
    const heading = document.querySelector("main h1");
    if (!(heading instanceof HTMLElement)) return;
    heading.tabIndex = -1;
    if (document.activeElement === document.body) heading.focus({ preventScroll: true });
  });
});
