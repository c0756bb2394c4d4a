/**
 * The wallet's own pages: they call the agent through the worker, which alone has the native port,
 * and ask the worker for what only it can do (pairing, touches in a page, windows).
 */
import { AgentError } from "../native.js";

/** @typedef {import("../native.js").Native} Native */
/** @typedef {(params: any, signal: AbortSignal) => Promise<unknown>} Local */

/** Calls that the pages of the wallet have no business making. */
const CLOSED = /^(provider_|agent_hello$|agent_shutdown$|profile_|stub_)/;

export class Panels {
  /** @type {Set<chrome.runtime.Port>} */
  #ports = new Set();

  /** @param {Native} native @param {Record<string, Local>} locals */
  constructor(native, locals) {
    this.native = native;
    this.locals = locals;
  }

  /** @param {chrome.runtime.Port} port */
  accept(port) {
    const own = new URL(chrome.runtime.getURL("")).origin;
    if (port.sender?.origin !== own || port.sender.id !== chrome.runtime.id) return port.disconnect();
    this.#ports.add(port);
    const gone = new AbortController();
    port.onDisconnect.addListener(() => {
      void chrome.runtime.lastError;
      this.#ports.delete(port);
      gone.abort();
    });
    port.onMessage.addListener((message) => void this.#answer(port, message, gone.signal));
    port.postMessage({ type: "status", status: this.native.status });
    this.native.ready().catch(() => undefined);
  }

  /** @param {chrome.runtime.Port} port @param {any} message @param {AbortSignal} gone */
  async #answer(port, message, gone) {
    const { id, method, params } = message ?? {};
    if (typeof id !== "number" || typeof method !== "string") return;
    /** @type {object} */
    let reply;
    try {
      reply = { type: "reply", id, result: await this.#call(method, params ?? {}, gone) };
    } catch (error) {
      reply = { type: "reply", id, error: error instanceof AgentError ? error.fault : mistake(error) };
    }
    if (this.#ports.has(port)) port.postMessage(reply);
  }

  /** @param {string} method @param {any} params @param {AbortSignal} gone @returns {Promise<unknown>} */
  #call(method, params, gone) {
    const local = Object.hasOwn(this.locals, method) ? this.locals[method] : undefined;
    if (local) return local(params, gone);
    if (CLOSED.test(method)) throw new Error(`Not for this page: ${method}`);
    return this.native.call(method, params);
  }

  /** @param {object} message */
  tell(message) {
    for (const port of this.#ports) port.postMessage(message);
  }
}

/** @param {unknown} error @returns {import("../generated/protocol.js").Fault} */
const mistake = (error) => ({
  code: 9000,
  reason: "internal",
  message: "Counterfoil made a mistake of its own. Nothing was signed by this step.",
  remedy: "Please report it with the output of `counterfoil doctor --json`.",
  details: { error: String(error) },
});
