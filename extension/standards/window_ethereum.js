/**
 * Takes `window.ethereum` for pages that know no EIP-6963, only where nobody else has it.
 *
 * Registered by the worker (see background/standards.js), so that a person can switch it off.
 */
(() => {
  "use strict";
  if ("ethereum" in window) return;
  /** @param {any} event */
  const take = (event) => {
    if (event.detail?.info?.rdns !== "app.counterfoil" || "ethereum" in window) return;
    Object.defineProperty(window, "ethereum", {
      value: event.detail.provider,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    window.dispatchEvent(new Event("ethereum#initialized"));
  };
  window.addEventListener("eip6963:announceProvider", take);
  window.dispatchEvent(new Event("eip6963:requestProvider"));
  window.removeEventListener("eip6963:announceProvider", take);
  // The announcer may not have run yet: once more, before the page's first script.
  if (!("ethereum" in window)) window.addEventListener("eip6963:announceProvider", take, { once: true });
})();
