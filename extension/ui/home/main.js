/** The home page: what there is, what waits, what happened, who may ask. */
import { draw, h } from "../h.js";
import { derived, effect, signal } from "../signals.js";
import { Link } from "../link.js";
import { LOGO, tally } from "../tally.js";
import { linkTrouble } from "../words.js";
import { command } from "../components/text.js";
import { unlockPanel } from "../components/unlock.js";
import { changes, secondPasskey } from "./changes.js";
import { passkeyDialog } from "./passkey_dialog.js";
import { passkeys } from "./passkeys.js";
import { accounts, activity, networks, sites, vaults, waiting, withstands } from "./sections.js";

const link = new Link();
const locked = derived(() => link.status.value.state?.locked === true);
const unlocking = signal(false);
/** Moves when lists should be fetched again. */
const moved = signal(0);
const movedSites = signal(0);
const movedPasskeys = signal(0);
const dialog = passkeyDialog(link, () => (movedPasskeys.value += 1));
/** @type {string | undefined} */
let shown;
/** @type {import("../signals.js").Signal<string>} */
const place = derived(() => {
  const { link: way, paired, state } = link.status.value;
  if (way !== "ready") return shown && ["idle", "connecting", "broken"].includes(way) ? `offline:${shown}` : `no:${way}`;
  shown = !paired || ["home_passkey", "vault", "recovery_file"].includes(state?.onboarding ?? "") ? "unfinished" : "home";
  return shown;
});
link.on("requests_changed", ({ state }) => {
  moved.value += 1;
  if (state === "final") movedSites.value += 1; // an account may have been made, or may be shown now
});
link.on("provider_event", () => (movedSites.value += 1));
link.on("state_changed", () => (movedPasskeys.value += 1));
link.on("ready", () => (moved.value += 1));

const lockButton = () =>
  locked.value
    ? h("button", { type: "button", class: "primary", onclick: () => (unlocking.value = true) }, "Unlock")
    : h("button", { type: "button", onclick: () => void link.call("lock_lock", {}).catch(() => undefined) }, "Lock");

/** Unlocking in a dialog; the rest of the page stays what it is. */
function unlockDialog() {
  const dialog = h("dialog", { onclose: () => (unlocking.value = false) }, () => unlocking.value && unlockPanel(link, { onDone: () => (unlocking.value = false), onCancel: () => (unlocking.value = false) }));
  effect(() => {
    if (unlocking.value && !dialog.open) dialog.showModal();
    else if (!unlocking.value && dialog.open) dialog.close();
  });
  return dialog;
}

function settings() {
  const on = signal(true);
  void link.call("extension.settings", {}).then((found) => (on.value = found.window_ethereum), () => undefined);
  return h(
    "section",
    { class: "card stack", "aria-labelledby": "settings" },
    h("h2", { id: "settings" }, "Settings"),
    h(
      "label",
      { class: "row" },
      h("input", {
        type: "checkbox",
        checked: () => on.value,
        onchange: (/** @type {Event} */ event) => {
          on.value = /** @type {HTMLInputElement} */ (event.target).checked;
          void link.call("extension.setWindowEthereum", { on: on.peek() });
        },
      }),
      h("span", { class: "grow" }, "Offer Counterfoil to older sites too, where no other wallet does. It takes effect when a page is loaded again."),
    ),
  );
}

/** @type {(now: string) => import("../h.js").Child} */
const content = (now) => {
  if (now === "home") {
    return [
      () => locked.value && h("p", { class: "notice", role: "status" }, "Counterfoil is locked. Sites can't have anything signed until you unlock it."),
      h("div", { class: "notices stack" }, changes(link, movedPasskeys), secondPasskey(link, movedPasskeys, () => dialog.add())),
      waiting(link, moved),
      accounts(link, movedSites),
      activity(link, moved),
      sites(link, movedSites),
      vaults(link, movedSites),
      passkeys(link, movedPasskeys, dialog),
      networks(link, movedSites),
      withstands(link, movedSites),
      settings(),
    ];
  }
  if (now === "unfinished") {
    return h("section", { class: "card sheet stack" }, h("h1", null, "Not set up yet"), h("p", null, "A few minutes, four steps."), h("div", { class: "row" }, h("button", { type: "button", class: "primary", onclick: () => void link.call("extension.open", { page: "onboarding" }) }, "Set up Counterfoil")));
  }
  const bad = linkTrouble(link.status.peek()) ?? { heading: "One moment", sentence: "" };
  const missing = link.status.peek().link === "missing";
  return h(
    "section",
    { class: "card sheet stack", role: "status" },
    h("h1", null, bad.heading),
    h("p", null, bad.sentence),
    missing && [command("pipx install ."), command("counterfoil setup")],
    link.status.peek().link === "broken" && command("counterfoil doctor"),
  );
};

/** The page is drawn anew when it becomes another one, not when the connection blinks. */
const drawn = derived(() => (place.value.startsWith("offline:") ? place.value.slice(8) : place.value));

draw(
  document.body,
  h(
    "div",
    { class: "page" },
    h(
      "header",
      { class: "row apart" },
      h("div", { class: "brand" }, tally({ ...LOGO, left: true, right: 1, parties: 1, size: 28, decorative: true }), h("h1", null, "Counterfoil")),
      () => (drawn.value === "home" ? lockButton() : null),
    ),
    h("div", { role: "status" }, () => place.value.startsWith("offline:") && h("p", { class: "notice bad" }, "Counterfoil on this computer does not answer. What you see may be old; this page tries again by itself.")),
    h("main", { class: "stack" }, () => content(drawn.value)),
    unlockDialog(),
    dialog.element,
  ),
);
