/** Above everything else at home: changes that wait for a person, and the second home passkey that is missing. */
import { h } from "../h.js";
import { signal } from "../signals.js";
import { time, visible } from "../format.js";
import { attempt } from "../components/attempt.js";

/** @typedef {import("../link.js").Link} Link */
/** @typedef {import("../signals.js").Signal<number>} Again */
/** @typedef {import("../../generated/protocol.js").Change} Change */
/** @typedef {import("../../generated/protocol.js").Passkey} Passkey */

/** @param {Link} link @param {Again} again */
export function changes(link, again) {
  const all = signal(/** @type {Change[]} */ ([]));
  const load = () => link.call("change_list", {}).then((found) => (all.value = found.changes), () => undefined);
  return h("div", { class: "stack" }, () => {
    if (again.value >= 0) void load();
    return h("div", { class: "stack" }, () => all.value.map((change) => notice(link, change, load)));
  });
}

/** @param {Link} link @param {Change} change @param {() => Promise<unknown>} reload */
function notice(link, change, reload) {
  const agree = attempt(async () => {
    await link.call("change_agree", { change_id: change.change_id });
    await reload();
  });
  const cancel = attempt(async () => {
    await link.call("change_cancel", { change_id: change.change_id });
    await reload();
  });
  const others = change.waits_for.map(visible).join(" or ");
  return h(
    "section",
    { class: "finding caution", "aria-label": "A change that waits" },
    h("span", { class: "level" }, change.asked_here ? "Waits for another device" : `${visible(change.asked_by)} asks`),
    h("strong", null, visible(change.sentence)),
    h("p", null, change.asked_here
      ? `Open Counterfoil on ${others || "another device"} and allow it there. If nobody calls it off, it is done at ${time(change.ready_at)}.`
      : change.can_agree
        ? `Allow it only if you asked for it yourself, just now, on that device. If nobody calls it off, it is done at ${time(change.ready_at)}.`
        : "You agreed. The other device carries it out."),
    agree.alert(),
    cancel.alert(),
    h(
      "div",
      { class: "row" },
      change.can_agree && h("button", { type: "button", disabled: () => agree.busy.value, onclick: () => void agree.start() }, "Allow it"),
      h("button", { type: "button", class: change.asked_here ? null : "grave", disabled: () => cancel.busy.value, onclick: () => void cancel.start() }, "Call it off"),
    ),
  );
}

/** Asked for until there is one. @param {Link} link @param {Again} again @param {() => void} add */
export function secondPasskey(link, again, add) {
  const homes = signal(0);
  const load = () => link.call("passkey_list", {}).then(
    (found) => (homes.value = /** @type {Passkey[]} */ (found.passkeys).filter((key) => key.role === "home").length),
    () => undefined,
  );
  return h("div", null, () => {
    if (again.value >= 0) void load();
    return h("div", null, () =>
      homes.value === 1 &&
      h(
        "section",
        { class: "notice wash row apart", "aria-label": "A second passkey" },
        h("p", { class: "grow" }, h("strong", null, "You have one home passkey. "), "If it is lost, nothing here opens or changes any more without your files."),
        h("button", { type: "button", class: "primary", onclick: add }, "Add a second passkey"),
      ));
  });
}
