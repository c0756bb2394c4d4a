/**
 * A second device takes the co-signer's place: a code here, four words on both, a touch, a new recovery file.
 * What goes on is in the agent: a page that is closed half-way and opened again shows where it stands.
 */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { attempt } from "../components/attempt.js";
import { form } from "../components/form.js";
import { field } from "../components/unlock.js";
import { command, foreign } from "../components/text.js";
import { faultText } from "../words.js";
import { newShares } from "./new_shares.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").Vault} Vault */
/** @typedef {import("../../generated/protocol.js").Device} Device */
/** @typedef {import("../../generated/protocol.js").PairingView} PairingView */
/** @template T @typedef {import("../signals.js").Signal<T>} Signal */

/** @param {Link} link @param {Vault} vault @param {() => void} onDone */
export function secondDevice(link, vault, onDone) {
  /** @type {Signal<PairingView | null>} */
  const pairing = signal(/** @type {PairingView | null} */ (null));
  /** @type {Signal<Device | null>} */
  const device = signal(/** @type {Device | null} */ (null));
  void pairedDevice(link, vault).then((found) => (device.value = found), () => undefined);
  return h(
    "details",
    { class: "notice", id: "second-device" },
    h("summary", null, "Both halves are on this computer. Add a second device."),
    h("div", { class: "stack" }, () => {
      if (device.value) return takePlace(link, vault, device.value, onDone);
      if (pairing.value) return pairingSteps(link, pairing, async () => (device.value = await pairedDevice(link, vault)));
      return begin(link, (view) => (pairing.value = view));
    }),
  );
}

/** A device that is paired and shares no part of the vault yet. @param {Link} link @param {Vault} vault @returns {Promise<Device | null>} */
async function pairedDevice(link, vault) {
  const { devices } = await link.call("device_list", {});
  const shares = new Set(vault.parties.map(({ name }) => name));
  return /** @type {Device[]} */ (devices).filter(({ kind, name }) => kind === "device" && !shares.has(name)).at(-1) ?? null;
}

/** @param {Link} link @param {(view: PairingView) => void} onOffer */
function begin(link, onOffer) {
  const shared = signal(/** @type {string | null | undefined} */ (undefined));
  void link.call("relay_state", {}).then((found) => (shared.value = found.shared_url), () => undefined);
  return [
    h("p", null, "Today whoever takes over this computer has both parts that sign. A second device of yours takes the co-signer's place: then a signature needs both devices, and each shows for itself what is signed."),
    () => shared.value === null && h("p", { class: "small muted" }, "Devices elsewhere don't reach this computer yet. Name a relay that both reach, or let your network reach this one first: ", h("code", null, "counterfoil relay share ADDRESS")),
    form("Show the code", "Making the code", () => field("Relay (leave empty for this computer's own)", "relay", { type: "url", required: false }), async (data) => {
      const relay = String(data.get("relay") ?? "").trim();
      onOffer(await link.call("device_offer", { relay_url: relay || null, name: null }));
    }),
  ];
}

/** @param {Link} link @param {Signal<PairingView | null>} pairing @param {() => Promise<unknown>} onPaired */
function pairingSteps(link, pairing, onPaired) {
  const view = /** @type {PairingView} */ (pairing.peek());
  const state = signal(view);
  const follow = async () => {
    for (;;) {
      const now = state.peek();
      if (now.stage === "paired") return void (await onPaired());
      if (now.stage === "failed" || pairing.peek() === null) return;
      state.value = await link.call("device_pairing", { pairing_id: now.pairing_id, seen: now.stage });
    }
  };
  void follow().catch((error) => (state.value = { ...state.peek(), stage: "failed", error: error.fault ?? null }));
  const over = () => (pairing.value = null);
  return () => {
    const now = state.value;
    if (now.stage === "failed") {
      return [
        h("p", { role: "alert", class: "notice bad" }, now.error ? faultText(/** @type {any} */ (now.error)) : "The devices were not paired."),
        h("button", { type: "button", onclick: over }, "Start again"),
      ];
    }
    if (now.stage === "compare") return compare(link, now, (next) => (state.value = next));
    if (now.stage === "confirmed") return h("p", { role: "status" }, "You confirmed. Waiting for the other device.");
    return [
      h("p", null, "On the other device, with Counterfoil installed, run:"),
      command(`counterfoil vault join ${now.code ?? ""}`),
      h("p", { role: "status", class: "muted small" }, "Waiting for the other device. The code is good once, for ten minutes."),
      h("button", { type: "button", class: "plain", onclick: () => void link.call("device_cancel", { pairing_id: now.pairing_id }).finally(over) }, "Cancel"),
    ];
  };
}

/** @param {Link} link @param {PairingView} view @param {(next: PairingView) => void} onAnswer */
function compare(link, view, onAnswer) {
  const answer = (/** @type {boolean} */ same) =>
    attempt(async () => onAnswer(await link.call("device_confirm", { pairing_id: view.pairing_id, same, accepts_share: false })));
  const [yes, no] = [answer(true), answer(false)];
  return [
    h("p", null, h("strong", null, foreign(view.peer_name)), " answered. Does it show exactly these words?"),
    h("p", { class: "pairing-words", id: "pairing-words" }, view.words.map((word) => h("b", null, word))),
    yes.alert(),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", disabled: () => no.busy.value, onclick: () => void no.start() }, "They differ"),
      h("button", { type: "button", class: "primary", id: "words-same", disabled: () => yes.busy.value, onclick: () => void yes.start() }, "They are the same"),
    ),
  ];
}

/** @param {Link} link @param {Vault} vault @param {Device} device @param {() => void} onDone */
function takePlace(link, vault, device, onDone) {
  return [
    h("p", null, h("strong", null, foreign(device.name)), ` is paired. Now it takes the co-signer's place in `, foreign(vault.name), ": same addresses, new shares. The old recovery file stops working and a new one is made."),
    newShares(link, () => link.call("vault_beginSecondDevice", { vault_id: vault.vault_id, device: device.identity }), onDone),
  ];
}
