/**
 * The loop of one decision: approve, do the next step, answer, until it is done.
 *
 * What is shown and what is approved are one thing: `request_approve` carries the `seq` of the view
 * on the screen, and the agent refuses another.
 */
import { signal } from "../signals.js";
import { faultOf } from "../link.js";
import { useHomePasskey } from "../passkey.js";
import { TOO_LATE, UNDECIDED } from "../words.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").RequestView} RequestView */
/** @typedef {import("../../generated/protocol.js").Next["next"]} Step */
/** @typedef {import("../../generated/protocol.js").PartyProgress} PartyProgress */
/** @typedef {import("../../generated/protocol.js").Fault} Fault */
/** @typedef {{ name: string, message: string }} Failure */
/**
 * - review: the person reads; unlock: before it can be approved
 * - waiting: people at other devices decide
 * - touch: a passkey is wanted; untouched: it was not, and may be tried again
 * - working: the parties sign; ended: the result stands
 * @typedef {"loading" | "review" | "unlock" | "waiting" | "touch" | "untouched" | "working" | "ended" | "trouble"} Phase
 */

/** This device's person agreed to what another device asks: the rest happens there. @param {RequestView} view */
export const isAgreed = ({ asked_by, state }) => asked_by !== null && state === "consented";
/** @param {RequestView} view */
const isAsked = ({ asked_by, parties }) => asked_by === null && parties.length > 0 && parties.every(({ state }) => ["asked", "agreed", "asleep"].includes(state));

const LOCKED = 2003;
const STATE_CONFLICT = 2011;

export class Decision {
  /** @type {import("../signals.js").Signal<Phase>} */
  phase = signal(/** @type {Phase} */ ("loading"));
  /** @type {import("../signals.js").Signal<RequestView | null>} */
  view = signal(/** @type {RequestView | null} */ (null));
  /** @type {import("../signals.js").Signal<PartyProgress[]>} */
  parties = signal(/** @type {PartyProgress[]} */ ([]));
  /** @type {import("../signals.js").Signal<Fault | null>} */
  fault = signal(/** @type {Fault | null} */ (null));
  /** @type {import("../signals.js").Signal<Failure | null>} */
  failure = signal(/** @type {Failure | null} */ (null));
  /** @type {import("../signals.js").Signal<Step | null>} */
  step = signal(/** @type {Step | null} */ (null));
  touched = signal(false);
  /** Comes when the node has answered: it moves nothing else on the page. @type {import("../signals.js").Signal<RequestView["simulation"]>} */
  simulation = signal(/** @type {RequestView["simulation"]} */ (null));

  /** @param {Link} link @param {string} requestId */
  constructor(link, requestId) {
    this.link = link;
    this.id = requestId;
  }

  /** Fetches the view; leaves a decision under way alone. */
  async refresh() {
    try {
      const view = await this.link.call("request_get", { request_id: this.id });
      if (this.#isAtWork()) return;
      this.#show(view);
    } catch (error) {
      if (!this.#isAtWork()) this.#trouble(error);
    }
  }

  #isAtWork() {
    return ["touch", "untouched", "working"].includes(this.phase.peek());
  }

  /** @param {RequestView} view */
  #show(view) {
    const before = this.view.peek();
    if (JSON.stringify(view.simulation) !== JSON.stringify(this.simulation.peek())) this.simulation.value = view.simulation;
    // The same view once more would only move the page under the reader.
    const same = before?.seq === view.seq && before.state === view.state;
    if (!same) this.view.value = view;
    this.parties.value = view.parties;
    // What is never signed needs nobody's no: the page is answered while the person reads why.
    if (view.refusal && UNDECIDED.has(view.state)) this.link.call("request_refuse", { request_id: this.id }).catch(() => undefined);
    if (view.refusal || isAgreed(view) || !(UNDECIDED.has(view.state) || view.state === "approved")) this.phase.value = "ended";
    else if (isAsked(view)) this.#await(view);
    else if (this.phase.peek() !== "unlock") this.phase.value = "review";
  }

  /** People at other devices are asked; once all have agreed it goes on by itself. @param {RequestView} view */
  #await(view) {
    this.phase.value = "waiting";
    if (view.parties.every(({ state }) => state === "agreed")) void this.#send(view, []);
  }

  /** The agent says that this request moved. @param {string} state */
  async moved(state) {
    if (this.view.peek()?.refusal) return;
    const over = ["refused", "expired", "failed", "dead"].includes(state);
    if (this.#isAtWork() && !over) return;
    if (over) {
      this.#abortTouch();
      this.phase.value = "loading";
    }
    await this.refresh();
  }

  /** @param {PartyProgress[]} parties */
  progressed(parties) {
    this.parties.value = parties;
    if (this.phase.peek() === "touch") this.phase.value = "working";
  }

  /** @param {string[]} account_ids */
  async approve(account_ids) {
    const view = this.view.peek();
    if (!view || this.phase.peek() !== "review") return;
    if (this.link.status.peek().state?.locked) {
      this.phase.value = "unlock";
      return;
    }
    await this.#send(view, account_ids);
  }

  /** @param {RequestView} view @param {string[]} account_ids */
  async #send(view, account_ids) {
    this.phase.value = "working";
    try {
      const { next } = await this.link.call("request_approve", { request_id: this.id, seq: view.seq, account_ids });
      await this.#run(next);
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** By code: the reason may say more, such as which step the agent no longer waits for. @param {unknown} error */
  async #failed(error) {
    const { code } = faultOf(error);
    if (code === LOCKED) this.phase.value = "unlock";
    else if (code === STATE_CONFLICT) await this.#afresh();
    else this.#trouble(error);
  }

  /** After trouble: the request as it stands now, to be read and approved once more if it still waits. */
  async lookAgain() {
    if (this.phase.peek() === "trouble") await this.#afresh();
  }

  /** What was on the screen is no longer what would be signed: show the new view, to be read again. */
  async #afresh() {
    this.phase.value = "loading";
    await this.refresh();
  }

  unlocked() {
    this.phase.value = "review";
    void this.refresh();
  }

  /** @param {Step} next */
  async #run(next) {
    for (let step = next; ; ) {
      this.step.value = step;
      if (step.step === "done" || step.step === "wait_for_others") {
        this.phase.value = "loading";
        return this.#show(step.request);
      }
      this.failure.value = null;
      this.phase.value = "touch";
      const touched = await (step.step === "assert_home_passkey" ? this.#touchHere(step) : this.#touchInPage(step));
      if (this.phase.peek() === "ended" || this.step.peek() !== step) return;
      // Another passkey is offered, never taken by itself: the page may have left with its person.
      if ("failure" in touched) {
        this.failure.value = touched.failure;
        this.phase.value = "untouched";
        return;
      }
      step = await this.#answer(step, touched);
    }
  }

  /** @param {Exclude<Step, { request: any }>} step @param {{ response: object } | { failure: Failure }} touched @returns {Promise<Step>} */
  async #answer(step, touched) {
    const response = "response" in touched ? touched.response : null;
    const failure = "failure" in touched ? touched.failure : null;
    this.touched.value = response !== null && step.step !== "create_site_passkey";
    this.phase.value = "working";
    const { next } = await this.link.call("request_answer", { request_id: this.id, step: step.step, response, failure });
    return next;
  }

  /** @param {Extract<Step, { step: "assert_home_passkey" }>} step @returns {Promise<{ response: object } | { failure: Failure }>} */
  async #touchHere(step) {
    try {
      return { response: (await useHomePasskey(step.options_json)).response };
    } catch (error) {
      const { name, message } = /** @type {DOMException} */ (error);
      return { failure: { name: String(name), message: String(message).slice(0, 1000) } };
    }
  }

  /** @param {Extract<Step, { target: any }>} step */
  async #touchInPage(step) {
    const { target, options_json } = step;
    const kind = step.step === "create_site_passkey" ? "create" : "get";
    for (let left = 3; ; left -= 1) {
      try {
        return await this.link.call("extension.touch", { target, kind, options_json, token: this.#token(step) });
      } catch (error) {
        // The worker died during the touch: the page still holds its answer under the same token.
        if (faultOf(error).reason !== "worker_gone" || left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 600));
      }
    }
  }

  #tries = 0;
  /** @param {Extract<Step, { target: any }>} step */
  #token(step) {
    return `${this.id}:${step.step}:${JSON.parse(step.options_json).challenge}:${this.#tries}`;
  }

  /** The same challenge once more: the agent has had no answer to it yet. */
  async tryAgain() {
    const step = this.step.peek();
    if (this.phase.peek() !== "untouched" || !step) return;
    this.#tries += 1;
    await this.#guard(() => this.#run(step));
  }

  /** Tells the agent that it can't be done this way; it knows whether there is another. */
  async anotherWay() {
    const step = this.step.peek();
    const failure = this.failure.peek();
    if (!step || "request" in step || !failure) return;
    await this.#guard(async () => this.#run(await this.#answer(step, { failure })));
  }

  /** The page's passkey is gone: its page makes a new one, the home passkey lets it in, and the decision goes on. */
  async renew() {
    const step = this.step.peek();
    if (this.phase.peek() !== "untouched" || step?.step !== "assert_site_passkey") return;
    await this.#guard(async () => {
      const { next } = await this.link.call("request_renew", { request_id: this.id });
      await this.#run(next);
    });
  }

  /** @param {() => Promise<void>} act */
  async #guard(act) {
    try {
      await act();
    } catch (error) {
      await this.#failed(error);
    }
  }

  #abortTouch() {
    const step = this.step.peek();
    this.step.value = null;
    if (step && "target" in step) {
      this.link.call("extension.abortTouch", { target: step.target, token: this.#token(step) }).catch(() => undefined);
    }
  }

  /** True when it is refused; false when it had already gone too far, which the window then shows. */
  async refuse() {
    this.#abortTouch();
    /** @type {RequestView | null} */
    const view = await this.link.call("request_refuse", { request_id: this.id }).catch(() => null);
    if (!view || !TOO_LATE.has(view.state)) return true;
    this.phase.value = "loading";
    this.#show(view);
    return false;
  }

  /** @param {unknown} error */
  #trouble(error) {
    this.fault.value = faultOf(error);
    this.phase.value = "trouble";
  }
}
