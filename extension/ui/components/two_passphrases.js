/** For a passkey that can't open anything (no PRF): two passphrases, one for each party on this computer. */
import { h } from "../h.js";
import { passphraseBytes, slotSecrets } from "../secrets.js";
import { Plain } from "./attempt.js";
import { form } from "./form.js";
import { SHORTEST } from "./sealed_file.js";
import { field } from "./unlock.js";

/** @param {import("../link.js").Link} link @param {() => void} done */
export function twoPassphrases(link, done) {
  const fields = () => [
    h("h1", null, "Two passphrases"),
    h("p", null, "Your passkey can't unlock files by itself, so each of the two parties on this computer gets a passphrase."),
    field("For this computer", "agent", { autocomplete: "new-password" }),
    field("For the co-signer", "cosigner", { autocomplete: "new-password" }),
  ];
  return form("Go on", "Setting them", fields, async (data) => {
    const agent = String(data.get("agent"));
    const cosigner = String(data.get("cosigner"));
    if (agent.length < SHORTEST || cosigner.length < SHORTEST) throw new Plain(`Take at least ${SHORTEST} characters for each.`);
    if (agent === cosigner) throw new Plain("Take two different passphrases: one alone must not open both.");
    const slots = await slotSecrets(link, "passphrase", null, { agent: passphraseBytes(agent), cosigner: passphraseBytes(cosigner) });
    await link.call("passkey_addSlots", { slots });
    done();
  });
}
