"""A native host without a wallet behind it: speaks the frames and answers with canned views.

    python native_host.py DIRECTORY

``DIRECTORY/scenario.json`` says how the world looks and may change at any time; each call is appended
to ``calls.jsonl``, and what a test writes to ``events/*.json`` is pushed as events.
"""

from __future__ import annotations

import itertools
import json
import os
import secrets
import struct
import sys
import threading
import time
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import canned
import views

HOME = Path(sys.argv[1])
LOCK = threading.RLock()
REQUESTS: dict[str, dict[str, Any]] = {}
WAITING: dict[str, int] = {}
CALLS: dict[tuple[str, str], str] = {}
SEQ = itertools.count(1)
CONNECTION = {"paired": False}  # whether it showed the proof


def b64(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def scenario() -> dict[str, Any]:
    """The world as the test wants it now."""
    for _ in range(20):
        try:
            return canned.SCENARIO | json.loads((HOME / "scenario.json").read_text())
        except ValueError:
            time.sleep(0.01)
    return canned.SCENARIO


def change_scenario(**values: Any) -> None:
    """What a call changed about the world."""
    path = HOME / "scenario.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(json.loads(path.read_text()) | values))
    fresh.replace(path)


def write(frame: dict[str, Any]) -> None:
    """One frame to the browser."""
    body = json.dumps(frame).encode()
    with LOCK:
        sys.stdout.buffer.write(struct.pack("=I", len(body)) + body)
        sys.stdout.buffer.flush()


def event(name: str, data: dict[str, Any]) -> None:
    """One event to the browser."""
    write({"event": name, "seq": next(SEQ), "data": data})


def pending() -> list[str]:
    """Requests that wait, oldest first."""
    return [i for i, view in REQUESTS.items() if view["state"] in ("proposed", "consented", "approved")]


def keep() -> None:
    """As the agent would: what was asked outlives this process."""
    with LOCK:
        kept = {"requests": REQUESTS, "calls": [[*call, request] for call, request in CALLS.items()]}
        fresh = HOME / "kept.new"
        fresh.write_text(json.dumps(kept))
        fresh.replace(HOME / "kept.json")


def recall() -> None:
    """What a process before this one kept."""
    if (HOME / "kept.json").exists():
        kept = json.loads((HOME / "kept.json").read_text())
        REQUESTS.update(kept["requests"])
        CALLS.update({(document, call): request for document, call, request in kept["calls"]})


def state() -> dict[str, Any]:
    """AgentState."""
    world = scenario()
    return {
        "paired": CONNECTION["paired"],
        "onboarding": world["onboarding"],
        "locked": world["locked"],
        "pending_requests": len(pending()),
        "cosigner": "running",
        "relay_url": None,
    }


def moved(request_id: str, to: str) -> dict[str, Any]:
    """Moves a request and says so."""
    view = REQUESTS[request_id]
    view["state"] = to
    view["seq"] += 1
    keep()
    event("requests_changed", {"request_id": request_id, "state": to, "pending": pending()})
    return view


def propose(kind: str, context: dict[str, Any]) -> str:
    """A new request waits."""
    request_id = secrets.token_hex(16)
    view = views.KINDS[kind](request_id, context["origin"])
    view.update(scenario()["patch"])
    view["_context"] = context
    REQUESTS[request_id] = view
    keep()
    event("requests_changed", {"request_id": request_id, "state": view["state"], "pending": pending()})
    return request_id


def shown(view: dict[str, Any]) -> dict[str, Any]:
    """A view as it goes over the wire."""
    queue = pending()
    place = queue.index(view["request_id"]) + 1 if view["request_id"] in queue else 0
    waiting = {"position": place, "waiting": len(queue)} if len(queue) > 1 else {}
    return {k: v for k, v in view.items() if not k.startswith("_")} | waiting


class Fault(Exception):  # noqa: N818 - the name on the wire
    """An error to send."""

    def __init__(self, code: int, reason: str, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.fault = {"code": code, "reason": reason, "message": message, "remedy": remedy, "details": {}}


def settle(request_id: str) -> None:
    """Answers the page whose call this request was."""
    frame = WAITING.pop(request_id, None)
    if frame is None:
        return
    view = REQUESTS[request_id]
    if view["state"] == "refused":
        error = {"code": 4001, "message": "You refused this request.", "data": {"reason": "user_rejected"}}
        write({"id": frame, "result": {"result_json": None, "error": error}})
        return
    result: Any = views.TX_ID
    if view["kind"] == "connect":
        change_scenario(accounts=[views.ADDRESS])
        result = [views.ADDRESS]
        event(
            "provider_event",
            {"origin": view["origin"], "name": "accountsChanged", "data_json": json.dumps(result), "document_id": None},
        )
    write({"id": frame, "result": {"result_json": json.dumps(result), "error": None}})


def provider_request(frame: int, params: dict[str, Any]) -> None:
    """The page's calls: some answered at once, others when a person has decided."""
    world = scenario()
    asked = json.loads(params["payload"])
    quick = {"eth_chainId": "0x1", "net_version": "1", "eth_accounts": world["accounts"]}
    if asked["method"] in quick:
        write({"id": frame, "result": {"result_json": json.dumps(quick[asked["method"]]), "error": None}})
        return
    if asked["method"] not in canned.REQUEST_OF:
        error = {
            "code": 4200,
            "message": "Counterfoil does not know this method.",
            "data": {"reason": "unknown_method"},
        }
        write({"id": frame, "result": {"result_json": None, "error": error}})
        return
    if asked["method"] == "eth_requestAccounts" and world["accounts"]:
        write({"id": frame, "result": {"result_json": json.dumps(world["accounts"]), "error": None}})
        return
    call = (params["context"]["document_id"], params["call_id"])
    with LOCK:
        request_id = CALLS.get(call)
        if request_id is None:
            kind = world["next"] or canned.REQUEST_OF[asked["method"]]
            request_id = CALLS[call] = propose(kind, params["context"])
        WAITING[request_id] = frame
        keep()
    if REQUESTS[request_id]["state"] in ("refused", "failed"):
        settle(request_id)


def next_step(view: dict[str, Any]) -> dict[str, Any]:
    """The step of a decision that comes now."""
    todo: list[str] = view["_todo"]
    if not todo:
        return {"next": {"step": "done", "request": finish(view)}}
    step, target = todo[0], view["_context"]
    options = canned.step_options(step, target["origin"], scenario())
    if step == "assert_home_passkey":
        return {"next": {"step": step, "options_json": options, "why": "Connecting a site needs your home passkey."}}
    out: dict[str, Any] = {"step": step, "target": target, "options_json": options}
    if step == "assert_site_passkey":
        out |= {"words": view["words"], "notches": view["notches"]}
    return {"next": out}


def finish(view: dict[str, Any]) -> dict[str, Any]:
    """The parties work, one after the other; then the request has ended."""
    world = scenario()
    for done in range(len(view["parties"]) + 1):
        for index, party in enumerate(view["parties"]):
            party["state"] = "done" if index < done else "working" if index == done else "joined"
        parties = view["parties"]
        progress = {
            "token": view["request_id"],
            "stage": "signing",
            "step": done,
            "of": len(parties),
            "parties": parties,
        }
        event("progress", progress)
        time.sleep(world["pace"])
    if world["fails"]:
        view["error"] = world["fails"]
        return shown(moved(view["request_id"], "failed"))
    if view["kind"] == "transaction":
        view["transaction_id"] = views.TX_ID
        view["explorer_url"] = f"https://etherscan.io/tx/{views.TX_ID}"
    moved(view["request_id"], "sent" if view["kind"] == "transaction" else "final")
    settle(view["request_id"])
    return shown(view)


def find(params: dict[str, Any]) -> dict[str, Any]:
    """The request that is meant."""
    view = REQUESTS.get(params["request_id"])
    if view is None:
        raise Fault(1012, "not_found", "There is no such request.")
    return view


def request_approve(params: dict[str, Any]) -> dict[str, Any]:
    """Approve pressed."""
    view = find(params)
    if scenario()["locked"]:
        raise Fault(
            2003, "locked", "Counterfoil is locked.", "Unlock it in the extension, or with `counterfoil unlock`."
        )
    if params["seq"] != view["seq"]:
        raise Fault(2011, "state_conflict", "The request has already moved on.")
    view["_todo"] = list(canned.STEPS["connect" if view["kind"] == "connect" else "sign"])
    moved(view["request_id"], "approved")
    return next_step(view)


def request_answer(params: dict[str, Any]) -> dict[str, Any]:
    """A touch came back."""
    view = find(params)
    if params["failure"]:
        cannot = Fault(2014, "page_cannot_assert", "The page can't use its passkey here. Nothing was signed.")
        view["error"] = scenario()["fails"] or cannot.fault
        return {"next": {"step": "done", "request": shown(moved(view["request_id"], "failed"))}}
    if params["step"] == "create_site_passkey":
        change_scenario(site_credential=params["response"]["id"])
    view["_todo"].pop(0)
    return next_step(view)


def request_refuse(params: dict[str, Any]) -> dict[str, Any]:
    """Refuse pressed, or the window closed."""
    view = find(params)
    moved(view["request_id"], "refused")
    settle(view["request_id"])
    return shown(view)


def refuse_all(_params: dict[str, Any]) -> dict[str, Any]:
    """All of them."""
    for request_id in pending():
        request_refuse({"request_id": request_id})
    return {}


def profile_await(_params: dict[str, Any]) -> dict[str, Any]:
    """Waits for the terminal."""
    while not scenario()["confirm_pairing"]:
        time.sleep(0.05)
    return {"profile_id": "aa" * 16, "token": b64(b"t" * 32)}


def finish_home(params: dict[str, Any]) -> dict[str, Any]:
    """The home passkey stands."""
    prf = bool(params["slots"])
    credential = params["response"]["id"]
    change_scenario(onboarding="vault", home_credential=credential, prf=prf)
    return canned.passkey(credential, "home", prf)


def add_slots(_params: dict[str, Any]) -> dict[str, Any]:
    """Passphrases instead of PRF."""
    change_scenario(passphrase=True)
    return {}


def admin_step(kind: str, what: str) -> dict[str, Any]:
    """A home passkey is to be touched for an act; ``change_approve`` does it."""
    change_scenario(act=[kind, what])
    options = canned.step_options("assert_home_passkey", "", scenario())
    return {"step_id": "ad" * 16, "options_json": options, "why": "Touch a home passkey.", "needs_person": True}


def add_home(params: dict[str, Any]) -> dict[str, Any]:
    """Another home passkey was made."""
    change_scenario(named=params["name"])
    return admin_step("add", params["response"]["id"])


def change_approve(_params: dict[str, Any]) -> dict[str, Any]:
    """The act is done, unless a person on another device is asked."""
    world = scenario()
    kind, what = world["act"]
    if world["needs_person"]:
        waits = views.a_change(asked_here=True, can_agree=False, waits_for=["Laptop"], asked_by="This computer")
        change_scenario(changes=[waits])
        return {"done": False, "change": waits}
    if kind == "add":
        change_scenario(home_passkeys={**world["home_passkeys"], what: world["named"]})
    else:
        change_scenario(removed_passkeys=[*world["removed_passkeys"], what])
    return {"done": True, "change": None}


def rename(params: dict[str, Any]) -> dict[str, Any]:
    """A name for this computer."""
    change_scenario(passkey_names={**scenario()["passkey_names"], params["credential_id"]: params["name"]})
    return {}


def end_change(state: str) -> dict[str, Any]:
    """The one change that waits is agreed to, or over."""
    [found] = scenario()["changes"]
    after = {**found, "state": state, "can_agree": False}
    change_scenario(changes=[after] if state == "waiting" else [])
    return after


def vault_create(params: dict[str, Any]) -> dict[str, Any]:
    """Three parties make a key together."""
    names = [
        ("This computer", "device"),
        ("Co-signer on this computer", "cosigner"),
        ("Recovery file", "recovery_file"),
    ]
    for done in range(len(names) + 1):
        parties = [
            {
                "index": i + 1,
                "name": n,
                "kind": k,
                "state": "done" if i < done else "working" if i == done else "waiting",
            }
            for i, (n, k) in enumerate(names)
        ]
        event("progress", {"token": "keygen", "stage": "keygen", "step": done, "of": 3, "parties": parties})
        time.sleep(scenario()["pace"])
    change_scenario(onboarding="recovery_file", vault_name=params["name"])
    return canned.vault(scenario())


def backup_prove(params: dict[str, Any]) -> dict[str, Any]:
    """The file that was saved, and nothing else."""
    if params["content"] != canned.RECOVERY_FILE:
        raise Fault(5004, "backup_unreadable", "This is not a readable recovery file.")
    change_scenario(onboarding="try_it", proven=True)
    event("state_changed", {"state": state()})
    return canned.vault(scenario())


def unlock(_params: dict[str, Any]) -> dict[str, Any]:
    """Open."""
    if scenario()["wrong_secret"]:
        raise Fault(2008, "wrong_passphrase", "The passphrase or passkey does not open this.")
    change_scenario(locked=False)
    event("state_changed", {"state": state()})
    return canned.lock_state(scenario())


def lock(_params: dict[str, Any]) -> dict[str, Any]:
    """Shut."""
    change_scenario(locked=True)
    event("state_changed", {"state": state()})
    return canned.lock_state(scenario())


def request_list(params: dict[str, Any]) -> dict[str, Any]:
    """Newest first; pending ones oldest first, as they are decided."""
    found = [shown(v) for i, v in REQUESTS.items() if not params["pending"] or i in pending()]
    past = [] if params["pending"] else canned.history(scenario()["history"], params["before"], params["limit"])
    if params["pending"]:
        return {"requests": found, "more": False}
    return {"requests": found[::-1] + past, "more": len(past) == params["limit"]}


HANDLERS = {
    "stub_hello": lambda _: {"stub_version": "0.1.0", "protocols": scenario()["protocols"], "agent": "running"},
    "agent_state": lambda _: state(),
    "agent_tryIt": lambda _: {"url": scenario()["try_it"]},
    "profile_begin": canned.pairing,
    "profile_await": profile_await,
    "seal_open": canned.seal_open,
    "lock_options": lambda _: canned.lock_options(scenario()),
    "lock_unlock": unlock,
    "lock_lock": lock,
    "lock_state": lambda _: canned.lock_state(scenario()),
    "provider_state": lambda _: {"chain_id": "0x1", "network_version": "1", "accounts": scenario()["accounts"]},
    "provider_closed": lambda _: {},
    "passkey_beginHome": lambda _: canned.begin_home(),
    "passkey_finishHome": finish_home,
    "passkey_addSlots": add_slots,
    "passkey_list": lambda _: {"passkeys": canned.passkeys(scenario())},
    "passkey_addHome": add_home,
    "passkey_remove": lambda p: admin_step("remove", p["credential_id"]),
    "passkey_rename": rename,
    "change_approve": change_approve,
    "change_list": lambda _: {"changes": scenario()["changes"]},
    "change_agree": lambda _: end_change("waiting"),
    "change_cancel": lambda _: end_change("cancelled"),
    "vault_list": lambda _: {"vaults": [canned.vault(scenario())]},
    "vault_create": vault_create,
    "backup_download": lambda _: {"file_name": "Savings.counterfoil", "content": canned.RECOVERY_FILE},
    "backup_prove": backup_prove,
    "account_list": lambda _: {"accounts": canned.accounts(scenario())},
    "account_balance": lambda p: canned.balance(p, scenario()),
    "chain_list": lambda _: canned.CHAINS,
    "chain_setDefault": lambda _: canned.CHAINS,
    "site_list": lambda _: {"sites": canned.sites(scenario())},
    "site_revoke": lambda p: change_scenario(revoked=[*scenario()["revoked"], p["origin"]]) or {},
    "request_list": request_list,
    "request_get": lambda p: shown(find(p)),
    "request_approve": request_approve,
    "request_answer": request_answer,
    "request_refuse": request_refuse,
    "request_refuseAll": refuse_all,
}


def hello(params: dict[str, Any]) -> dict[str, Any]:
    """agent_hello."""
    world = scenario()
    if world["hello_fault"]:
        raise Fault(**world["hello_fault"])
    CONNECTION["paired"] = params["profile"] is not None
    role = "profile" if CONNECTION["paired"] else "browser"
    return {"protocol": 1, "version": "0.1.0", "schema_sha256": "0" * 64, "role": role, "state": state()}


def answer(frame: dict[str, Any]) -> None:
    """One call, in its own thread."""
    method, params = frame["method"], frame["params"]
    with LOCK, (HOME / "calls.jsonl").open("a") as log:
        log.write(json.dumps({"method": method, "params": params}) + "\n")
    world = scenario()
    if method in world["silent"]:
        return
    if method in world["die_on"]:
        change_scenario(die_on=[])
        os._exit(3)
    try:
        if method in world["faults"]:
            raise Fault(**world["faults"][method])
        if method == "provider_request":
            provider_request(frame["id"], params)
            return
        result = hello(params) if method == "agent_hello" else HANDLERS[method](params)
        write({"id": frame["id"], "result": result})
    except Fault as fault:
        write({"id": frame["id"], "error": fault.fault})


def push_events() -> None:
    """What the test wants the agent to say or do."""
    (HOME / "events").mkdir(exist_ok=True)
    while True:
        for path in sorted((HOME / "events").glob("*.json")):
            pushed = json.loads(path.read_text())
            path.unlink()
            if "propose" in pushed:
                propose(pushed["propose"], canned.CONTEXT | pushed.get("context", {}))
            elif "move" in pushed:
                for request_id in pending():
                    moved(request_id, pushed["move"])
                    settle(request_id)
            else:
                event(pushed["event"], pushed["data"])
        time.sleep(0.03)


def main() -> None:
    """Frames until the end of input."""
    recall()
    threading.Thread(target=push_events, daemon=True).start()
    while True:
        head = sys.stdin.buffer.read(4)
        if len(head) < 4:
            os._exit(0)
        frame = json.loads(sys.stdin.buffer.read(struct.unpack("=I", head)[0]))
        if "method" in frame:
            threading.Thread(target=answer, args=(frame,), daemon=True).start()


if __name__ == "__main__":
    main()
