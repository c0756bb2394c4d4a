/**
 * Seals a secret to a key of the agent or the co-signer. RFC 9180, base mode, single shot:
 * DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, by WebCrypto. The box is enc ‖ ciphertext.
 */

const KEM_SUITE = bytes("KEM", 0x00, 0x20);
const SUITE = bytes("HPKE", 0x00, 0x20, 0x00, 0x01, 0x00, 0x02);
const VERSION = bytes("HPKE-v1");
export const INFO = bytes("counterfoil/seal/1");

/** @param {string} text @param {...number} more @returns {Uint8Array<ArrayBuffer>} */
function bytes(text, ...more) {
  return concat(new TextEncoder().encode(text), Uint8Array.from(more));
}

/** @param {...Uint8Array} parts @returns {Uint8Array<ArrayBuffer>} */
function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} key @param {Uint8Array<ArrayBuffer>} message */
async function hmac(key, message) {
  // An empty HMAC key and one of zeros are the same; WebCrypto takes only the latter.
  const raw = key.length ? new Uint8Array(key) : new Uint8Array(32);
  const imported = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

/** @param {Uint8Array} suite @param {Uint8Array} salt @param {string} label @param {Uint8Array} secret */
const extract = (suite, salt, label, secret) => hmac(salt, concat(VERSION, suite, bytes(label), secret));

/** One block is enough: nothing here is longer than 32 bytes. @param {Uint8Array} suite @param {Uint8Array} key @param {string} label @param {Uint8Array} info @param {number} length */
async function expand(suite, key, label, info, length) {
  const labelled = concat(Uint8Array.of(length >> 8, length & 255), VERSION, suite, bytes(label), info, Uint8Array.of(1));
  return (await hmac(key, labelled)).slice(0, length);
}

/** @param {Uint8Array<ArrayBuffer>} raw */
const publicKey = (raw) => crypto.subtle.importKey("raw", raw, { name: "X25519" }, true, []);

/**
 * @param {Uint8Array<ArrayBuffer>} recipient the public key, 32 bytes
 * @param {Uint8Array<ArrayBuffer>} plaintext
 * @param {Uint8Array<ArrayBuffer>} aad
 * @param {Uint8Array} [info]
 * @param {CryptoKeyPair} [ephemeral] for test vectors only
 * @returns {Promise<Uint8Array<ArrayBuffer>>} enc ‖ ciphertext
 */
export async function seal(recipient, plaintext, aad, info = INFO, ephemeral) {
  const pair = ephemeral ?? /** @type {CryptoKeyPair} */ (await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]));
  const enc = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  const their = await publicKey(recipient);
  const dh = new Uint8Array(await crypto.subtle.deriveBits({ name: "X25519", public: their }, pair.privateKey, 256));
  if (dh.every((byte) => byte === 0)) throw new Error("The recipient's key is not a usable one.");
  const none = new Uint8Array(0);

  const eae = await extract(KEM_SUITE, none, "eae_prk", dh);
  const shared = await expand(KEM_SUITE, eae, "shared_secret", concat(enc, recipient), 32);

  const idHash = await extract(SUITE, none, "psk_id_hash", none);
  const infoHash = await extract(SUITE, none, "info_hash", info);
  const context = concat(Uint8Array.of(0), idHash, infoHash);
  const secret = await extract(SUITE, shared, "secret", none);
  const key = await expand(SUITE, secret, "key", context, 32);
  const nonce = await expand(SUITE, secret, "base_nonce", context, 12);

  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, aes, plaintext);
  return concat(enc, new Uint8Array(sealed));
}
