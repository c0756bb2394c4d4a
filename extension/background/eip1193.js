/** The numbers of EIP-1193 and EIP-1474 for what the extension itself has to answer. */

/** @typedef {import("../generated/protocol.js").Fault} Fault */
/** @typedef {import("../generated/protocol.js").ProviderError} ProviderError */

export const DISCONNECTED = 4900;
export const UNAUTHORIZED = 4100;
export const INVALID_PARAMS = -32602;
export const LIMIT_EXCEEDED = -32005;
const INTERNAL = -32603;

/** @type {Record<string, number>} */
const BY_REASON = {
  user_rejected: 4001,
  cancelled: 4001,
  expired: 4001,
  not_permitted: UNAUTHORIZED,
  not_paired: UNAUTHORIZED,
  locked: UNAUTHORIZED,
  recovery_unproven: UNAUTHORIZED,
  unknown_method: 4200,
  unknown_chain: 4902,
  rate_limited: LIMIT_EXCEEDED,
};

/** @param {number} code @param {string} message @param {string} reason @returns {ProviderError} */
export const providerError = (code, message, reason) => ({ code, message, data: { reason } });

/** A fault of the agent as a page may see it. @param {Fault} fault @returns {ProviderError} */
export function fromFault({ code, reason, message, remedy }) {
  const known = BY_REASON[reason];
  if (known !== undefined) return providerError(known, message, reason);
  if (code >= 1000 && code < 2000) return providerError(INVALID_PARAMS, message, reason);
  if (code >= 2000 && code < 3000) return providerError(UNAUTHORIZED, message, reason);
  if (code >= 4000 && code < 5000) {
    return providerError(DISCONNECTED, remedy ? `${message} ${remedy}` : message, reason);
  }
  return providerError(INTERNAL, "Counterfoil could not do this. Nothing was signed.", reason);
}

/** @param {string} payload @returns {string} the method a payload names, or "" */
export function readMethod(payload) {
  try {
    const { method } = JSON.parse(payload);
    return typeof method === "string" ? method : "";
  } catch {
    return "";
  }
}
