/** Adding, removing and naming passkeys, in a dialog: what happens and who has to agree is said before anything is touched. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { time, visible } from "../format.js";
import { createHomePasskey, useHomePasskey } from "../passkey.js";
import { slotSecrets } from "../secrets.js";
import { attempt } from "../components/attempt.js";
import { form } from "../components/form.js";
import { foreign } from "../components/text.js";
import { twoPassphrases } from "../components/two_passphrases.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../h.js").Child} Child */
/** @typedef {import("../passkey.js").Outputs} Outputs */
/** @typedef {import("../../generated/protocol.js").Passkey} Passkey */
/** @typedef {import("../../generated/protocol.js").Vault} Vault */
/** @typedef {import("../../generated/protocol.js").Outcome} Outcome */
/** @typedef {import("../../generated/protocol.js").AdminStep} AdminStep */
/** @typedef {import("../../generated/protocol.js").LockOptions} LockOptions */
/**
 * @typedef {object} PasskeyDialog
 * @property {HTMLElement} element
 * @property {() => void} add
 * @property {(key: Passkey) => void} remove
 * @property {(key: Passkey) => void} rename
 * @property {(key: Passkey) => void} unlocks
 */

/** @param {Link} link @param {() => void} onDone @returns {PasskeyDialog} */
export function passkeyDialog(link, onDone) {
  const shown = signal(/** @type {Child} */ (null));
  const close = () => element.close();
  const element = h(
    "dialog",
    { "aria-label": "Passkeys", onclose: () => (shown.value = null) },
    () => shown.value,
  );
  const open = (/** @type {HTMLElement} */ content) => {
    shown.value = content;
    if (!element.open) element.showModal();
  };
  const done = () => {
    onDone();
    close();
  };
  return {
    element,
    add: () => open(adding(link, open, done, close)),
    remove: (key) => open(removing(link, key, open, done, close)),
    rename: (key) => open(renaming(link, key, done, close)),
    unlocks: (key) => open(unlocking(link, key, done, close)),
  };
}

/** Who has to agree besides the home passkey; for a starter vault it is said that nobody else is asked. @param {Link} link */
function whoElse(link) {
  const text = signal("");
  link.call("vault_list", {}).then(({ vaults }) => {
    const others = /** @type {Vault[]} */ (vaults).flatMap((vault) => vault.parties.filter((party) => party.kind === "device" && !party.is_this));
    text.value = others.length
      ? `Then somebody at ${others.map((party) => visible(party.name)).join(" or ")} has to agree, or a day goes by in which any of your devices can call it off.`
      : "The co-signer shares this screen, so your word here counts for it as well. A second device would ask its own person.";
  }, () => undefined);
  return h("p", { class: "muted small" }, () => text.value);
}

/** @param {() => void} close @param {Child} [label] */
const notNow = (close, label = "Not now") => h("button", { type: "button", class: "plain", onclick: close }, label);

/** @param {Link} link @param {(content: HTMLElement) => void} open @param {() => void} done @param {() => void} close */
function adding(link, open, done, close) {
  const fields = () => [
    h("h2", null, "Add a home passkey"),
    h("p", null, "Make it on another device or on a security key, not where the first one lives: what takes one must not take both. Your browser asks where."),
    h("p", null, "Two touches: the new passkey, then one that you have already."),
    whoElse(link),
    called("What you call it", "Second passkey"),
  ];
  const work = async (/** @type {FormData} */ data) => {
    const { ceremony_id, options_json } = await link.call("passkey_beginHome", {});
    const { response, prf, id } = await createHomePasskey(options_json);
    const params = { ceremony_id, response, name: String(data.get("name")).trim(), can_unlock: prf.agent !== undefined };
    const step = await link.call("passkey_addHome", params);
    open(confirming(link, step, "Let it in", "The new passkey is made. Now let it in.", async (outcome) => {
      if (!outcome.done) return open(waiting(outcome, done));
      await letUnlock(link, id, prf, open, done);
    }, close));
  };
  return form("Make the new passkey", "Waiting for the new passkey", fields, work, notNow(close));
}

/** @param {string} label @param {string} value */
const called = (label, value) =>
  h("label", { class: "field" }, h("span", null, label), h("input", { type: "text", name: "name", required: true, maxlength: 64, value, autocomplete: "off" }));

/**
 * The home passkey's touch for one act.
 * @param {Link} link @param {AdminStep} step @param {string} label @param {string} heading
 * @param {(outcome: Outcome) => Promise<void> | void} then @param {() => void} close
 */
function confirming(link, step, label, heading, then, close) {
  const { busy, start, alert } = attempt(async () => {
    const { response } = await useHomePasskey(step.options_json);
    await then(await link.call("change_approve", { step_id: step.step_id, response }));
  });
  return h(
    "section",
    { class: "stack" },
    h("h2", null, heading),
    h("p", null, visible(step.why)),
    alert(),
    h("div", { class: "row" }, h("button", { type: "button", class: "primary", disabled: () => busy.value, onclick: () => void start() }, () => (busy.value ? "Waiting for your passkey" : label)), notNow(close)),
  );
}

/** @param {Outcome} outcome @param {() => void} done */
function waiting({ change }, done) {
  return h(
    "section",
    { class: "stack" },
    h("h2", null, "One more yes"),
    h("p", null, "Open Counterfoil on ", (change?.waits_for ?? []).map(visible).join(" or ") || "another device", " and allow it there. Nothing is changed before."),
    change && h("p", { class: "muted small" }, `If nobody calls it off, it is done at ${time(change.ready_at)} by itself.`),
    h("div", { class: "row" }, h("button", { type: "button", class: "primary", onclick: done }, "Done")),
  );
}

/**
 * Key slots of a passkey that is on record: its PRF outputs, else passphrases where there are none yet.
 * @param {Link} link @param {string} id @param {Outputs} prf @param {(content: HTMLElement) => void} open @param {() => void} done
 */
async function letUnlock(link, id, prf, open, done) {
  /** @type {LockOptions} */
  const options = await link.call("lock_options", {});
  if (prf.agent) {
    const outputs = options.cosigner ? prf : { agent: prf.agent };
    await link.call("passkey_addSlots", { slots: await slotSecrets(link, "prf", id, outputs) });
  } else if (!options.passphrase) {
    return open(twoPassphrases(link, done));
  }
  done();
}

/** @param {Link} link @param {Passkey} key @param {(content: HTMLElement) => void} open @param {() => void} done @param {() => void} close */
function removing(link, key, open, done, close) {
  const home = key.role === "home";
  const { busy, start, alert } = attempt(async () => {
    const step = await link.call("passkey_remove", { credential_id: key.credential_id });
    const { response } = await useHomePasskey(step.options_json);
    const outcome = await link.call("change_approve", { step_id: step.step_id, response });
    if (outcome.done) done();
    else open(waiting(outcome, done));
  });
  return h(
    "section",
    { class: "stack" },
    h("h2", null, "Remove “", home ? foreign(key.name) : visible(key.origin), "”?"),
    h("p", null, home
      ? "It will not open Counterfoil any more, and approve nothing. Touch another home passkey, one that stays, to confirm."
      : "The site is disconnected and its passkey approves nothing any more. Connect the site again and its page makes a new one. Touch your home passkey to confirm."),
    home && whoElse(link),
    alert(),
    h("div", { class: "row" }, h("button", { type: "button", class: "primary grave", disabled: () => busy.value, onclick: () => void start() }, () => (busy.value ? "Waiting for your passkey" : "Remove it")), notNow(close, "Keep it")),
  );
}

/** @param {Link} link @param {Passkey} key @param {() => void} done @param {() => void} close */
function renaming(link, key, done, close) {
  const fields = () => [h("h2", null, "Rename the passkey"), called("Its name on this computer", key.name)];
  const work = async (/** @type {FormData} */ data) => {
    await link.call("passkey_rename", { credential_id: key.credential_id, name: String(data.get("name")).trim() });
    done();
  };
  return form("Rename", "Renaming it", fields, work, notNow(close));
}

/** @param {Link} link @param {Passkey} key @param {() => void} done @param {() => void} close */
function unlocking(link, key, done, close) {
  const { busy, start, alert } = attempt(async () => {
    const { request_options_json } = await link.call("passkey_slotOptions", { credential_id: key.credential_id });
    const { id, prf } = await useHomePasskey(request_options_json);
    /** @type {LockOptions} */
    const { cosigner } = await link.call("lock_options", {});
    if (!prf.agent) throw new DOMException("no PRF", "NotSupportedError");
    await link.call("passkey_addSlots", { slots: await slotSecrets(link, "prf", id, cosigner ? prf : { agent: prf.agent }) });
    done();
  });
  return h(
    "section",
    { class: "stack" },
    h("h2", null, "Let “", foreign(key.name), "” unlock this computer"),
    h("p", null, "Touch it once. From then on it opens Counterfoil here as well."),
    alert(),
    h("div", { class: "row" }, h("button", { type: "button", class: "primary", disabled: () => busy.value, onclick: () => void start() }, () => (busy.value ? "Waiting for the passkey" : "Touch it")), notNow(close)),
  );
}
