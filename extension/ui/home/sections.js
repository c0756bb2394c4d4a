/** The parts of the home page: each loads by itself and says so when it can't. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { networkName, shorten, time, visible } from "../format.js";
import { faultOf } from "../link.js";
import { address, copyButton, foldedAddress, foreign, money, outside } from "../components/text.js";
import { tally } from "../tally.js";
import { makeSafe, makeSafeFor, setUpSafe } from "./safe.js";
import { moreAbout } from "./more_about.js";
import { newRecoveryFile, renewKeys } from "./new_shares.js";
import { secondDevice } from "./second_device.js";
import { secondFile } from "./second_file.js";
import { honest } from "../onboarding/steps.js";
import { faultText, outcome, partyKind, whoAsked } from "../words.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").Account} Account */
/** @typedef {import("../../generated/protocol.js").Balance} Balance */
/** @typedef {import("../../generated/protocol.js").ChainView} ChainView */
/** @typedef {import("../../generated/protocol.js").RequestView} RequestView */
/** @typedef {import("../../generated/protocol.js").Site} Site */
/** @typedef {import("../../generated/protocol.js").Vault} Vault */
/** @typedef {import("../../generated/protocol.js").ChainList} ChainList */

/** How many rows are drawn before "Show all". */
const FEW = 6;

/**
 * A section whose content comes from the agent: words while it comes, words when it can't.
 * @template T @param {string} title @param {() => Promise<T>} load @param {(value: T) => import("../h.js").Child} show
 * @param {import("../signals.js").Signal<number>} again reloads when it moves
 */
export function section(title, load, show, again) {
  const state = signal(/** @type {{ value?: T, trouble?: string }} */ ({}));
  const id = `section-${title.toLowerCase().replaceAll(" ", "-")}`;
  const run = () =>
    load().then(
      (value) => (state.value = { value }),
      (error) => (state.value = { trouble: faultText(faultOf(error)) }),
    );
  return h("section", { class: "card stack", "aria-labelledby": id }, h("h2", { id }, title), () => {
    if (again.value >= 0) void run();
    return h("div", null, () => {
      const { value, trouble } = state.value;
      if (trouble) return h("p", { role: "alert", class: "notice bad" }, trouble);
      return value === undefined ? h("div", { class: "skeleton", role: "status", "aria-label": "Loading" }) : show(value);
    });
  });
}

/** @param {string} text */
const empty = (text) => h("p", { class: "empty" }, tally({ notches: [1, 9, 20, 32, 41], left: false, parties: 0, size: 32, decorative: true }), text);

/** @template T @param {T[]} all @param {(one: T) => HTMLElement} row @param {string} none */
export function rows(all, row, none) {
  if (all.length === 0) return empty(none);
  const open = signal(all.length <= FEW);
  return [
    h("ul", { class: "list" }, () => (open.value ? all : all.slice(0, FEW)).map(row)),
    () => !open.value && h("button", { type: "button", class: "plain", onclick: () => (open.value = true) }, `Show all ${all.length}`),
  ];
}

/** @param {Link} link @param {import("../signals.js").Signal<number>} again */
export function accounts(link, again) {
  const load = async () => {
    const [{ accounts: all }, chains] = await Promise.all([link.call("account_list", {}), link.call("chain_list", {})]);
    return { all: /** @type {Account[]} */ (all), chains: /** @type {ChainList} */ (chains) };
  };
  return section("Accounts", load, ({ all, chains }) => {
    const chain = chains.chains.find((one) => one.chain === chains.current);
    return [
      chain && h("p", { class: "row small" }, h("span", { class: `tag${chain.testnet ? " caution" : ""}` }, networkName(chain.name, chain.testnet))),
      rows(all, (account) => accountRow(link, account, chain), "No account yet. It appears when the vault is made."),
      all.length > 0 && makeSafe(link),
    ];
  }, again);
}

/** Why an address is not shown yet. @param {Account} account */
const hidden = ({ kind }) =>
  kind === "safe"
    ? "Shown on real networks once the Safe stands there with its lock: until then it has no way back."
    : "The address is shown when the recovery file has been opened once.";

/** @param {Link} link @param {Account} account @param {ChainView | undefined} chain */
function accountRow(link, account, chain) {
  const text = account.address;
  return h(
    "li",
    null,
    h(
      "div",
      { class: "stack tight grow" },
      h("span", { class: "row" }, h("strong", null, foreign(account.name)), account.kind === "safe" && h("span", { class: "tag" }, "Safe")),
      text !== null && account.receive_ready ? address(text) : h("span", { class: "muted small" }, hidden(account)),
      account.kind === "safe" && chain && !account.chains.includes(chain.chain) && setUpSafe(link, account.account_id),
    ),
    chain && text !== null && balance(link, account, chain),
    text !== null && account.receive_ready && copyButton(text),
  );
}

/** @param {Link} link @param {Account} account @param {ChainView} chain */
function balance(link, { account_id }, { chain }) {
  /** @type {import("../signals.js").Signal<Balance | "waiting" | "none">} */
  const held = signal(/** @type {Balance | "waiting" | "none"} */ ("waiting"));
  link.call("account_balance", { account_id, chain }).then(
    (found) => (held.value = found),
    () => (held.value = "none"),
  );
  return h("span", { class: "money" }, () => {
    const now = held.value;
    if (now === "waiting") return h("span", { class: "muted small" }, "Asking the network");
    if (now === "none" || now.amount === null) return h("span", { class: "muted small" }, "The network does not answer");
    return money(now.amount, now.decimals, shorten(now.symbol, 24));
  });
}

/** @param {RequestView} view @param {Link} [link] its buttons, where there are any */
function requestRow(view, link) {
  const good = ["sent", "final", "signed"].includes(view.state);
  return h(
    "li",
    { class: "request" },
    h(
      "div",
      { class: "stack tight grow" },
      h("span", null, shorten(view.sentence, 160)),
      h("span", { class: "muted small" }, whoAsked(view), ", ", time(view.created_at)),
      view.note && h("span", { class: "small" }, visible(view.note)),
      link && view.choices.length > 0 && moreAbout(link, view),
    ),
    good && outside(view.explorer_url, "Explorer"),
    h("span", { class: `tag${good ? " good" : ""}` }, outcome(view)),
  );
}

/** @param {Link} link @param {import("../signals.js").Signal<number>} again */
export function activity(link, again) {
  const load = () => link.call("request_list", { pending: false, before: null, limit: 20 });
  return section("Activity", load, (first) => {
    const shown = signal(/** @type {RequestView[]} */ (first.requests));
    const more = signal(/** @type {boolean} */ (first.more));
    const next = async () => {
      const page = await link.call("request_list", { pending: false, before: shown.peek().at(-1)?.seq ?? null, limit: 50 });
      more.value = page.more;
      shown.value = [...shown.peek(), ...page.requests];
    };
    return [
      () => (shown.value.length ? h("ul", { class: "list" }, shown.value.map((view) => requestRow(view, link))) : empty("Nothing has happened yet.")),
      () => more.value && h("button", { type: "button", class: "plain", onclick: () => void next() }, "Show older"),
    ];
  }, again);
}

/** @param {Link} link @param {import("../signals.js").Signal<number>} again */
export function waiting(link, again) {
  const load = () => link.call("request_list", { pending: true, before: null, limit: 50 });
  return section("Waiting for you", load, ({ requests }) => [
    rows(/** @type {RequestView[]} */ (requests), (view) => requestRow(view), "Nothing waits."),
    requests.length > 0 && h("button", { type: "button", class: "primary", onclick: () => void link.call("extension.openApproval", {}) }, "Decide"),
  ], again);
}

/** @param {Link} link @param {import("../signals.js").Signal<number>} again */
export function sites(link, again) {
  const load = async () => {
    const [{ sites: all }, { chains }] = await Promise.all([link.call("site_list", {}), link.call("chain_list", {})]);
    return { all: /** @type {Site[]} */ (all), chains: /** @type {ChainView[]} */ (chains) };
  };
  const revoke = async (/** @type {string} */ origin) => {
    await link.call("site_revoke", { origin });
    again.value += 1;
  };
  return section("Connected sites", load, ({ all, chains }) =>
    rows(
      all,
      ({ origin, chain, accounts: seen, connected_at, has_passkey }) =>
        h(
          "li",
          null,
          h("div", { class: "stack tight grow" }, h("span", { translate: "no" }, visible(origin)), h("span", { class: "muted small" }, "sees ", seen.map((one) => [foldedAddress(one), " "]), "on ", foreign(chains.find((one) => one.chain === chain)?.name ?? chain), `, since ${time(connected_at)}`), has_passkey && h("div", null, makeSafeFor(link, origin))),
          h("button", { type: "button", "aria-label": `Disconnect ${visible(origin)}`, onclick: () => void revoke(origin) }, "Disconnect"),
        ),
      "No site is connected.",
    ), again);
}

/** @param {Link} link @param {import("../signals.js").Signal<number>} again */
/** Two of its parties are one computer. @param {Vault} vault */
export const hasCosigner = ({ parties }) => parties.some(({ kind }) => kind === "cosigner");

/** @param {Link} link @param {import("../signals.js").Signal<number>} again */
export function vaults(link, again) {
  const load = async () => /** @type {Vault[]} */ ((await link.call("vault_list", {})).vaults);
  return section("Vault", load, (all) => [
    rows(
      all,
      (vault) =>
        h(
          "li",
          null,
          h(
            "div",
            { class: "stack tight grow" },
            h(
              "div",
              { class: "row apart" },
              h("strong", null, foreign(vault.name)),
              h(
                "span",
                { class: "row" },
                h("span", { class: `tag ${vault.recovery_proven ? "good" : "caution"}` }, vault.recovery_proven ? "Recovery file proven" : "Recovery file not proven yet"),
                vault.second_file_proven && h("span", { class: "tag good" }, "Second file proven"),
              ),
            ),
            h("span", { class: "muted small" }, `Any ${vault.threshold} of ${vault.parties.length} sign together`),
            h(
              "ul",
              { class: "parties" },
              vault.parties.map((party) =>
                h("li", { class: "party small" }, h("span", null, foreign(party.name)), h("span", { class: "muted" }, party.poisoned ? "Needs to be set up afresh" : party.is_this ? "You are here" : partyKind(party.kind))),
              ),
            ),
          ),
        ),
      "No vault yet.",
    ),
    all.filter((vault) => !vault.recovery_proven).map((vault) => newRecoveryFile(link, vault, () => (again.value += 1))),
    all.filter((vault) => vault.recovery_proven && hasCosigner(vault)).map((vault) => secondDevice(link, vault, () => (again.value += 1))),
    all.filter((vault) => vault.recovery_proven && hasCosigner(vault) && !vault.second_file_proven).map((vault) => secondFile(link, vault, () => (again.value += 1))),
    all.filter((vault) => vault.recovery_proven).map((vault) => renewKeys(link, vault, () => (again.value += 1))),
  ], again);
}

/** What the vault withstands, by who shares it. @param {Link} link @param {import("../signals.js").Signal<number>} again */
export function withstands(link, again) {
  const starter = signal(/** @type {boolean | null} */ (null));
  const run = () => link.call("vault_list", {}).then(({ vaults: all }) => (starter.value = /** @type {Vault[]} */ (all).some(hasCosigner)), () => undefined);
  return () => {
    if (again.value >= 0) void run();
    return h("div", null, () => (starter.value === null ? null : starter.value ? honest() : shared()));
  };
}

/** Two devices share the vault. */
const shared = () =>
  h(
    "div",
    { class: "notice stack tight", id: "two-devices" },
    h("p", null, h("strong", null, "What this vault withstands: "), "fake sites, a hacked site, a stolen passkey, a program that has taken over one of your devices, the loss of any one of them or of the recovery file."),
    h("p", null, h("strong", null, "What it does not: "), "two of the three in the wrong hands at once. After a loss, replace what was lost soon."),
    h("p", { class: "muted" }, "Counterfoil's cryptography has not been reviewed by outsiders."),
  );

/** @param {Link} link @param {import("../signals.js").Signal<number>} again */
export function networks(link, again) {
  const load = async () => /** @type {ChainList} */ (await link.call("chain_list", {}));
  return section("Networks", load, ({ chains, current }) => {
    const used = chains.filter(({ rpc_url, own, chain }) => rpc_url !== null || own || chain === current);
    return [
      rows(used, (chain) => networkRow(chain, chain.chain === current), "No network yet."),
      h("p", { class: "muted small" }, "Each site is on the network that it chose. Networks and nodes are changed in the terminal: counterfoil chain."),
    ];
  }, again);
}

/** @param {ChainView} chain @param {boolean} isDefault */
const networkRow = ({ name, chain, rpc_url, own, testnet }, isDefault) =>
  h(
    "li",
    null,
    h(
      "div",
      { class: "stack tight grow" },
      h("span", null, foreign(name), " ", h("span", { class: "muted small mono" }, chain)),
      h("span", { class: "muted small" }, rpc_url === null ? "No node is set" : ["through ", foreign(shorten(rpc_url, 80))]),
    ),
    own && h("span", { class: "tag" }, "Added"),
    testnet && h("span", { class: "tag caution" }, "Test network"),
    isDefault && h("span", { class: "tag good" }, "New sites"),
  );
