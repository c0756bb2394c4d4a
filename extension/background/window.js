/**
 * The approval window: one, whatever number of requests wait. Closing it refuses what it showed.
 *
 * Which window it is and what it shows are kept in session storage, because the worker may die
 * between opening it and its closing.
 */

/** @typedef {import("../native.js").Native} Native */

const PAGE = "extension/ui/approve.html";
const WIDTH = 380;
const HEIGHT = 640;
/** From "released" on the bytes may be on their way: there is nothing left to refuse. */
const UNDECIDED = new Set(["proposed", "consented", "approved"]);

export class ApprovalWindow {
  /** @type {Promise<void>} */
  #turn = Promise.resolve();

  /** @param {Native} native */
  constructor(native) {
    this.native = native;
  }

  /** Opens the window, or brings the open one forward. */
  open() {
    this.#turn = this.#turn.then(() => this.#open()).catch(() => undefined);
    return this.#turn;
  }

  async #open() {
    const { approval } = await chrome.storage.session.get("approval");
    if (approval) {
      const still = await chrome.windows.get(/** @type {any} */ (approval).windowId).catch(() => null);
      if (still) return;
    }
    const place = await besideFocused();
    const window = await chrome.windows.create({
      type: "popup",
      url: chrome.runtime.getURL(PAGE),
      width: WIDTH,
      height: HEIGHT,
      focused: true,
      ...place,
    });
    if (window?.id !== undefined) await chrome.storage.session.set({ approval: { windowId: window.id, shown: null } });
  }

  /** Before and after a touch in the page. */
  async focus() {
    const { approval } = /** @type {any} */ (await chrome.storage.session.get("approval"));
    if (approval) await chrome.windows.update(approval.windowId, { focused: true }).catch(() => undefined);
  }

  /** The window tells which request it shows now. @param {string | null} requestId */
  async shows(requestId) {
    await this.#turn;
    const { approval } = /** @type {any} */ (await chrome.storage.session.get("approval"));
    if (approval) await chrome.storage.session.set({ approval: { ...approval, shown: requestId } });
  }

  /** @param {number} windowId */
  closed(windowId) {
    this.#turn = this.#turn.then(() => this.#closed(windowId)).catch(() => undefined);
    return this.#turn;
  }

  /** @param {number} windowId */
  async #closed(windowId) {
    const { approval } = /** @type {any} */ (await chrome.storage.session.get("approval"));
    if (approval?.windowId !== windowId) return;
    await chrome.storage.session.remove("approval");
    if (approval.shown) await this.#refuse(approval.shown);
    const state = await this.native.call("agent_state", {}).catch(() => null);
    if (state?.pending_requests > 0) await this.#open();
  }

  /** @param {string} request_id */
  async #refuse(request_id) {
    try {
      const view = await this.native.call("request_get", { request_id });
      if (UNDECIDED.has(view.state)) await this.native.call("request_refuse", { request_id });
    } catch {
      // It moved on, or the agent is gone and the request will expire: either way it is not approved.
    }
  }
}

/** The upper right corner of the window that the person looks at. */
async function besideFocused() {
  const front = await chrome.windows.getLastFocused().catch(() => null);
  if (!front || front.left === undefined || front.top === undefined || !front.width) return {};
  return { left: Math.max(0, front.left + front.width - WIDTH - 24), top: Math.max(0, front.top + 72) };
}
