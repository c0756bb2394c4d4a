/** Who may ask: decided on what the browser says of the sender, never on what the page says. */

/** @typedef {import("../generated/protocol.js").Context} Context */

/** WHATWG origins whose pages are trustworthy enough to hold a passkey or a permission. */
const SECURE = /^(https:\/\/[^/?#@]+|http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?)$/;

/** @param {unknown} origin @returns {origin is string} */
export const isSecureOrigin = (origin) =>
  typeof origin === "string" && origin.length <= 512 && SECURE.test(origin);

/**
 * The context of a page's call, or why there is none. The document's own name (Firefox gives none)
 * comes from our content script, which the page can't read.
 * @param {chrome.runtime.MessageSender | undefined} sender @param {string} fallbackDocument
 * @returns {{ context: Context } | { refusal: string }}
 */
export function readContext(sender, fallbackDocument) {
  const tab = sender?.tab?.id;
  if (!sender || tab === undefined || tab < 0) return { refusal: "Counterfoil answers pages in tabs only." };
  if (sender.frameId !== 0) return { refusal: "Counterfoil does not answer pages inside other pages." };
  if (!isSecureOrigin(sender.origin)) return { refusal: "Counterfoil answers secure pages only (https)." };
  return {
    context: {
      origin: sender.origin,
      tab_id: tab,
      frame_id: 0,
      document_id: sender.documentId ?? fallbackDocument,
    },
  };
}
