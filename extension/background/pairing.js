/** Pairing this browser profile: the worker asks, waits for the person's word in the terminal, and keeps the proof. */

/** @typedef {import("../native.js").Native} Native */
/** @typedef {import("../generated/protocol.js").Pairing} Pairing */

/** @param {string} agent @returns {string} */
export function browserName(agent) {
  if (/Firefox\//.test(agent)) return "Firefox";
  if (/Edg\//.test(agent)) return "Edge";
  if (/Chrome\//.test(agent)) return "Chrome or Chromium";
  return "Browser";
}

/** @param {Native} native */
export function pairing(native) {
  /** @type {{ pairing: Pairing, done: Promise<void> } | null} */
  let open = null;

  /** @param {Pairing} begun */
  const wait = async (begun) => {
    const profile = await native.call("profile_await", { pairing_id: begun.pairing_id });
    await chrome.storage.local.set({ profile });
    await native.reconnect();
  };

  return {
    /** The pairing that waits, or a new one. */
    "extension.pair": async () => {
      if (native.status.paired) return null;
      if (open && open.pairing.expires_at * 1000 > Date.now() + 5_000) return open.pairing;
      const browser = browserName(navigator.userAgent);
      const begun = await native.call("profile_begin", { name: browser, browser });
      const done = wait(begun);
      const mine = { pairing: begun, done };
      open = mine;
      done
        .catch(() => undefined)
        .finally(() => {
          if (open === mine) open = null;
        });
      return begun;
    },
    /** Ends when the pairing ended, well or not. */
    "extension.paired": async () => {
      await open?.done;
      return { paired: native.status.paired };
    },
  };
}
