/** Secrets on their way to the parties on this computer: sealed at once, never kept. */
import { fromBase64Url, toBase64Url } from "./bytes.js";
import { seal } from "./hpke.js";

/** @typedef {import("./link.js").Link} Link */
/** @typedef {import("../generated/protocol.js").SlotSecret} SlotSecret */
/** @typedef {import("../generated/protocol.js").SealedSecret} SealedSecret */
/** @typedef {"agent" | "cosigner"} Recipient */

/**
 * @param {Link} link @param {Partial<Record<Recipient, Uint8Array<ArrayBuffer>>>} secrets
 * @returns {Promise<Partial<Record<Recipient, SealedSecret>>>}
 */
export async function sealSecrets(link, secrets) {
  const recipients = /** @type {Recipient[]} */ (Object.keys(secrets));
  /** @type {Partial<Record<Recipient, SealedSecret>>} */
  const sealed = {};
  if (recipients.length === 0) return sealed;
  const { keys } = await link.call("seal_open", { recipients });
  for (const { recipient, session_id, public_key } of keys) {
    const secret = secrets[/** @type {Recipient} */ (recipient)];
    if (!secret) throw new Error("A key came for somebody who was not asked for.");
    const aad = new TextEncoder().encode(session_id);
    const box = await seal(fromBase64Url(public_key), secret, aad);
    secret.fill(0);
    sealed[/** @type {Recipient} */ (recipient)] = { session_id, box: toBase64Url(box) };
  }
  return sealed;
}

/**
 * @param {Link} link @param {"prf" | "passphrase"} kind @param {string | null} credential_id
 * @param {Partial<Record<Recipient, Uint8Array<ArrayBuffer>>>} secrets
 * @returns {Promise<SlotSecret[]>}
 */
export async function slotSecrets(link, kind, credential_id, secrets) {
  const sealed = await sealSecrets(link, secrets);
  return Object.entries(sealed).map(([recipient, secret]) => ({
    recipient: /** @type {Recipient} */ (recipient),
    kind,
    credential_id,
    secret,
  }));
}

/** @param {string} text @returns {Uint8Array<ArrayBuffer>} the same bytes for the same passphrase on every keyboard */
export const passphraseBytes = (text) => new Uint8Array(new TextEncoder().encode(text.normalize("NFKC")));

/** A passphrase for the agent, sealed by itself. @param {Link} link @param {string} text @returns {Promise<SealedSecret>} */
export async function sealPassphrase(link, text) {
  const { agent } = await sealSecrets(link, { agent: passphraseBytes(text) });
  if (!agent) throw new Error("The agent gave no key.");
  return agent;
}
