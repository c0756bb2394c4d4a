/** The approval window: one request at a time, oldest first. Closing it refuses what it shows. */
import { draw, h } from "../h.js";
import { derived, effect, signal } from "../signals.js";
import { Link } from "../link.js";
import { networkName } from "../format.js";
import { foreign, wholeOrigin } from "../components/text.js";
import { requestWords } from "../components/request.js";
import { unlockPanel } from "../components/unlock.js";
import { linkTrouble } from "../words.js";
import { Decision } from "./decision.js";
import { PHRASE, approveButton, holdButton, settled } from "./buttons.js";
import { countdown, review, secondsLeft } from "./review.js";
import { ended, trouble, untouched, waitingForOthers, working } from "./states.js";

/** @typedef {import("../../generated/protocol.js").RequestView} RequestView */

const link = new Link();
/** @type {import("../signals.js").Signal<Decision | null>} */
const deciding = signal(/** @type {Decision | null} */ (null));
/** @type {import("../signals.js").Signal<string[]>} */
const queue = signal(/** @type {string[]} */ ([]));
/** @type {import("../signals.js").Signal<string[]>} */
const chosen = signal(/** @type {string[]} */ ([]));
const readAll = signal(true);
const locked = derived(() => link.status.value.state?.locked === true);
/** @type {import("../signals.js").Signal<string | null>} */
const shown = signal(/** @type {string | null} */ (null));
const ready = settled(() => [deciding.value?.view.value, deciding.value?.phase.value]);

let leaving = false;

/** @param {string | undefined} id */
function show(id) {
  if (leaving) return; // closing refuses what is shown: what comes now gets a window of its own
  chosen.value = [];
  if (!id) {
    leaving = true;
    deciding.value = null;
    void link.call("extension.shows", { request_id: null }).finally(() => window.close());
    return;
  }
  deciding.value = new Decision(link, id);
  void deciding.peek()?.refresh();
}

/** The next one that waits, or nothing: then the window closes. */
function next() {
  const mine = deciding.peek()?.id;
  show(queue.peek().find((id) => id !== mine));
}

link.on("reconnected", () => void link.call("extension.shows", { request_id: shown.peek() }).catch(() => undefined));

async function load() {
  const { requests } = await link.call("request_list", { pending: true, before: null, limit: 50 });
  queue.value = requests
    .sort((/** @type {RequestView} */ a, /** @type {RequestView} */ b) => a.position - b.position)
    .map((/** @type {RequestView} */ view) => view.request_id);
  const current = deciding.peek();
  if (!current) return show(queue.peek()[0]);
  if (current.phase.peek() !== "ended") await current.refresh();
}

link.on("ready", () => void load().catch(() => undefined));
link.on("requests_changed", ({ request_id, state, pending }) => {
  queue.value = pending;
  const current = deciding.peek();
  if (!current) show(pending[0]);
  else if (current.id === request_id) void current.moved(state);
});
link.on("progress", ({ token, parties }) => {
  const current = deciding.peek();
  if (current && current.id === token) current.progressed(parties);
});
// What closing the window would refuse: nothing, once it has ended.
effect(() => {
  const decision = deciding.value;
  shown.value = !decision || decision.phase.value === "ended" ? null : decision.id;
});
effect(() => {
  link.call("extension.shows", { request_id: shown.value }).catch(() => undefined);
});
setInterval(() => {
  const decision = deciding.peek();
  const view = decision?.view.peek();
  if (decision && view && decision.phase.peek() === "review" && secondsLeft(view) === 0) void decision.refresh();
}, 2000);

/** @param {RequestView} view */
function whoAsks(view) {
  const place = queue.value.indexOf(view.request_id) + 1;
  const many = queue.value.length > 1 && place > 0;
  return [
    many &&
      h(
        "div",
        { class: "row apart small" },
        h("span", { class: "muted" }, `${place} of ${queue.value.length} requests`),
        h("button", { type: "button", class: "plain small", onclick: refuseAll }, "Refuse all"),
      ),
    view.asked_by !== null && h("p", { class: "notice wash small" }, h("strong", null, foreign(view.asked_by)), " asks you to agree. Its passkey is touched there."),
    wholeOrigin(view.origin, view.registrable_domain),
    h(
      "div",
      { class: "row" },
      view.chain_name && h("span", { class: `tag${view.testnet ? " caution" : ""}` }, networkName(view.chain_name, view.testnet)),
      view.account_name && h("span", { class: "tag" }, foreign(view.account_name)),
      countdown(view),
    ),
  ];
}

async function refuseAll() {
  await link.call("request_refuseAll", {}).catch(() => undefined);
  show(undefined);
}

/** @param {Decision} decision */
async function refuse(decision) {
  if (await decision.refuse()) next();
}

/** @param {Decision} decision @returns {import("../h.js").Child} */
function body(decision) {
  const view = decision.view.value;
  const phase = decision.phase.value;
  if (phase === "trouble") return trouble(decision);
  if (!view || phase === "loading") return skeleton();
  if (phase === "unlock") return unlockPanel(link, { onDone: () => decision.unlocked(), onCancel: () => decision.unlocked() });
  if (phase === "waiting") return waitingForOthers(decision, view);
  if (phase === "touch" || phase === "working") return working(decision, view);
  if (phase === "untouched") return untouched(decision, view);
  if (phase === "ended") return ended(decision, view);
  return review(view, chosen, decision.simulation);
}

const skeleton = () =>
  h("div", { class: "stack", "aria-busy": "true" }, h("p", { role: "status", class: "muted" }, "Reading the request"), h("div", { class: "skeleton" }), h("div", { class: "skeleton" }));

/** @param {Decision} decision */
function footer(decision) {
  const phase = decision.phase.value;
  const view = decision.view.value;
  if (phase === "ended") {
    const more = queue.value.filter((id) => id !== decision.id).length;
    return [h("div", { class: "buttons" }, h("span"), h("button", { type: "button", class: "primary", id: "done", onclick: next }, more ? `Next of ${more}` : "Done"))];
  }
  const no = h("button", { type: "button", id: "refuse", onclick: () => void refuse(decision) }, phase === "waiting" ? "Cancel" : "Refuse");
  if (phase === "trouble") {
    return [h("div", { class: "buttons" }, no, h("button", { type: "button", class: "primary", id: "again", onclick: () => void decision.lookAgain() }, "Try again"))];
  }
  if (phase === "untouched") {
    return [h("div", { class: "buttons" }, no, approveButton("Try again", () => !ready.value, () => void decision.tryAgain()))];
  }
  if (phase !== "review" || !view) return h("div", { class: "buttons" }, no, h("span")); // nothing to approve: no button for it
  const danger = view.findings.some(({ level }) => level === "danger");
  const dead = () => !ready.value || !readAll.value || (view.kind === "connect" && chosen.value.length === 0);
  const act = () => void decision.approve(view.kind === "connect" ? chosen.peek() : []);
  const label = locked.value ? "Unlock to go on" : view.asked_by !== null ? "Agree" : (LABELS[view.kind] ?? "Sign");
  return [
    () => !readAll.value && h("p", { class: "small muted" }, "Scroll down: read to the end before you sign."),
    danger && !locked.value && typedInstead(dead, act),
    h("div", { class: "buttons" }, no, danger && !locked.value ? holdButton(`Hold to ${label.toLowerCase()}`, dead, act) : approveButton(label, dead, act)),
  ];
}

/** @type {Record<string, string>} */
const LABELS = { administration: "Approve", connect: "Connect", transaction: "Approve", add_chain: "Add", set_node: "Use it", watch_asset: "Add", safe: "Make it" };

/** For who can't hold a button. @param {() => boolean} dead @param {() => void} act */
function typedInstead(dead, act) {
  const open = signal(false);
  return h("div", { id: "hold-help", class: "small" }, () =>
    open.value
      ? h("label", { class: "field" }, h("span", null, "Type “", PHRASE, "”"), h("input", {
          autocomplete: "off",
          oninput: (/** @type {Event} */ event) => {
            const typed = /** @type {HTMLInputElement} */ (event.target).value.trim().toLowerCase();
            if (event.isTrusted && typed === PHRASE && !dead()) act();
          },
        }))
      : [h("span", { class: "muted" }, "There is a danger above. "), h("button", { type: "button", class: "plain small", onclick: () => (open.value = true) }, "Type instead of holding")],
  );
}

/** Messages are read to their end before they can be signed. @param {HTMLElement} main */
function watchReading(main) {
  /** @type {IntersectionObserver | null} */
  let watch = null;
  effect(() => {
    const decision = deciding.value;
    const view = decision?.view.value;
    const wanted = decision?.phase.value === "review" && view?.text !== null && view?.kind !== "connect";
    watch?.disconnect();
    readAll.value = !wanted;
    if (!wanted) return;
    queueMicrotask(() => {
      const end = main.querySelector("#read-to-here");
      if (!end) return void (readAll.value = true);
      watch = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && (readAll.value = true));
      watch.observe(end);
    });
  });
}

const main = h("main", { tabindex: "-1" }, () => {
  const decision = deciding.value;
  if (decision) return body(decision);
  const bad = linkTrouble(link.status.value);
  return bad ? h("div", { class: "centre", role: "status" }, h("h1", null, bad.heading), h("p", null, bad.sentence)) : skeleton();
});

document.body.className = "window";
draw(
  document.body,
  h("header", null, () => {
    const view = deciding.value?.view.value;
    return view ? whoAsks(view) : h("p", { class: "origin" }, "Counterfoil");
  }),
  main,
  h(
    "footer",
    null,
    () => {
      const view = deciding.value?.view.value;
      return view ? requestWords(view) : null;
    },
    () => (deciding.value ? footer(deciding.value) : null),
  ),
);
watchReading(main);
