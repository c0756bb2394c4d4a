/** Unlocking, wherever it is needed: by the home passkey, else by passphrases. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { faultOf } from "../link.js";
import { useHomePasskey } from "../passkey.js";
import { passphraseBytes, slotSecrets } from "../secrets.js";
import { faultText } from "../words.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").LockOptions} LockOptions */

/**
 * @param {Link} link @param {{ onDone: () => void, onCancel?: () => void }} then
 * @returns {HTMLElement}
 */
export function unlockPanel(link, { onDone, onCancel }) {
  /** @type {import("../signals.js").Signal<LockOptions | null>} */
  const options = signal(/** @type {LockOptions | null} */ (null));
  const trouble = signal("");
  const busy = signal(false);
  link.call("lock_options", {}).then(
    (found) => (options.value = found),
    (error) => (trouble.value = faultText(faultOf(error))),
  );

  /** @param {() => Promise<object[]>} secrets */
  const unlock = async (secrets) => {
    busy.value = true;
    trouble.value = "";
    try {
      await link.call("lock_unlock", { secrets: await secrets() });
      onDone();
    } catch (error) {
      trouble.value =
        error instanceof DOMException ? "The passkey was not touched. Nothing was unlocked." : faultText(faultOf(error));
    } finally {
      busy.value = false;
    }
  };

  const byPasskey = () =>
    unlock(async () => {
      const { request_options_json, cosigner } = /** @type {LockOptions} */ (options.value);
      const { id, prf } = await useHomePasskey(request_options_json ?? "{}");
      if (!cosigner) delete prf.cosigner;
      if (!prf.agent) throw new DOMException("no PRF", "NotSupportedError");
      return slotSecrets(link, "prf", id, prf);
    });

  /** @param {SubmitEvent} event */
  const byPassphrase = (event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const secrets = { agent: passphraseBytes(String(data.get("agent"))) };
    const more = data.get("cosigner");
    return unlock(() =>
      slotSecrets(link, "passphrase", null, more ? { ...secrets, cosigner: passphraseBytes(String(more)) } : secrets),
    );
  };

  return h(
    "section",
    { class: "stack", "aria-labelledby": "unlock-heading" },
    h("h2", { id: "unlock-heading" }, "Counterfoil is locked"),
    () => {
      const found = options.value;
      if (!found) return trouble.value ? null : h("div", { class: "skeleton" });
      return [
        found.request_options_json !== null && [
          h("p", null, "Touch your home passkey to open it. It locks itself again when you don't use it."),
          h("button", { type: "button", class: "primary", disabled: () => busy.value, onclick: byPasskey }, () => (busy.value ? "Waiting for your passkey" : "Unlock with your passkey")),
        ],
        found.passphrase &&
          h(
            "form",
            { class: "stack", onsubmit: byPassphrase },
            field("Passphrase of this computer", "agent"),
            found.cosigner && field("Passphrase of the co-signer", "cosigner"),
            h("button", { class: found.request_options_json === null ? "primary" : null, disabled: () => busy.value }, "Unlock with passphrases"),
          ),
        found.request_options_json === null && !found.passphrase && h("p", null, "Nothing can unlock it here. Run ", h("code", null, "counterfoil doctor"), "."),
      ];
    },
    h("p", { role: "alert", class: () => (trouble.value ? "notice bad" : "hidden-text") }, () => trouble.value),
    onCancel && h("button", { type: "button", class: "plain", onclick: onCancel }, "Not now"),
  );
}

/** @param {string} label @param {string} name @param {Record<string, unknown>} [more] */
export function field(label, name, more = {}) {
  return h("label", { class: "field" }, h("span", null, label), h("input", { type: "password", name, required: true, autocomplete: "off", spellcheck: "false", ...more }));
}
