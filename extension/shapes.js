// Pure checks of values that came from outside, put together by generated/protocol.js.
// A check answers null, or where the value is wrong and how.

/** @typedef {(value: unknown, at: string) => string | null} Check */

/** @param {RegExp | null} pattern @param {number} [min] @param {number} [max] @returns {Check} */
export function text(pattern, min = 0, max = Infinity) {
  return (value, at) => {
    if (typeof value !== "string") return `${at}: not a string`;
    // JSON Schema counts code points; counting is needed only where code units leave it open
    const size = value.length <= max && value.length >= 2 * min ? value.length : [...value].length;
    if (size < min) return `${at}: too short`;
    if (size > max) return `${at}: too long`;
    return pattern === null || pattern.test(value) ? null : `${at}: not of the agreed form`;
  };
}

/** @param {number} [min] @param {number} [max] @returns {Check} */
export function whole(min = -Infinity, max = Infinity) {
  return (value, at) => {
    if (!Number.isInteger(value)) return `${at}: not a whole number`;
    const number = /** @type {number} */ (value);
    return number < min || number > max ? `${at}: out of range` : null;
  };
}

/** @type {Check} */
export function flag(value, at) {
  return typeof value === "boolean" ? null : `${at}: not true or false`;
}

/** @type {Check} */
export function nothing(value, at) {
  return value === null ? null : `${at}: not null`;
}

/** Any JSON object. @type {Check} */
export function object(value, at) {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? null : `${at}: not an object`;
}

/** @param {readonly string[]} words @returns {Check} */
export function oneOf(words) {
  return (value, at) => (words.includes(/** @type {string} */ (value)) ? null : `${at}: not one of the agreed words`);
}

/** @param {Check} item @param {number} [min] @param {number} [max] @returns {Check} */
export function list(item, min = 0, max = Infinity) {
  return (value, at) => {
    if (!Array.isArray(value)) return `${at}: not a list`;
    if (value.length < min || value.length > max) return `${at}: wrong number of items`;
    for (let index = 0; index < value.length; index += 1) {
      const fault = item(value[index], `${at}[${index}]`);
      if (fault !== null) return fault;
    }
    return null;
  };
}

/** @param {...Check} checks @returns {Check} */
export function either(...checks) {
  return (value, at) => {
    let fault = null;
    for (const check of checks) {
      const found = check(value, at);
      if (found === null) return null;
      fault ??= found;
    }
    return fault;
  };
}

/** All fields, and no others. @param {Readonly<Record<string, Check>>} fields @returns {Check} */
export function record(fields) {
  const checks = Object.entries(fields);
  return (value, at) => {
    const wrong = object(value, at);
    if (wrong !== null) return wrong;
    const found = /** @type {Record<string, unknown>} */ (value);
    for (const [name, check] of checks) {
      if (!Object.hasOwn(found, name)) return `${at}.${name}: missing`;
      const fault = check(found[name], `${at}.${name}`);
      if (fault !== null) return fault;
    }
    for (const name of Object.keys(found)) {
      if (!Object.hasOwn(fields, name)) return `${at}.${name.slice(0, 64)}: unknown field`;
    }
    return null;
  };
}

/** Records told apart by one field. @param {string} tag @param {Readonly<Record<string, Check>>} checks @returns {Check} */
export function tagged(tag, checks) {
  return (value, at) => {
    const wrong = object(value, at);
    if (wrong !== null) return wrong;
    const found = /** @type {Record<string, unknown>} */ (value);
    const word = Object.hasOwn(found, tag) ? found[tag] : undefined;
    const check = typeof word === "string" && Object.hasOwn(checks, word) ? checks[word] : undefined;
    return check === undefined ? `${at}.${tag}: not one of the agreed words` : check(value, at);
  };
}
