/**
 * Where a site passkey is touched: put by the worker into the isolated world of exactly the document
 * that asked, only when it is wanted. The page's scripts can't reach in.
 */
(() => {
  "use strict";
  const world = /** @type {any} */ (globalThis);
  if (world.counterfoilTouch) return;
  const TOUCH_MS = 120_000;
  const FOCUS_MS = 3_000;

  /**
   * @typedef {{ response: object } | { failure: { name: string, message: string } }} Touched
   * @typedef {{ token: string, kind: "create" | "get", options_json: string, document: string }} Touch
   * @type {{ token: string, abort: AbortController, done: Promise<Touched> } | null}
   */
  let touch = null;

  world.counterfoilTouch = {
    /**
     * One touch at a time; the same token asked again (the worker died) gets the same answer.
     * As JSON text: what is null in an object would be dropped on the way.
     * @param {Touch} asked @returns {Promise<string>}
     */
    async perform(asked) {
      if (asked.document && asked.document !== world.counterfoilDocument) {
        return JSON.stringify(failure("InvalidStateError", "Another page is here now."));
      }
      if (touch?.token !== asked.token) {
        const before = touch;
        before?.abort.abort();
        const abort = new AbortController();
        const free = before?.done ?? Promise.resolve();
        touch = { token: asked.token, abort, done: free.then(() => perform(asked, abort)) };
      }
      return JSON.stringify(await touch.done);
    },
    /** @param {string} token */
    abort(token) {
      if (touch?.token === token) touch?.abort.abort();
    },
  };

  /** @param {string} name @param {string} message @returns {Touched} */
  const failure = (name, message) => ({ failure: { name, message: message.slice(0, 1000) } });

  /** @param {Touch} asked @param {AbortController} abort @returns {Promise<Touched>} */
  const perform = async (asked, abort) => {
    if (!window.isSecureContext || !navigator.credentials || typeof PublicKeyCredential === "undefined") {
      return failure("NotSupportedError", "Passkeys can't be used on this page.");
    }
    if (!(await focused())) return failure("NotAllowedError", "The page does not have the focus.");
    /** @type {number | undefined} */
    let timer;
    // Without an authenticator a call may never settle, whatever its own timeout says.
    const late = new Promise((resolve) => {
      timer = window.setTimeout(() => {
        abort.abort(new DOMException("Nobody touched the passkey in time.", "TimeoutError"));
        window.setTimeout(() => resolve(failure("TimeoutError", "Nobody touched the passkey in time.")), 500);
      }, TOUCH_MS);
      abort.signal.addEventListener("abort", () =>
        window.setTimeout(() => resolve(failure("AbortError", "The touch was called off.")), 500),
      );
    });
    try {
      return /** @type {Touched} */ (await Promise.race([call(asked, abort.signal), late]));
    } catch (error) {
      const { name, message } = /** @type {DOMException} */ (error);
      return failure(String(name), String(message));
    } finally {
      clearTimeout(timer);
    }
  };

  /** @param {Touch} asked @param {AbortSignal} signal @returns {Promise<Touched>} */
  const call = async (asked, signal) => {
    const options = JSON.parse(asked.options_json);
    const credential = /** @type {PublicKeyCredential | null} */ (
      asked.kind === "create"
        ? await navigator.credentials.create({
            publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
            signal,
          })
        : await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
            signal,
          })
    );
    if (!credential) return failure("NotAllowedError", "There was no answer.");
    return { response: credential.toJSON() };
  };

  /** The worker has just brought this tab forward; the focus may take a moment. @returns {Promise<boolean>} */
  const focused = () =>
    new Promise((resolve) => {
      const ready = () => document.hasFocus() && document.visibilityState === "visible";
      if (ready()) return resolve(true);
      const started = Date.now();
      const timer = setInterval(() => {
        if (!ready() && Date.now() - started < FOCUS_MS) return;
        clearInterval(timer);
        resolve(ready());
      }, 50);
    });
})();
