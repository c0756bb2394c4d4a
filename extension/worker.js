/**
 * The service worker: the only way between pages, the wallet's own pages and the agent.
 *
 * It holds no key and decides nothing. The browser may end it at any moment: all state is in the
 * agent, in session storage (which window is the approval window, which documents have open calls)
 * or in local storage (the proof that this browser profile is paired).
 */
import { Native, HOST } from "./native.js";
import { SCHEMA_SHA256 } from "./generated/protocol.js";
import { Pages } from "./background/pages.js";
import { Panels } from "./background/panels.js";
import { ApprovalWindow } from "./background/window.js";
import { pairing } from "./background/pairing.js";
import { openPage } from "./background/tabs.js";
import { registerStandards, setWindowEthereum, takesWindowEthereum } from "./background/standards.js";

const native = new Native({
  connect: () => chrome.runtime.connectNative(HOST),
  lastError: () => chrome.runtime.lastError?.message ?? "",
  proof: async () => /** @type {any} */ ((await chrome.storage.local.get({ profile: null })).profile),
  forget: () => chrome.storage.local.remove("profile"),
  onEvent,
  onStatus,
  version: chrome.runtime.getManifest().version,
  schema: SCHEMA_SHA256,
});
const approval = new ApprovalWindow(native);
const pages = new Pages(native, {
  openOnboarding: () => openPage("onboarding"),
  openHome: () => openPage("home"),
  remember: (documents) => void chrome.storage.session.set({ documents }),
});
const panels = new Panels(native, {
  ...pairing(native),
  "extension.retry": () => native.retry(),
  "extension.shows": async ({ request_id }) => approval.shows(request_id),
  "extension.touch": async ({ target, token, kind, options_json }, gone) => {
    gone.addEventListener("abort", () => pages.abortTouch(target, token));
    const touched = await pages.touch(target, { token, kind, options_json });
    await approval.focus();
    return touched;
  },
  "extension.abortTouch": async ({ target, token }) => pages.abortTouch(target, token),
  "extension.open": async ({ page }) => openPage(page),
  "extension.openApproval": () => approval.open().then(() => approval.focus()),
  "extension.tryIt": async () => {
    const { url } = await native.call("agent_tryIt", {});
    if (/^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/.test(url)) await chrome.tabs.create({ url });
  },
  "extension.settings": async () => ({ window_ethereum: await takesWindowEthereum() }),
  "extension.setWindowEthereum": async ({ on }) => setWindowEthereum(on === true),
});

/** @param {string} name @param {any} data */
function onEvent(name, data) {
  const forOnePage = name === "provider_event" && data.document_id !== null;
  if (!forOnePage) panels.tell({ type: "event", event: name, data });
  if (name === "requests_changed") {
    showCount(data.pending.length);
    if (data.pending.length > 0) void approval.open();
  } else if (name === "state_changed") {
    pages.greetAll();
  } else if (name === "provider_event") {
    pages.broadcast(data.origin, data.document_id, data.name, readData(data.data_json));
  }
}

let wasUp = false;
/** @param {import("./native.js").Status} status */
function onStatus(status) {
  panels.tell({ type: "status", status });
  const up = status.link === "ready";
  if (up && !wasUp && (status.state?.pending_requests ?? 0) > 0) void approval.open();
  if (up !== wasUp && status.link !== "connecting") pages.announce(up, status.message ?? "Counterfoil does not answer.");
  if (status.link !== "connecting") wasUp = up;
  showCount(status.state?.pending_requests ?? 0);
}

/** @param {number} waiting */
function showCount(waiting) {
  void chrome.action.setBadgeText({ text: waiting > 0 ? String(waiting) : "" });
}

/** @param {string} text @returns {unknown} */
function readData(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Without a connection the agent can't open the window for a request of the command line. */
async function stayConnected() {
  const { profile } = await chrome.storage.local.get({ profile: null });
  if (profile) await native.ready().catch(() => undefined);
}

chrome.runtime.onConnect.addListener((port) => {
  if (port.name.startsWith("page:")) pages.accept(port);
  else if (port.name === "panel") panels.accept(port);
  else port.disconnect();
});
chrome.windows.onRemoved.addListener((windowId) => void approval.closed(windowId));
chrome.tabs.onRemoved.addListener((tabId) => pages.tabClosed(tabId));
chrome.action.onClicked.addListener(async () => {
  await native.ready().catch(() => undefined);
  const { paired, state } = native.status;
  if (!paired || state?.onboarding !== "done") return openPage(paired && state?.onboarding === "try_it" ? "home" : "onboarding");
  if (state.pending_requests > 0) return approval.open().then(() => approval.focus());
  return openPage("home");
});
chrome.runtime.onInstalled.addListener(async ({ reason }) => {
  await registerStandards();
  if (reason === "install") await openPage("onboarding");
});
chrome.runtime.onStartup.addListener(() => void registerStandards().then(stayConnected));
chrome.alarms.onAlarm.addListener(() => void stayConnected());
void chrome.alarms.create("stay-connected", { periodInMinutes: 0.5 });

void chrome.storage.session.get({ documents: {} }).then(({ documents }) => {
  if (Object.keys(/** @type {object} */ (documents)).length === 0) return;
  setTimeout(() => pages.forgetMissing(/** @type {Record<string, number>} */ (documents)), 5_000);
});
