/**
 * What is registered per site rather than in the manifest: taking `window.ethereum`.
 *
 * On by default, and only where no other wallet has it: pages that know EIP-6963 don't need it, and
 * a person can switch it off in the home page. A change applies from a page's next load.
 */

const ID = "window-ethereum";

/** @returns {Promise<boolean>} */
export async function takesWindowEthereum() {
  const { window_ethereum } = await chrome.storage.local.get({ window_ethereum: true });
  return window_ethereum === true;
}

/** @param {boolean} on */
export async function setWindowEthereum(on) {
  await chrome.storage.local.set({ window_ethereum: on });
  await registerStandards();
}

/** Brings what the browser has registered in line with the setting. */
export async function registerStandards() {
  const wanted = await takesWindowEthereum();
  const [registered] = await chrome.scripting.getRegisteredContentScripts({ ids: [ID] });
  if (registered && !wanted) await chrome.scripting.unregisterContentScripts({ ids: [ID] });
  if (registered || !wanted) return;
  await chrome.scripting.registerContentScripts([
    {
      id: ID,
      js: ["extension/standards/window_ethereum.js"],
      matches: chrome.runtime.getManifest().content_scripts?.[0]?.matches ?? [],
      runAt: "document_start",
      world: "MAIN",
      persistAcrossSessions: true,
    },
  ]);
}
