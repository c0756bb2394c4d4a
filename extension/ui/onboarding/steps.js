/** The four steps of the set-up, and the two things that come before them. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { createHomePasskey } from "../passkey.js";
import { sealPassphrase, slotSecrets } from "../secrets.js";
import { Plain, attempt } from "../components/attempt.js";
import { form } from "../components/form.js";
import { openAgain, passphraseOf, save, twice } from "../components/sealed_file.js";
import { command } from "../components/text.js";
import { twoPassphrases } from "../components/two_passphrases.js";
import { partyList, progressTally } from "../components/request.js";
import { tally } from "../tally.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").PartyProgress} PartyProgress */
/** @typedef {import("../../generated/protocol.js").Pairing} Pairing */
/** @typedef {import("../../generated/protocol.js").Vault} Vault */
/** @typedef {{ link: Link, advance: () => Promise<void> }} Wizard */

/** There is no request yet to draw notches from. */
const NOTCHES = [4, 11, 18, 24, 31, 35, 39, 44];

/** @param {{ message: string | null, remedy: string | null, link: string }} status @param {Wizard} wizard */
export function companion(status, { link }) {
  const missing = status.link === "missing";
  return h(
    "section",
    { class: "stack" },
    h("h1", null, missing ? "One half is missing" : status.link === "incompatible" ? "The two halves don't fit" : "The other half does not answer"),
    missing
      ? h("p", null, "Counterfoil has two halves: this extension and a companion on this computer that keeps your share of the key. Open a terminal in Counterfoil's folder and run:")
      : h("p", null, status.message ?? "", " ", status.remedy ?? ""),
    missing ? [command("pipx install ."), command("counterfoil setup")] : command("counterfoil doctor"),
    h("p", { class: "muted small" }, missing ? "If it is installed already, run the second line only. This page goes on by itself." : "This page goes on by itself when it answers."),
    h("div", { class: "row" }, h("button", { type: "button", onclick: () => void link.call("extension.retry", {}).catch(() => undefined) }, "Look again")),
  );
}

/** @param {Wizard} wizard */
export function pair({ link, advance }) {
  /** @type {import("../signals.js").Signal<Pairing | null>} */
  const pairing = signal(/** @type {Pairing | null} */ (null));
  const { alert, start, busy } = attempt(async () => {
    pairing.value = await link.call("extension.pair", {});
    await link.call("extension.paired", {});
    await advance();
  });
  void start();
  return h(
    "section",
    { class: "stack" },
    h("h1", null, "Is this your browser?"),
    h("p", null, "Counterfoil on this computer serves only browsers that you have let in. Compare this code with the one in the terminal:"),
    h("div", { class: "centre card" }, () => {
      const code = pairing.value?.code;
      if (!code) return h("div", { class: "skeleton" });
      return h("output", { class: "code", "aria-label": `Code ${[...code].join(" ")}` }, `${code.slice(0, 3)} ${code.slice(3)}`);
    }),
    h("p", null, "If they are the same, confirm it there. No question in the terminal? Run:"),
    command("counterfoil setup"),
    alert(),
    () => !busy.value && h("button", { type: "button", onclick: () => void start() }, "Show a new code"),
  );
}

/** @param {Wizard} wizard */
export function homePasskey({ link, advance }) {
  const { busy, start, alert } = attempt(async () => {
    const { ceremony_id, options_json } = await link.call("passkey_beginHome", {});
    const { response, id, prf } = await createHomePasskey(options_json);
    const slots = prf.agent ? await slotSecrets(link, "prf", id, prf) : [];
    await link.call("passkey_finishHome", { ceremony_id, response, name: "Home passkey", slots });
    await advance();
  });
  return h(
    "section",
    { class: "stack" },
    h("div", { class: "centre" }, tally({ notches: NOTCHES, parties: 3, size: 88, decorative: true })),
    h("h1", null, "Make your home passkey"),
    h("p", null, "It opens Counterfoil and is asked for when you change something important. Your fingerprint, face or PIN never leaves your device."),
    h("p", { class: "muted" }, "There is no seed phrase: nothing that you could be talked into typing somewhere."),
    h("div", { class: "row" }, h("button", { type: "button", class: "primary", disabled: () => busy.value, onclick: () => void start() }, () => (busy.value ? "Waiting for your passkey" : "Make the passkey"))),
    alert(),
  );
}

/** @param {Wizard} wizard */
export function vault(wizard) {
  const { link } = wizard;
  const needsPassphrases = signal(/** @type {boolean | null} */ (null));
  const { start, alert } = attempt(async () => {
    const options = await link.call("lock_options", {});
    needsPassphrases.value = options.request_options_json === null && !options.passphrase;
  });
  void start();
  return h("div", null, alert(), () => {
    if (needsPassphrases.value === null) return h("div", { class: "skeleton" });
    return needsPassphrases.value ? twoPassphrases(wizard.link, () => (needsPassphrases.value = false)) : vaultForm(wizard);
  });
}

/** @param {Wizard} wizard */
function vaultForm({ link, advance }) {
  /** @type {import("../signals.js").Signal<PartyProgress[]>} */
  const parties = signal(/** @type {PartyProgress[]} */ ([]));
  const fields = (/** @type {import("../signals.js").Signal<boolean>} */ busy) => [
    h("h1", null, "Make your vault"),
    h("p", null, "Its key is made in three parts: this computer, a co-signer on this computer, and a recovery file. Two of them sign together; the whole key never exists anywhere."),
    h("div", { class: "stack", hidden: () => busy.value }, h("label", { class: "field" }, h("span", null, "Name"), h("input", { type: "text", name: "name", required: true, maxlength: 64, value: "Savings", autocomplete: "off" })), twice("Passphrase of the recovery file")),
    () => busy.value && h("div", { class: "centre", role: "status", "aria-label": "Making the key" }, progressTally({ notches: NOTCHES, touched: true, parties: parties.value }), partyList(parties.value)),
    honest(),
  ];
  return form("Make the vault", "Making the key together", fields, async (data) => {
    const name = String(data.get("name")).trim();
    const passphrase = passphraseOf(data);
    const stop = link.on("progress", (event) => event.parties.length && (parties.value = event.parties));
    try {
      await link.call("vault_create", { name, slots: [], recovery_passphrase: await sealPassphrase(link, passphrase) });
      await advance();
    } finally {
      stop();
      parties.value = [];
    }
  });
}

/** What a starter vault resists, and what not. */
export function honest() {
  return h(
    "div",
    { class: "notice stack tight" },
    h("p", null, h("strong", null, "What this vault withstands: "), "fake sites, a hacked site, a stolen passkey, a stolen or lost recovery file."),
    h("p", null, h("strong", null, "What it does not: "), "a program that has taken over this computer, and the loss of this computer as long as you have not saved a second file (the home page asks for it). Keep here what you can bear to lose."),
    h("p", { class: "muted" }, "Counterfoil's cryptography has not been reviewed by outsiders."),
  );
}

/** @param {Wizard} wizard */
export function recoveryFile({ link, advance }) {
  const saved = signal("");
  const vaultOf = async () => {
    const { vaults } = await link.call("vault_list", {});
    const [found] = /** @type {Vault[]} */ (vaults).filter((one) => !one.recovery_proven);
    if (!found) throw new Plain("There is no vault that waits for its recovery file.");
    return found.vault_id;
  };
  const saving = attempt(async () => {
    const { file_name, content } = await link.call("backup_download", { vault_id: await vaultOf() });
    save(file_name, content);
    saved.value = file_name;
  });
  return h(
    "section",
    { class: "stack" },
    h("h1", null, "Save the recovery file"),
    h("p", null, "It holds one of the three parts of the key. Save it away from this computer: a stick in a drawer, a storage of yours. Alone, it can't sign anything."),
    h("div", { class: "row" }, h("button", { type: "button", class: () => (saved.value ? null : "primary"), disabled: () => saving.busy.value, onclick: () => void saving.start() }, () => (saved.value ? "Save it again" : "Save the file")), h("span", { role: "status", class: "muted small" }, () => (saved.value ? `Saved as ${saved.value}` : ""))),
    saving.alert(),
    h("h2", null, "Now open it again"),
    h("p", { class: "muted" }, "So that you know today, not on the day you need it, that file and passphrase are right."),
    openAgain(link, null, async (opened) => {
      await link.call("backup_prove", { vault_id: await vaultOf(), ...opened });
      await advance();
    }),
  );
}

/** @param {Wizard} wizard */
export function tryIt({ link }) {
  const { busy, start, alert } = attempt(async () => {
    await link.call("extension.tryIt", {});
  });
  return h(
    "section",
    { class: "stack" },
    h("h1", null, "Try it"),
    h("p", null, "Everything is in place. A small test page on this computer shows how a site connects and asks for a signature. Nothing in it is worth anything."),
    h("p", null, "Watch for the two halves: ", h("strong", null, "where and who"), " is your touch in the site's own page; ", h("strong", null, "what"), " is checked by each party before it signs."),
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", class: "primary", disabled: () => busy.value, onclick: () => void start() }, "Open the test page"),
      h("button", { type: "button", class: "plain", onclick: () => void link.call("extension.open", { page: "home" }) }, "Go to Counterfoil"),
    ),
    alert(),
  );
}
