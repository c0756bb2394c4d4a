/**
 * The pages: one port for each document that has asked something. Calls go to the agent, answers
 * and events come back, and a touch is asked of exactly the document that a request belongs to.
 *
 * Nothing here must outlive the worker. A call that was open when it died is asked again by
 * content.js under the same id; the agent takes (document, id) as one request.
 */
import { AgentError } from "../native.js";
import { DISCONNECTED, INVALID_PARAMS, UNAUTHORIZED, fromFault, providerError, readMethod } from "./eip1193.js";
import { readContext } from "./origin.js";

/** @typedef {import("../generated/protocol.js").Context} Context */
/** @typedef {import("../generated/protocol.js").Target} Target */
/** @typedef {import("../generated/protocol.js").ProviderResult} ProviderResult */
/** @typedef {{ response: object } | { failure: { name: string, message: string } }} Touched */
/** @typedef {{ port: chrome.runtime.Port | null, context: Context, calls: Set<string>, named: boolean, subscribed: boolean }} Page named: by the browser */

const LARGEST_PAYLOAD = 1_000_000;
const RETRY_MS = [250, 750, 2_000];
/** How long a document may be without a port (the worker died, a navigation ends it) before it counts as closed. */
const CLOSED_MS = 3_000;
const TOUCH_MS = 130_000;
/** Methods by which a person means "connect", so that set-up may open a tab. */
const CONNECTS = new Set(["eth_requestAccounts", "wallet_requestPermissions"]);
/** The method by which a page asks that the wallet show its own page. */
const SHOWS = "wallet_showCallsStatus";
const SHOW_AGAIN_MS = 5_000;
const UNFINISHED = new Set(["home_passkey", "vault", "recovery_file"]);

/** @param {number} ms @returns {Promise<void>} */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Pages {
  /** @type {Map<string, Page>} */
  #pages = new Map();

  /**
   * @param {import("../native.js").Native} native
   * @param {{ openOnboarding: () => Promise<void>, openHome: () => Promise<void>, remember: (open: Record<string, number>) => void }} worker
   */
  constructor(native, worker) {
    this.native = native;
    this.worker = worker;
  }

  /** @param {chrome.runtime.Port} port */
  accept(port) {
    const read = readContext(port.sender, port.name.slice("page:".length, 64));
    if ("refusal" in read) {
      const error = providerError(UNAUTHORIZED, read.refusal, "origin_refused");
      port.onMessage.addListener((message) => {
        if (message?.type === "call") port.postMessage({ type: "answer", id: message.id, error });
      });
      return;
    }
    const page = this.#page(read.context, port.sender?.documentId !== undefined);
    page.port = port;
    port.onMessage.addListener((message) => this.#receive(page, message));
    port.onDisconnect.addListener(() => {
      void chrome.runtime.lastError;
      if (page.port !== port) return;
      page.port = null;
      setTimeout(() => this.#closeIfGone(page), CLOSED_MS);
    });
    void this.#greet(page);
  }

  /** @param {Context} context @param {boolean} named @returns {Page} */
  #page(context, named) {
    const known = this.#pages.get(context.document_id);
    if (known && known.context.origin === context.origin && known.context.tab_id === context.tab_id) return known;
    const page = { port: null, context, calls: new Set(), named, subscribed: false };
    this.#pages.set(context.document_id, page);
    return page;
  }

  /** What the provider starts with. @param {Page} page */
  async #greet(page) {
    try {
      await this.native.ready();
      if (!this.native.status.paired) return;
      const state = await this.native.call("provider_state", page.context);
      this.#post(page, { type: "event", name: "connect", data: { chainId: state.chain_id, accounts: state.accounts } });
    } catch {
      // The page's own calls are answered with the reason.
    }
  }

  /** @param {Page} page @param {any} message */
  #receive(page, message) {
    if (message?.type !== "call" || typeof message.id !== "string" || message.id.length > 64) return;
    if (typeof message.payload !== "string" || page.calls.has(message.id)) return;
    page.calls.add(message.id);
    if (readMethod(message.payload) === "eth_subscribe") page.subscribed = true;
    this.#keep();
    void this.#answer(page.context, message.id, message.payload).then((answer) => {
      page.calls.delete(message.id);
      this.#keep();
      this.#post(page, { type: "answer", id: message.id, ...answer });
      if (readMethod(message.payload) === SHOWS && "result_json" in answer) this.#showHome();
    });
  }

  #shownAt = 0;
  /** Not again and again: a page must not hold the person there. */
  #showHome() {
    if (Date.now() - this.#shownAt < SHOW_AGAIN_MS) return;
    this.#shownAt = Date.now();
    void this.worker.openHome();
  }

  /** Never rejects, always answers. @param {Context} context @param {string} call_id @param {string} payload */
  async #answer(context, call_id, payload) {
    if (payload.length > LARGEST_PAYLOAD) {
      return { error: providerError(INVALID_PARAMS, "The request is too large.", "too_large") };
    }
    for (const wait of [...RETRY_MS, null]) {
      try {
        await this.native.ready();
        const early = await this.#beforeSetUp(readMethod(payload));
        if (early) return early;
        const result = await this.native.call("provider_request", { context, call_id, payload });
        return readAnswer(result);
      } catch (error) {
        const fault = error instanceof AgentError ? error.fault : null;
        if (!fault) return { error: providerError(-32603, "Counterfoil made a mistake. Nothing was signed.", "internal") };
        if (fault.code !== 4005) return { error: fromFault(fault) };
        const { link } = this.native.status;
        if (wait === null || link === "missing" || link === "forbidden" || link === "incompatible") {
          if (CONNECTS.has(readMethod(payload))) await this.worker.openOnboarding();
          return { error: fromFault(fault) };
        }
        await pause(wait);
      }
    }
    return { error: providerError(DISCONNECTED, "Counterfoil does not answer.", "agent_unreachable") };
  }

  /** Until a browser is paired and its vault stands, pages learn nothing; only a wish to connect opens the set-up. @param {string} method */
  async #beforeSetUp(method) {
    const { paired, state } = this.native.status;
    if (paired && !UNFINISHED.has(state?.onboarding ?? "done")) return null;
    if (method === "eth_accounts") return { result_json: "[]" };
    if (CONNECTS.has(method)) {
      await this.worker.openOnboarding();
      const message = "Counterfoil is not set up yet. Its set-up page is open: finish it, then connect again.";
      return { error: providerError(UNAUTHORIZED, message, "not_set_up") };
    }
    return paired ? null : { error: providerError(DISCONNECTED, "Counterfoil is not set up in this browser yet.", "not_set_up") };
  }

  /** @param {Page} page @param {object} message */
  #post(page, message) {
    try {
      page.port?.postMessage(message);
    } catch {
      page.port = null;
    }
  }

  /** To all pages of a site, or to one of them. @param {string} origin @param {string | null} document @param {string} name @param {unknown} data */
  broadcast(origin, document, name, data) {
    for (const page of this.#pages.values()) {
      if (page.context.origin !== origin || (document !== null && page.context.document_id !== document)) continue;
      this.#post(page, { type: "event", name, data });
    }
  }

  /** Locked, unlocked, another network: each page is told where it stands, and learns of what is new to it. */
  greetAll() {
    for (const page of this.#pages.values()) void this.#greet(page);
  }

  /** The agent went away or came back: EIP-1193's disconnect and connect. @param {boolean} up @param {string} message */
  announce(up, message) {
    if (up) return this.greetAll();
    for (const page of this.#pages.values()) {
      this.#post(page, { type: "event", name: "disconnect", data: { message } });
    }
  }

  /** @param {Page} page */
  #closeIfGone(page) {
    const id = page.context.document_id;
    if (page.port || this.#pages.get(id) !== page) return;
    this.#pages.delete(id);
    if (page.calls.size > 0 || page.subscribed) this.closed(page.context.tab_id, id);
    this.#keep();
  }

  /** @param {number} tab_id @param {string | null} document_id */
  closed(tab_id, document_id) {
    this.native.call("provider_closed", { tab_id, document_id }).catch(() => undefined);
  }

  /** @param {number} tabId */
  tabClosed(tabId) {
    const pages = [...this.#pages.values()].filter((page) => page.context.tab_id === tabId);
    if (pages.length === 0) return;
    for (const page of pages) {
      this.#pages.delete(page.context.document_id);
      }
    this.closed(tabId, null);
    this.#keep();
  }

  /** Documents that wait for something, for a worker that starts after this one died. */
  #keep() {
    /** @type {Record<string, number>} */
    const open = {};
    for (const [id, page] of this.#pages) if (page.calls.size > 0 || page.subscribed) open[id] = page.context.tab_id;
    this.worker.remember(open);
  }

  /** Documents that a former worker knew and that did not come back are gone. @param {Record<string, number>} open */
  forgetMissing(open) {
    for (const [id, tab] of Object.entries(open)) if (!this.#pages.has(id)) this.closed(tab, id);
  }

  /**
   * Asks the very document of a request for its passkey.
   * @param {Target} target @param {{ token: string, kind: "create" | "get", options_json: string }} touch
   * @returns {Promise<Touched>}
   */
  async touch(target, touch) {
    const page = this.#pages.get(target.document_id);
    if (!page?.port || page.context.origin !== target.origin || page.context.tab_id !== target.tab_id) return GONE;
    await bringForward(target.tab_id);
    const args = /** @type {[object]} */ ([{ ...touch, document: page.named ? "" : target.document_id }]);
    try {
      await chrome.scripting.executeScript({ target: placeOf(page), files: ["extension/touch.js"] });
      const asking = chrome.scripting.executeScript({ target: placeOf(page), func: performThere, args });
      const [done] = await Promise.race([asking, late()]);
      return readTouched(done?.result);
    } catch {
      return GONE; // the document went away under the touch
    }
  }

  /** @param {Target} target @param {string} token */
  async abortTouch(target, token) {
    const page = this.#pages.get(target.document_id);
    if (!page) return;
    const there = { target: placeOf(page), func: abortThere, args: /** @type {[string]} */ ([token]) };
    await chrome.scripting.executeScript(there).catch(() => undefined);
  }
}

/** Runs in the page's isolated world. @param {object} asked */
const performThere = (asked) => /** @type {any} */ (globalThis).counterfoilTouch.perform(asked);
/** Runs in the page's isolated world. @param {string} token */
const abortThere = (token) => /** @type {any} */ (globalThis).counterfoilTouch?.abort(token);

/** Exactly this document; where the browser names none, touch.js compares our own name for it. @param {Page} page */
const placeOf = ({ named, context }) => ({
  tabId: context.tab_id,
  ...(named ? { documentIds: [context.document_id] } : { frameIds: [0] }),
});

/** @returns {Promise<{ result: unknown }[]>} */
const late = () =>
  pause(TOUCH_MS).then(() => [{ result: '{"failure":{"name":"TimeoutError","message":"Nobody touched the passkey in time."}}' }]);

/** @type {Touched} */
const GONE = { failure: { name: "InvalidStateError", message: "The page that asked is gone." } };

/** A passkey answers only in the focused page. @param {number} tabId */
async function bringForward(tabId) {
  const tab = await chrome.tabs.update(tabId, { active: true }).catch(() => undefined);
  if (tab) await chrome.windows.update(tab.windowId, { focused: true }).catch(() => undefined);
}

/** @param {unknown} text @returns {Touched} */
function readTouched(text) {
  const { response, failure } = typeof text === "string" ? JSON.parse(text) : {};
  if (response && typeof response === "object") return { response };
  return { failure: { name: String(failure?.name ?? "UnknownError"), message: String(failure?.message ?? "") } };
}

/** @param {ProviderResult} result */
function readAnswer(result) {
  if (result.error) return { error: result.error };
  if (typeof result.result_json === "string") return { result_json: result.result_json };
  return { error: providerError(-32603, "Counterfoil gave no answer.", "internal") };
}
