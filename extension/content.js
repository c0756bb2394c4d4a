/**
 * The bridge between a page and the worker. The page can't reach in, but may forge every message: nothing
 * of it is believed but `{id, payload}`; who the page is, the browser tells the worker. Calls survive the
 * worker: they are asked again under the same id, which the agent takes as one.
 */
(() => {
  "use strict";
  const GONE = "Counterfoil was updated or switched off. Reload this page.";
  const SILENT = "Counterfoil does not answer. Nothing was signed.";
  const MOST_CALLS = 256;
  const MOST_TRIES = 6;

  /** @type {chrome.runtime.Port | null} */
  let port = null;
  /** @type {Map<string, string>} */
  const waiting = new Map();
  let tries = 0;
  let shared = false;
  // For browsers that name no document (Firefox); the page can't read it.
  const documentName = crypto.randomUUID();
  /** @type {any} */ (globalThis).counterfoilDocument = documentName;

  /** @param {object} told */
  const tell = (told) =>
    window.dispatchEvent(new CustomEvent("counterfoil:tell", { detail: JSON.stringify(told) }));

  /** @param {string} id @param {number} code @param {string} message */
  const fail = (id, code, message) => {
    waiting.delete(id);
    tell({ id, error: { code, message } });
  };

  /** @param {string} message */
  const failAll = (message) => {
    for (const id of [...waiting.keys()]) fail(id, 4900, message);
    tell({ event: "disconnect", data: { message } });
  };

  const connect = () => {
    if (port) return;
    try {
      port = chrome.runtime.connect({ name: `page:${documentName}` });
    } catch {
      return failAll(GONE);
    }
    const mine = port;
    mine.onMessage.addListener((message) => {
      tries = 0;
      receive(message);
    });
    mine.onDisconnect.addListener(() => {
      void chrome.runtime?.lastError;
      if (port === mine) port = null;
      again();
    });
    for (const [id, payload] of waiting) mine.postMessage({ type: "call", id, payload });
  };

  /** The worker died: ask again what is open, for about five seconds. */
  const again = () => {
    if (!chrome.runtime?.id) return failAll(GONE);
    if (waiting.size === 0 && !shared) return;
    if (++tries > MOST_TRIES) {
      tries = 0;
      return failAll(SILENT);
    }
    setTimeout(connect, 50 * 2 ** tries);
  };

  /** @param {any} message */
  const receive = (message) => {
    if (message.type === "answer") {
      if (!waiting.delete(message.id)) return;
      tell(
        message.error
          ? { id: message.id, error: message.error }
          : { id: message.id, result: JSON.parse(message.result_json) },
      );
    } else if (message.type === "event") {
      if (Array.isArray(message.data?.accounts ?? message.data)) shared = (message.data.accounts ?? message.data).length > 0;
      tell({ event: message.name, data: message.data });
    }
  };

  window.addEventListener("counterfoil:ask", (event) => {
    const text = /** @type {CustomEvent} */ (event).detail;
    if (typeof text !== "string") return;
    /** @type {any} */
    let asked;
    try {
      asked = JSON.parse(text);
    } catch {
      return;
    }
    const id = asked?.id;
    const payload = asked?.payload;
    if (typeof id !== "string" || id.length === 0 || id.length > 64 || typeof payload !== "string") return;
    if (waiting.has(id)) return;
    if (waiting.size >= MOST_CALLS) return fail(id, -32005, "This page has too many calls open at once.");
    waiting.set(id, payload);
    whenShown(() => {
      if (!chrome.runtime?.id) failAll(GONE);
      else if (port) port.postMessage({ type: "call", id, payload });
      else connect();
    });
  });

  /** A page that is only being prerendered asks when it is shown. @param {() => void} act */
  const whenShown = (act) => {
    if (/** @type {any} */ (document).prerendering) {
      document.addEventListener("prerenderingchange", act, { once: true });
    } else act();
  };

  // Back from the back/forward cache, without a port.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && !port) again();
  });
})();
