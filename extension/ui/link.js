/** The way of the wallet's own pages to the worker, and through it to the agent. Outlives the worker. */
import { signal } from "./signals.js";

/** @typedef {import("../native.js").Status} Status */
/** @typedef {import("../generated/protocol.js").Fault} Fault */

/** An error with the sentence and the remedy that the person is shown. */
export class Trouble extends Error {
  /** @param {Fault} fault */
  constructor(fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** @type {Fault} */
const WORKER_GONE = {
  code: 4005,
  reason: "worker_gone",
  message: "The extension was interrupted.",
  remedy: "Try again.",
  details: {},
};
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

export class Link {
  /** @type {import("./signals.js").Signal<Status>} */
  status = signal({ link: "connecting", paired: false, state: null, version: null, message: null, remedy: null });
  /** @type {chrome.runtime.Port | null} */
  #port = null;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: Trouble) => void }>} */
  #calls = new Map();
  /** @type {Map<string, Set<(data: any) => void>>} */
  #listeners = new Map();
  #next = 1;
  #wait = FIRST_WAIT_MS;
  #retrying = false;

  constructor() {
    this.#connect();
  }

  #connect() {
    const port = chrome.runtime.connect({ name: "panel" });
    this.#port = port;
    port.onMessage.addListener((message) => this.#receive(message));
    port.onDisconnect.addListener(() => {
      void chrome.runtime.lastError;
      this.#port = null;
      for (const call of this.#calls.values()) call.reject(new Trouble(WORKER_GONE));
      this.#calls.clear();
      setTimeout(() => {
        this.#connect();
        this.#emit("reconnected", null);
      }, FIRST_WAIT_MS);
    });
  }

  /** @param {any} message */
  #receive(message) {
    if (message.type === "reply") {
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (message.error) call?.reject(new Trouble(message.error));
      else call?.resolve(message.result);
    } else if (message.type === "status") {
      const before = this.status.peek();
      this.status.value = message.status;
      if (message.status.link === "ready") {
        this.#wait = FIRST_WAIT_MS;
        if (before.link !== "ready") this.#emit("ready", null);
      } else if (message.status.link !== "connecting") this.#retryLater();
    } else if (message.type === "event") {
      this.#emit(message.event, message.data);
    }
  }

  /** Whatever is wrong may be mended while the page is open: the companion installed, the agent started. */
  #retryLater() {
    if (this.#retrying) return;
    this.#retrying = true;
    setTimeout(() => {
      this.#retrying = false;
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
      if (this.status.peek().link !== "ready") this.call("extension.retry", {}).catch(() => undefined);
    }, this.#wait);
  }

  /** @param {string} event @param {any} data */
  #emit(event, data) {
    for (const listener of this.#listeners.get(event) ?? []) listener(data);
  }

  /** @param {string} event @param {(data: any) => void} listener @returns {() => void} stop */
  on(event, listener) {
    const known = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, known.add(listener));
    return () => known.delete(listener);
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} */
  call(method, params) {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      if (!this.#port) return reject(new Trouble(WORKER_GONE));
      this.#calls.set(id, { resolve, reject });
      this.#port.postMessage({ id, method, params });
    });
  }
}

/** @param {unknown} error @returns {Fault} */
export function faultOf(error) {
  if (error instanceof Trouble) return error.fault;
  const { name, message } = /** @type {Error} */ (error);
  return { code: 9000, reason: "internal", message: "Something went wrong in this page. Nothing was signed.", remedy: null, details: { name, message } };
}
