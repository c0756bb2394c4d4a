/** The wallet's pages that live in a tab: each is opened once and then brought forward. */

/** @typedef {"home" | "onboarding"} Page */

/** @param {Page} page */
export async function openPage(page) {
  if (page !== "home" && page !== "onboarding") return;
  const url = chrome.runtime.getURL(`extension/ui/${page}.html`);
  // Without the "tabs" permission the browser still shows an extension its own pages.
  const [open] = await chrome.tabs.query({ url: `${url}*` }).catch(() => []);
  if (open?.id !== undefined) {
    await chrome.tabs.update(open.id, { active: true });
    await chrome.windows.update(open.windowId, { focused: true });
    return;
  }
  await chrome.tabs.create({ url });
}
