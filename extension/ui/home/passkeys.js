/** Passkeys that people can manage: where each lives, what it may do, what to make of that. */
import { h } from "../h.js";
import { date, time, visible } from "../format.js";
import { foldedAddress, foreign } from "../components/text.js";
import { rows, section } from "./sections.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../../generated/protocol.js").Passkey} Passkey */
/** @typedef {import("./passkey_dialog.js").PasskeyDialog} PasskeyDialog */

/** @type {Record<Passkey["place"], [string, string]>} */
const PLACES = {
  synced: ["Synced", "good"],
  device: ["This device only", "caution"],
  hardware: ["Security key", "good"],
  unknown: ["Place unknown", "caution"],
};

/** @param {Link} link @param {import("../signals.js").Signal<number>} again @param {PasskeyDialog} dialog */
export function passkeys(link, again, dialog) {
  const load = async () => /** @type {Passkey[]} */ ((await link.call("passkey_list", {})).passkeys);
  return section("Passkeys", load, (all) => {
    const homes = all.filter((key) => key.role === "home");
    const row = (/** @type {Passkey} */ key) => passkeyRow(key, key.role === "site" || homes.length > 1, dialog);
    return h(
      "div",
      { class: "stack" },
      h("div", null, h("h3", { class: "label" }, "Your home passkeys"), rows(homes, row, "No passkey yet.")),
      homes.length > 0 && h("div", { class: "row" }, h("button", { type: "button", onclick: () => dialog.add() }, homes.length === 1 ? "Add a second passkey" : "Add a home passkey")),
      h("div", null, h("h3", { class: "label" }, "Passkeys of sites"), rows(all.filter((key) => key.role === "site"), row, "A site gets its own when you connect it.")),
    );
  }, again);
}

/** @param {Passkey} key @param {boolean} removable @param {PasskeyDialog} dialog */
function passkeyRow(key, removable, dialog) {
  const [place, tone] = PLACES[key.place];
  const title = key.role === "home" ? foreign(key.name) : h("span", { translate: "no" }, visible(key.origin));
  return h(
    "li",
    null,
    h(
      "div",
      { class: "stack tight grow" },
      h(
        "div",
        { class: "row apart" },
        h("strong", null, title),
        h("span", { class: "row" }, h("span", { class: `tag ${tone}` }, place), key.role === "home" && key.unlocks_here && h("span", { class: "tag good" }, "Unlocks")),
      ),
      h("span", { class: "muted small" }, key.maker ? `${visible(key.maker)}, ` : "", key.last_used_at === null ? `made ${time(key.created_at)}, not used yet` : `last used ${time(key.last_used_at)}`),
      h("p", { class: "small" }, visible(key.advice)),
      h(
        "details",
        { class: "fold" },
        h("summary", null, "What it may do"),
        h(
          "div",
          { class: "stack tight" },
          h("ul", { class: "grants small" }, key.may.map((one) => h("li", { class: one.startsWith("Can't") ? "not" : null }, visible(one)))),
          h("dl", { class: "pairs small" }, h("dt", null, "Used for"), h("dd", null, key.uses.map((use) => h("div", null, use.kind === "safe" ? ["Safe ", foldedAddress(use.name)] : foreign(use.name)))), h("dt", null, "Made"), h("dd", null, date(key.created_at)), key.role === "site" && [h("dt", null, "Name"), h("dd", null, foreign(key.name))]),
          h(
            "div",
            { class: "row" },
            key.role === "home" && key.can_unlock && !key.unlocks_here && h("button", { type: "button", onclick: () => dialog.unlocks(key) }, "Let it unlock this computer"),
            h("button", { type: "button", "aria-label": `Rename ${visible(key.name)}`, onclick: () => dialog.rename(key) }, "Rename"),
            removable
              ? h("button", { type: "button", class: "grave", "aria-label": `Remove the passkey ${visible(key.role === "home" ? key.name : key.origin)}`, onclick: () => dialog.remove(key) }, "Remove")
              : h("span", { class: "muted small" }, "The last home passkey can't be removed."),
          ),
        ),
      ),
    ),
  );
}
