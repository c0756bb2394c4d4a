/** The home passkey, in the wallet's own pages. Its PRF outputs leave here only as key-slot secrets. */
import { fromBase64Url } from "./bytes.js";

/** @typedef {import("./secrets.js").Recipient} Recipient */
/** @typedef {Partial<Record<Recipient, Uint8Array<ArrayBuffer>>>} Outputs the first PRF output is the agent's, the second the co-signer's */

const TOUCH_MS = 120_000;

/** @template T @param {(signal: AbortSignal) => Promise<T>} ask @returns {Promise<T>} */
async function withLimit(ask) {
  const abort = new AbortController();
  /** @type {any} */
  let timer;
  // Without an authenticator the call may never settle, whatever its own timeout says.
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const error = new DOMException("Nobody touched the passkey in time.", "TimeoutError");
      abort.abort(error);
      reject(error);
    }, TOUCH_MS);
  });
  try {
    return /** @type {T} */ (await Promise.race([ask(abort.signal), late]));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {PublicKeyCredential} credential @returns {Outputs} */
function outputs(credential) {
  const results = /** @type {any} */ (credential.getClientExtensionResults()).prf?.results;
  /** @type {Outputs} */
  const found = {};
  if (results?.first) found.agent = new Uint8Array(results.first);
  if (results?.second) found.cosigner = new Uint8Array(results.second);
  return found;
}

/** `toJSON()` without what the authenticator derived: that is for the slots only. @param {PublicKeyCredential} credential */
export function responseWithoutSecrets(credential) {
  const json = /** @type {any} */ (credential.toJSON());
  const { prf, ...rest } = json.clientExtensionResults ?? {};
  if (prf?.enabled !== undefined) rest.prf = { enabled: prf.enabled };
  return { ...json, clientExtensionResults: rest };
}

/** @param {string} optionsJson @returns {Promise<{ response: object, id: string, prf: Outputs }>} */
export async function createHomePasskey(optionsJson) {
  const options = JSON.parse(optionsJson);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = /** @type {PublicKeyCredential} */ (
    await withLimit((signal) => navigator.credentials.create({ publicKey, signal }))
  );
  let prf = outputs(credential);
  const { enabled } = /** @type {any} */ (credential.getClientExtensionResults()).prf ?? {};
  // Some authenticators have PRF, but answer it only when asked a second time.
  if (enabled && !prf.agent) prf = await evaluate(credential.id, options.extensions);
  return { response: responseWithoutSecrets(credential), id: credential.id, prf };
}

/** @param {string} id @param {any} extensions @returns {Promise<Outputs>} */
async function evaluate(id, extensions) {
  const { prf } = PublicKeyCredential.parseRequestOptionsFromJSON({ challenge: "", extensions }).extensions ?? {};
  const credential = /** @type {PublicKeyCredential} */ (
    await withLimit((signal) =>
      navigator.credentials.get({
        publicKey: {
          challenge: crypto.getRandomValues(new Uint8Array(32)),
          allowCredentials: [{ type: "public-key", id: fromBase64Url(id) }],
          userVerification: "required",
          extensions: /** @type {any} */ ({ prf }),
        },
        signal,
      }),
    )
  );
  return outputs(credential);
}

/** @param {string} optionsJson @returns {Promise<{ response: object, id: string, prf: Outputs }>} */
export async function useHomePasskey(optionsJson) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(optionsJson));
  const credential = /** @type {PublicKeyCredential} */ (
    await withLimit((signal) => navigator.credentials.get({ publicKey, signal }))
  );
  return { response: responseWithoutSecrets(credential), id: credential.id, prf: outputs(credential) };
}
