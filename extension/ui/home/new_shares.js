/** New shares of a vault's key, same addresses: made with a touch, in force once the new recovery file was opened again. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { visible } from "../format.js";
import { useHomePasskey } from "../passkey.js";
import { sealPassphrase } from "../secrets.js";
import { Plain } from "../components/attempt.js";
import { form } from "../components/form.js";
import { openAgain, passphraseOf, save, twice } from "../components/sealed_file.js";
import { command, foreign } from "../components/text.js";
import { partyList } from "../components/request.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").Vault} Vault */
/** @typedef {import("../../generated/protocol.js").PartyProgress} PartyProgress */
/** @typedef {import("../../generated/protocol.js").ReshareStep} ReshareStep */

/** @param {Link} link @param {() => Promise<ReshareStep>} begin @param {() => void} onDone */
export function newShares(link, begin, onDone) {
  const parties = signal(/** @type {PartyProgress[]} */ ([]));
  link.on("progress", ({ token, parties: now }) => token === "vault_reshare" && (parties.value = now));
  return [
    form("Touch the home passkey", "Making the shares together", () => twice("Passphrase of the new recovery file"), async (data) => {
      const passphrase = passphraseOf(data);
      const { change_id, request_options_json } = await begin();
      const response = request_options_json === null ? null : (await touched(request_options_json)).response;
      await link.call("vault_reshare", { change_id, response, recovery_passphrase: await sealPassphrase(link, passphrase) });
      onDone();
    }),
    () => parties.value.length > 0 && partyList(parties.value),
  ];
}

/** @param {string} options */
async function touched(options) {
  try {
    return await useHomePasskey(options);
  } catch {
    throw new Plain("Your home passkey was not touched. Nothing was changed.");
  }
}

/** The same parties, everything between them made anew: the way back of a device that was put back to an older copy. @param {Link} link @param {Vault} vault @param {() => void} onDone */
export function renewKeys(link, vault, onDone) {
  const devices = vault.parties.filter(({ kind, is_this }) => kind === "device" && !is_this);
  const open = signal(false);
  const steps = () =>
    h(
      "div",
      { class: "stack" },
      h("p", null, "Same addresses, new shares. Do it after a device was put back to an older copy, or where Counterfoil asks for it. The old recovery file stops working and a new one is made."),
      devices.length > 0 && [
        h("p", null, "First, somebody at each of your other devices says yes to it there:"),
        command(`counterfoil vault agree ${vault.vault_id} THIS`),
        h("p", { class: "small muted" }, "THIS is the name that this device has there; counterfoil device list shows it."),
      ],
      newShares(link, () => link.call("vault_beginRefresh", { vault_id: vault.vault_id }), onDone),
    );
  return h(
    "details",
    { id: "renew-keys", class: "fold", ontoggle: (/** @type {Event} */ event) => (open.value = /** @type {HTMLDetailsElement} */ (event.target).open) },
    h("summary", null, "Renew the keys"),
    () => open.value && steps(),
  );
}

/** A change of devices waits for its new recovery file: until it was opened again, the old devices sign. @param {Link} link @param {Vault} vault @param {() => void} onDone */
export function newRecoveryFile(link, vault, onDone) {
  const saved = signal("");
  return h(
    "div",
    { class: "notice stack", id: "new-recovery-file" },
    h("strong", null, "Save the new recovery file of ", foreign(vault.name)),
    h("p", null, "The new shares are ready. They take over once the new recovery file was saved and opened again."),
    form("Save the file", "Fetching it", () => null, async () => {
      const { file_name, content } = await link.call("backup_download", { vault_id: vault.vault_id });
      save(file_name, content);
      saved.value = file_name;
    }),
    () => saved.value && h("p", { role: "status", class: "muted small" }, `Saved as ${visible(saved.value)}. Now open it again.`),
    openAgain(link, null, async (opened) => {
      await link.call("backup_prove", { vault_id: vault.vault_id, ...opened });
      onDone();
    }),
  );
}
