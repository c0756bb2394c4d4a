/**
 * The one connection to Counterfoil on this computer. Nothing else opens the native port.
 *
 * Frames are those of the wire: `{id, method, params}` out; `{id, result}`, `{id, error}` and
 * `{event, seq, data}` in. A reply that the browser could not read never arrives, so every call that
 * should be quick has a time limit, and while long calls wait the agent is asked now and then
 * whether it still lives.
 */

import { METHODS, PROTOCOL_VERSION, STUB_METHODS } from "./generated/protocol.js";

/** @typedef {import("./generated/protocol.js").Fault} Fault */
/** @typedef {import("./generated/protocol.js").AgentState} AgentState */
/** @typedef {import("./generated/protocol.js").ProfileProof} ProfileProof */
/** @typedef {import("./generated/protocol.js").HelloResult} HelloResult */

export const HOST = "app.counterfoil.host";
const PROTOCOLS = [PROTOCOL_VERSION];
/** @type {Readonly<Record<string, { result: import("./shapes.js").Check, long?: boolean }>>} */
const FORMS = { ...STUB_METHODS, ...METHODS };
const QUICK_MS = 15_000;
const PULSE_MS = 15_000;
const REST_MS = 1_000;

/**
 * Where the connection is.
 * - `missing`: the companion is not installed; `forbidden`: it does not know this extension
 * - `incompatible`: versions that don't fit; `broken`: it started and fell over
 * @typedef {"idle" | "connecting" | "ready" | "missing" | "forbidden" | "incompatible" | "broken"} Link
 * @typedef {{ link: Link, paired: boolean, state: AgentState | null, version: string | null, message: string | null, remedy: string | null }} Status
 */

/** An error of the agent, or of the way to it, with the fields that cross the wire. */
export class AgentError extends Error {
  /** @param {Fault} fault */
  constructor(fault) {
    super(fault.message);
    this.name = "AgentError";
    this.fault = fault;
  }
}

/** @param {string} message @param {string} [reason] @param {string | null} [remedy] */
export const unreachable = (message, reason = "agent_unreachable", remedy = "Run `counterfoil doctor`.") =>
  new AgentError({ code: 4005, reason, message, remedy, details: {} });

const LOST = "The connection to Counterfoil on this computer was lost.";

/** What Chromium and Firefox say when a host can't be started. @param {string} said @returns {[Link, string]} */
export function readLastError(said) {
  if (/not found|No such native application/i.test(said)) {
    return ["missing", "Counterfoil is not installed on this computer yet."];
  }
  if (/forbidden|does not have permission/i.test(said)) {
    return ["forbidden", "The companion on this computer belongs to another copy of this extension."];
  }
  return ["broken", "Counterfoil on this computer stopped unexpectedly."];
}

/**
 * @typedef {object} Surroundings
 * @property {() => chrome.runtime.Port} connect
 * @property {() => string} lastError
 * @property {() => Promise<ProfileProof | null>} proof
 * @property {() => Promise<void>} forget called when the agent no longer knows this browser
 * @property {(name: string, data: any) => void} onEvent
 * @property {(status: Status) => void} onStatus
 * @property {string} version
 * @property {string | null} schema
 */

export class Native {
  /** @type {Status} */
  status = { link: "idle", paired: false, state: null, version: null, message: null, remedy: null };
  /** @type {chrome.runtime.Port | null} */
  #port = null;
  /** @type {Promise<void> | null} */
  #opening = null;
  /** @type {Map<number, { resolve: (value: any) => void, reject: (error: AgentError) => void, timer: any, long: boolean, method: string }>} */
  #calls = new Map();
  #next = 1;
  #failedAt = 0;
  /** @type {any} */
  #pulse = null;

  /** @param {Surroundings} around */
  constructor(around) {
    this.around = around;
  }

  /** Settles when calls can be made. @returns {Promise<void>} */
  ready() {
    if (this.status.link === "ready") return Promise.resolve();
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  /**
   * One call. Long ones wait for as long as the agent lives; others end after 15 s.
   * @param {string} method @param {object} params @returns {Promise<any>}
   */
  async call(method, params) {
    await this.ready();
    return this.#send(method, params, FORMS[method]?.long ? 0 : QUICK_MS);
  }

  /** "Look again": at once, but never at the cost of a connection that works. @returns {Promise<void>} */
  retry() {
    this.#failedAt = 0;
    return this.ready();
  }

  /** Begins afresh, as somebody else: after pairing. @returns {Promise<void>} */
  async reconnect() {
    await this.#opening?.catch(() => undefined);
    this.#close(unreachable(LOST));
    this.#failedAt = 0;
    return this.ready();
  }

  async #open() {
    if (Date.now() - this.#failedAt < REST_MS) throw this.#refusal();
    this.#set({ link: "connecting", message: null, remedy: null });
    try {
      this.#listen(this.around.connect());
      const stub = await this.#send("stub_hello", {}, QUICK_MS);
      if (!PROTOCOLS.some((p) => stub.protocols?.includes(p))) throw incompatible();
      const hello = await this.#hello(await this.around.proof());
      this.#set({ link: "ready", paired: hello.role === "profile", state: hello.state, version: hello.version });
    } catch (error) {
      throw this.#failed(error instanceof AgentError ? error : unreachable(String(error), "broken"));
    }
  }

  /** @param {ProfileProof | null} profile @returns {Promise<HelloResult>} */
  async #hello(profile) {
    const { version, schema } = this.around;
    const params = { protocols: PROTOCOLS, client: "browser", version, schema_sha256: schema, profile };
    try {
      return await this.#send("agent_hello", params, QUICK_MS * 2);
    } catch (error) {
      if (!profile || !(error instanceof AgentError) || error.fault.reason !== "not_paired") throw error;
      await this.around.forget();
      return this.#send("agent_hello", { ...params, profile: null }, QUICK_MS * 2);
    }
  }

  /** @param {AgentError} error */
  #failed(error) {
    this.#failedAt = Date.now();
    const { reason, message, remedy } = error.fault;
    const known = /** @type {Link[]} */ (["missing", "forbidden", "broken"]).find((link) => link === reason);
    const link = known ?? (reason === "unsupported_version" ? "incompatible" : "broken");
    this.#set({ link, paired: false, state: null, version: null, message, remedy });
    this.#close(error);
    return error;
  }

  #refusal() {
    const { link, message, remedy } = this.status;
    return unreachable(message ?? LOST, link, remedy);
  }

  /** @param {chrome.runtime.Port} port */
  #listen(port) {
    this.#port = port;
    port.onMessage.addListener((frame) => {
      if (this.#port === port) this.#receive(frame);
    });
    port.onDisconnect.addListener(() => {
      const [link, message] = readLastError(this.around.lastError());
      if (this.#port !== port) return;
      const wasReady = this.status.link === "ready";
      const error = unreachable(wasReady ? LOST : message, link, link === "missing" ? null : undefined);
      if (wasReady) this.#set({ link: "broken", paired: false, state: null, version: null, message: LOST, remedy: error.fault.remedy });
      this.#close(error);
    });
  }

  /** @param {AgentError} error */
  #close(error) {
    const port = this.#port;
    this.#port = null;
    clearInterval(this.#pulse);
    this.#pulse = null;
    port?.disconnect();
    if (this.status.link === "ready") this.#set({ link: "idle", paired: false, state: null, version: null });
    for (const [id, call] of [...this.#calls]) {
      this.#calls.delete(id);
      clearTimeout(call.timer);
      call.reject(error);
    }
  }

  /** The stub outlives the agent. It starts it again, for a connection that says hello afresh. @param {string} condition */
  #agentMoved(condition) {
    if (this.status.link === "ready" && condition !== "running") this.#close(unreachable(LOST));
  }

  /** @param {any} frame */
  #receive(frame) {
    if (typeof frame?.event === "string") {
      if (frame.event === "stub_state") return this.#agentMoved(frame.data.agent);
      if (frame.event === "state_changed") this.#set({ state: frame.data.state, paired: frame.data.state.paired });
      this.around.onEvent(frame.event, frame.data);
      return;
    }
    const call = this.#calls.get(frame?.id);
    if (!call) return;
    this.#calls.delete(frame.id);
    clearTimeout(call.timer);
    const wrong = frame.error ? null : FORMS[call.method]?.result(frame.result, call.method);
    if (frame.error) call.reject(new AgentError(frame.error));
    else if (wrong) call.reject(misread(wrong));
    else call.resolve(frame.result);
  }

  /** @param {string} method @param {object} params @param {number} limit 0 for none @returns {Promise<any>} */
  #send(method, params, limit) {
    return new Promise((resolve, reject) => {
      const port = this.#port;
      if (!port) return reject(unreachable(LOST));
      const id = this.#next++;
      const late = () => {
        this.#calls.delete(id);
        reject(unreachable("Counterfoil on this computer does not answer."));
      };
      const timer = limit ? setTimeout(late, limit) : null;
      this.#calls.set(id, { resolve, reject, timer, long: limit === 0, method });
      try {
        port.postMessage({ id, method, params });
      } catch {
        this.#calls.delete(id);
        if (timer) clearTimeout(timer);
        return reject(unreachable(LOST));
      }
      if (limit === 0) this.#watch();
    });
  }

  /** While long calls wait, an agent that has hung is told from one that only waits for a person. */
  #watch() {
    this.#pulse ??= setInterval(() => {
      if (![...this.#calls.values()].some((call) => call.long)) {
        clearInterval(this.#pulse);
        this.#pulse = null;
        return;
      }
      const port = this.#port;
      this.#send("agent_state", {}, QUICK_MS).catch((error) => {
        if (this.#port === port && error.fault.reason === "agent_unreachable") this.#close(error);
      });
    }, PULSE_MS);
  }

  /** @param {Partial<Status>} change */
  #set(change) {
    this.status = { ...this.status, ...change };
    this.around.onStatus(this.status);
  }
}

const incompatible = () =>
  new AgentError({
    code: 1010,
    reason: "unsupported_version",
    message: "The extension and Counterfoil on this computer have versions that don't fit together.",
    remedy: "Update the extension and the companion to the same version.",
    details: {},
  });

/** @param {string} wrong */
const misread = (wrong) =>
  new AgentError({
    code: 1009,
    reason: "invalid_message",
    message: "Counterfoil on this computer gave an answer that the extension can't read.",
    remedy: "Update the extension and the companion to the same version.",
    details: { wrong },
  });
