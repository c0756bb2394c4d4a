/** The second file: without it the loss of this computer is the loss of the vault. Saved and opened again, like the first. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { sealPassphrase } from "../secrets.js";
import { form } from "../components/form.js";
import { openAgain, passphraseOf, save, twice } from "../components/sealed_file.js";
import { foreign } from "../components/text.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").Vault} Vault */

/** @param {Link} link @param {Vault} vault @param {() => void} onDone */
export function secondFile(link, vault, onDone) {
  const saved = signal("");
  return h(
    "details",
    { class: "notice" },
    h("summary", null, "If this computer is lost, ", foreign(vault.name), " is lost. Save a second file."),
    h(
      "div",
      { class: "stack" },
      h("p", null, "Two of the vault's three parts live on this computer. Save this computer's part as a file, with a passphrase, in another place than the recovery file. The two files together bring the vault back; one of them alone can't sign anything."),
      () => (saved.value ? proveIt(link, saved.value, onDone) : saveIt(link, vault, (name) => (saved.value = name))),
    ),
  );
}

/** @param {Link} link @param {Vault} vault @param {(name: string) => void} onSaved */
function saveIt(link, vault, onSaved) {
  return form("Save the second file", "Sealing it", () => twice("Passphrase of the second file"), async (data) => {
    const passphrase = await sealPassphrase(link, passphraseOf(data));
    const { file_name, content } = await link.call("backup_export", { vault_id: vault.vault_id, passphrase });
    save(file_name, content);
    onSaved(file_name);
  });
}

/** @param {Link} link @param {string} name @param {() => void} onDone */
function proveIt(link, name, onDone) {
  const said = h("p", { role: "status" }, `Saved as ${name}. Now open it again, so that you know today that file and passphrase are right.`);
  return openAgain(link, said, async (opened) => {
    await link.call("backup_verify", opened);
    onDone();
  });
}
