/** The sentences of the wallet's pages that depend on a state. Words of the interface, not of the machine. */

import { shorten } from "./format.js";

/** @typedef {import("../generated/protocol.js").RequestView} RequestView */
/** @typedef {import("../generated/protocol.js").PartyProgress} PartyProgress */
/** @typedef {import("../native.js").Status} Status */

export const UNDECIDED = new Set(["proposed", "consented"]);
/** A signature may exist: there is nothing left to refuse. */
export const TOO_LATE = new Set(["released", "signed", "sent", "final"]);
export const DECIDING = new Set(["approved", "released", "signed"]);

/** @type {Record<string, string>} */
const PARTY_STATES = {
  waiting: "Waiting",
  joined: "Ready",
  working: "Working",
  done: "Done",
  failed: "Failed",
  asleep: "Does not answer",
  asked: "Asks its person",
  agreed: "Agreed",
};

/** @param {string} state */
export const partyState = (state) => PARTY_STATES[state] ?? state;

/** @type {Record<string, string>} */
const PARTY_KINDS = { device: "Device", cosigner: "On this computer", recovery_file: "Recovery file" };

/** @param {string} kind */
export const partyKind = (kind) => PARTY_KINDS[kind] ?? kind;

/** Kinds of requests that change the wallet and sign nothing. */
export const ACTS = new Set(["add_chain", "set_node", "watch_asset"]);

/** @type {Record<string, string>} */
const FINAL = { connect: "Connected", transaction: "Done", add_chain: "Added", set_node: "Set", watch_asset: "Added", safe: "Made", administration: "Changed" };

/** What became of a request, in a word. @param {RequestView} view */
export function outcome({ state, kind, reverted, asked_by }) {
  if (asked_by !== null && state === "consented") return "You agreed";
  if (reverted) return "Failed on the network";
  if (state === "final") return FINAL[kind] ?? "Signed";
  /** @type {Record<string, string>} */
  const words = {
    proposed: "Waiting for you",
    consented: "Waiting for you",
    approved: "Being signed",
    released: "Being signed",
    signed: "Signed",
    sent: "Sent",
    refused: "Refused",
    expired: "Expired",
    failed: "Not done",
    dead: "Replaced",
  };
  return words[state] ?? state;
}

/** @param {string} kind */
const nothing = (kind) => (ACTS.has(kind) ? "Nothing was changed." : "Nothing was signed.");

/** What can still be done about a transaction. */
export const CHOICES = /** @type {const} */ ({
  speed_up: { method: "request_speedUp", label: "Speed up", title: "Offer the network a higher fee for the same" },
  cancel: { method: "request_cancel", label: "Cancel", title: "Let nothing happen in its place" },
  fill: { method: "request_fill", label: "Fill the gap", title: "Use up the number that it waits for" },
});

/** Who asked for a request, and why where the wallet did. @param {RequestView} view */
export function whoAsked({ origin, method }) {
  if (method === "request_speedUp") return "You, for more speed";
  if (method === "request_cancel") return "You, to cancel";
  if (method === "request_fill") return "You, to fill a gap";
  if (origin === "wallet") return "You, in Counterfoil";
  return origin === "cli" ? "You, in a terminal" : shorten(origin, 80);
}

/** How a decision ended: a heading and whether money moved. @param {RequestView} view @returns {{ good: boolean, heading: string, sentence: string, remedy: string | null }} */
export function ending(view) {
  const { state, kind, error, asked_by } = view;
  if (asked_by !== null && ["consented", "approved", "released", "signed", "sent", "final"].includes(state)) {
    return { good: true, heading: "You agreed", sentence: "It goes on at the device that asks, where the passkey is touched.", remedy: null };
  }
  if (kind === "administration" && state === "final") return { good: true, heading: "Changed", sentence: "Every device of the vault has it on record.", remedy: null };
  if (state === "final" || state === "sent" || state === "signed") {
    if (kind === "safe") return { good: true, heading: "Your Safe is made", sentence: "It is one of your accounts now. Its first act will create it on the network.", remedy: null };
    if (kind === "connect") return { good: true, heading: "Connected", sentence: "The site can see the address and may ask you to sign.", remedy: null };
    if (kind === "add_chain") return { good: true, heading: "Added", sentence: "The network is added, and the site is on it.", remedy: null };
    if (kind === "set_node") return { good: true, heading: "Done", sentence: "The node is set, and the site is on that network.", remedy: null };
    if (kind === "watch_asset") return { good: true, heading: "Added", sentence: "The token is shown by its name from now on.", remedy: null };
    if (kind !== "transaction") return { good: true, heading: "Signed", sentence: "The site has your signature.", remedy: null };
    if (view.reverted) return { good: false, heading: "It failed", sentence: "The network took it and undid all of it. Nothing moved but the fee.", remedy: "Look at what the site asked for before you try again." };
    const sentence =
      state === "final" ? "The network has confirmed it." : state === "sent" ? "The network has it and will confirm it soon." : "It is signed and is being sent.";
    return { good: true, heading: state === "final" ? "Confirmed" : "Sent", sentence, remedy: null };
  }
  if (state === "released") {
    return {
      good: true,
      heading: "Nearly there",
      sentence: "The signature may be on its way. Counterfoil goes on by itself; it never signs a second time.",
      remedy: null,
    };
  }
  if (state === "expired") {
    return { good: false, heading: "Too late", sentence: `The request expired. ${nothing(kind)}`, remedy: "Ask again in the site." };
  }
  if (state === "refused") {
    return { good: false, heading: "Refused", sentence: nothing(kind), remedy: null };
  }
  if (state === "dead") {
    return { good: false, heading: "Replaced", sentence: "Another transaction took its place. It can no longer move money.", remedy: null };
  }
  const said = error?.message ?? "It could not be done.";
  const sentence = /nothing was (signed|changed)/i.test(said) ? said : `${said} ${nothing(kind)}`;
  return { good: false, heading: "Not done", sentence, remedy: error?.remedy ?? null };
}

/** Why a page could not use its passkey. @param {{ name: string, message: string }} failure @param {string} site */
export function touchFailure({ name }, site) {
  /** @type {Record<string, string>} */
  const known = {
    NotAllowedError: `The passkey for ${site} was not touched.`,
    TimeoutError: "Nobody touched the passkey in time.",
    AbortError: "The touch was called off.",
    OperationError: "The page is using another passkey at this moment.",
    InvalidStateError: "The page that asked is closed, or has a passkey of ours already.",
    SecurityError: "This page can't use passkeys: its address is not a secure one.",
    NotSupportedError: "Passkeys don't work on this page.",
  };
  return `${known[name] ?? "The passkey could not be used."} Nothing was signed.`;
}

/** @param {import("../generated/protocol.js").Fault} fault */
export function faultText({ message, remedy }) {
  return remedy ? `${message} ${remedy}` : message;
}

/** @type {string[]} */
export const STRENGTH = ["Too easy to guess", "Weak: add words", "Good", "Strong"];

/** @param {Status} status @returns {{ heading: string, sentence: string } | null} */
export function linkTrouble({ link, message, remedy }) {
  const tail = remedy ? ` ${remedy}` : "";
  if (link === "ready") return null;
  if (link === "missing") return { heading: "One half is missing", sentence: "Counterfoil is not installed on this computer yet." };
  if (link === "forbidden") return { heading: "Another extension", sentence: `${message ?? ""}${tail}` };
  if (link === "incompatible") return { heading: "Versions don't fit", sentence: `${message ?? ""}${tail}` };
  if (link === "broken") return { heading: "No answer", sentence: `${message ?? "Counterfoil on this computer does not answer."}${tail}` };
  return { heading: "One moment", sentence: "Waiting for Counterfoil on this computer." };
}
