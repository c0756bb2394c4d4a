/** Numbers, addresses, origins and foreign text as people read them. Pure. */

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;
const INVISIBLE_BUT_NEWLINE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** @param {string} char */
const name = (char) => `‹U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`;

/** Foreign text on one line: what is invisible or turns the reading direction is named instead. @param {string} text */
export const visible = (text) => text.replace(INVISIBLE, name);

/** The same for a text of several lines. @param {string} text */
export const visibleLines = (text) => text.replace(INVISIBLE_BUT_NEWLINE, name);

/** @param {string} text @param {number} most */
export function shorten(text, most) {
  const chars = [...visible(text)];
  return chars.length > most ? `${chars.slice(0, most - 1).join("")}…` : chars.join("");
}

/**
 * A whole number of base units as a decimal number of the locale. Digits are cut, never rounded:
 * `short` has at most six of them after the point (four significant ones below one), `full` has all.
 * @param {string} units @param {number} decimals @param {string} [locale]
 * @returns {{ short: string, full: string, cut: boolean }}
 */
export function amount(units, decimals, locale) {
  const digits = units.padStart(decimals + 1, "0");
  const whole = BigInt(digits.slice(0, digits.length - decimals));
  const fraction = decimals === 0 ? "" : digits.slice(-decimals).replace(/0+$/, "");
  const point = new Intl.NumberFormat(locale).formatToParts(1.5).find((part) => part.type === "decimal")?.value ?? ".";
  const grouped = new Intl.NumberFormat(locale).format(whole);
  const zeros = whole === 0n ? (/^0*/.exec(fraction)?.[0].length ?? 0) : 0;
  const few = fraction.slice(0, Math.max(6, whole === 0n ? zeros + 4 : 0)).replace(/0+$/, "");
  const join = (/** @type {string} */ rest) => (rest ? `${grouped}${point}${rest}` : grouped);
  return { short: join(few), full: join(fraction), cut: few !== fraction };
}

/**
 * An address in the parts that the eye compares: the first and the last six are drawn bold.
 * @param {string} address @returns {{ prefix: string, head: string, middle: string, tail: string }}
 */
export function addressParts(address) {
  const clean = visible(address);
  const prefix = /^0x/.test(clean) ? "0x" : "";
  const body = clean.slice(prefix.length);
  if (body.length <= 12) return { prefix, head: body, middle: "", tail: "" };
  return { prefix, head: body.slice(0, 6), middle: body.slice(6, -6), tail: body.slice(-6) };
}

/** @param {string} address */
export function shortAddress(address) {
  const { prefix, head, middle, tail } = addressParts(address);
  return middle ? `${prefix}${head}…${tail}` : `${prefix}${head}`;
}

/**
 * The whole origin, with the part that somebody owns told apart.
 * @param {string} origin @param {string} domain @returns {{ before: string, domain: string, after: string }}
 */
export function originParts(origin, domain) {
  const clean = visible(origin);
  const from = clean.indexOf("://") + 3;
  const end = clean.indexOf(":", from) < 0 ? clean.length : clean.indexOf(":", from);
  const at = end - domain.length;
  if (!domain || at < from || clean.slice(at, end) !== domain) return { before: "", domain: clean, after: "" };
  return { before: clean.slice(0, at), domain, after: clean.slice(end) };
}

/** @param {string} origin */
export const host = (origin) => visible(origin).replace(/^https?:\/\//, "");

/** @param {number} seconds unix time @param {string} [locale] */
export const time = (seconds, locale) =>
  new Date(seconds * 1000).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });

/** @param {number} seconds @param {string} [locale] */
export const date = (seconds, locale) => new Date(seconds * 1000).toLocaleDateString(locale, { dateStyle: "long" });

/** Only addresses that may be opened from a window of ours. @param {string | null} url */
export const safeLink = (url) => (url && /^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1)(:\d+)?\/)/.test(url) ? url : null);

/** @param {string} text @returns {unknown} what JSON text holds, or the text itself */
export function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A rough measure for people: how much guessing a passphrase costs. @param {string} text @returns {0 | 1 | 2 | 3} */
export function strength(text) {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(text)).length;
  const different = new Set(text.toLowerCase()).size;
  const words = text.trim().split(/[\s-]+/).filter((word) => word.length > 2);
  const apart = new Set(words.map((word) => word.toLowerCase())).size;
  if (text.length < 10 || different < 5) return 0;
  const score = Math.min(text.length, different * 2) + kinds * 2 + apart * 3;
  return score >= 36 ? 3 : score >= 26 ? 2 : 1;
}

/** A network's name; that it is for tests is said once. @param {string} name @param {boolean} testnet */
export const networkName = (name, testnet) => (testnet && !/test/i.test(name) ? `${name}, a test network` : name);
