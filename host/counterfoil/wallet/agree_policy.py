"""The other side of an act of administration: this device's person agrees to it, and only then its record is kept.   DESIGN §6"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterfoil.codecs.canonical import Canonical
from counterfoil.codecs.strict_json import encode_json
from counterfoil.errors import InvalidMessage, NotFound, NotPermitted, RequestExpired, StateConflict, UserRejected
from counterfoil.store import log, records, requests, reshares, vaults
from counterfoil.store.records import Record
from counterfoil.store.request_states import OVER
from counterfoil.store.requests import NewRequest, Request
from counterfoil.types import Origin, Party, RequestId, RequestState
from counterfoil.wallet.challenge import NONCE_LENGTH
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.cosign import WAITING, party_of
from counterfoil.wallet.end import told
from counterfoil.wallet.enrol import verify_home
from counterfoil.wallet.lending import shares_screen
from counterfoil.wallet.nonces import read_nonces
from counterfoil.wallet.policy_act import ADMINISTRATION, Act, describe, parse_act, read_policy_act
from counterfoil.wallet.policy_records import parse_policy
from counterfoil.wallet.record_heads import check_heads, read_heads
from counterfoil.wallet.record_wire import verify_signed
from counterfoil.wallet.review import MAX_LIFE_SECONDS
from counterfoil.wallet.set_policy import act_of, content_of, finish, note_policy
from counterfoil.wallet.signers import other_agents
from counterfoil.wallet.summary_json import encode_summary

_OPEN = frozenset({RequestState.PROPOSED, RequestState.CONSENTED})


def consent(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """Another device asks this one's person to agree to an act: a nonce once they have, WAITING until then.

    Raises: InvalidMessage, NotFound, NotPermitted, StateConflict, UserRejected, RequestExpired, Locked
    """
    act = parse_act(body.get("act"))
    vault = vaults.get(wallet.db, act.vault)
    requester = party_of(vault, sender)
    check_heads(wallet.db, vault.id, read_heads(body.get("records")))
    request = _kept(wallet, act, requester)
    if request.state is RequestState.PROPOSED and not shares_screen(wallet):
        return WAITING
    return {"nonce": _agree(wallet, request, requester, by_person=request.state is RequestState.CONSENTED).hex()}


def agree(wallet: Wallet, request: Request) -> Request:
    """This device's person said yes. Raises Locked, and what ``describe`` raises."""
    act = act_of(request)
    describe(wallet, act)
    vault = vaults.get(wallet.db, act.vault)
    requester = next((p for p in vault.parties if p.index == (request.intent or {}).get("requester")), None)
    if requester is None:
        raise NotPermitted("The device that asked is no party of that vault any more.")
    _agree(wallet, request, requester, by_person=True)
    told(wallet, request.id)
    wallet.peers.tell(requester.identity, "request_moved", {"request_id": request.id})
    return requests.get(wallet.db, request.id)


def accept_policy(wallet: Wallet, record: Record, sender: bytes) -> None:
    """Keep a policy's record: signed by the device that asked, agreed to here, approved by the home passkey.

    Raises: InvalidMessage, StateConflict, AssertionRefused, NotFound, NotPermitted
    """
    vault = vaults.get(wallet.db, record.vault)
    requester = party_of(vault, sender)
    if record.signer != sender:
        raise InvalidMessage("The record is not signed by the device that sends it.")
    verify_signed(record)
    reshares.refuse_during(wallet.db, vault.id)
    act, nonces, response = _read_evidence(record.evidence)
    request = requests.get(wallet.db, act.request_id)
    given = request.consents or {}
    if request.state is not RequestState.CONSENTED or given.get("requester") != requester.index:
        raise StateConflict("This change was not agreed to here.", reason="state")
    if request.payload != _payload(act) or set(nonces) != {vault.my_index, *(p.index for p in other_agents(vault))}:
        raise StateConflict("This is not the change that was agreed to.", reason="terms")
    if nonces[vault.my_index].hex() != given["nonce"]:
        raise StateConflict("The approval does not carry this device's nonce.", reason="nonce")
    fact, version = read_policy_act(wallet, act)
    claimed = (record.kind, record.subject, record.version, record.epoch)
    if claimed != (fact.kind, fact.subject, version, vault.epoch) or parse_policy(record.body) != fact:
        raise InvalidMessage("The record is not what was agreed to.")
    verify_home(wallet, content_of(act, nonces), response)
    with wallet.db.transaction():
        records.put(wallet.db, record)
        finish(wallet, request)
        note_policy(wallet, fact, version)
    told(wallet, request.id)


def _kept(wallet: Wallet, act: Act, requester: Party) -> Request:
    """This party's own row of the act; asked again, the same one."""
    now = wallet.now()
    if not now < act.expires_at <= now + MAX_LIFE_SECONDS:
        raise RequestExpired
    try:
        known = requests.get(wallet.db, act.request_id)
    except NotFound:
        return _insert(wallet, act, requester)
    if known.payload != _payload(act) or (known.intent or {}).get("requester") != requester.index:
        raise StateConflict("This request was made before with another content.", reason="terms")
    if known.state is RequestState.REFUSED:
        raise UserRejected("You refused this on your other device.", reason="refused_there")
    if known.state in OVER:
        raise StateConflict("This request is over on the other device.", reason="ended")
    return known


def _insert(wallet: Wallet, act: Act, requester: Party) -> Request:
    new = NewRequest(
        id=RequestId(act.request_id),
        origin=Origin(act.origin),
        kind=ADMINISTRATION,
        method=act.name,
        payload=_payload(act),
        created_at=wallet.now(),
        expires_at=act.expires_at,
        vault=vaults.get(wallet.db, act.vault).id,
        summary=encode_summary(describe(wallet, act)),
        intent={"requester": requester.index},
    )
    request = requests.insert(wallet.db, new)
    if not shares_screen(wallet):
        wallet.events.requests_changed(request.id)
    return request


def _agree(wallet: Wallet, request: Request, requester: Party, *, by_person: bool) -> bytes:
    wallet.unlocked.key()
    nonce = wallet.rng(NONCE_LENGTH)
    with wallet.db.transaction():
        requests.move(
            wallet.db,
            request.id,
            _OPEN,
            RequestState.CONSENTED,
            now=wallet.now(),
            consents={"requester": requester.index, "nonce": nonce.hex(), "person": by_person},
        )
        body: dict[str, Canonical] = {
            "request": request.id,
            "origin": request.origin,
            "act": request.method,
            "person": by_person,
        }
        log.append(wallet.db, "consented", body, wallet.now())
    return nonce


def _payload(act: Act) -> str:
    return encode_json(act.as_dict()).decode()


def _read_evidence(value: Any) -> tuple[Act, dict[int, bytes], dict[str, Any]]:  # noqa: ANN401 - from another agent
    match value:
        case {"response": dict(response), "nonces": nonces, "act": act, **rest} if not rest:
            return parse_act(act), read_nonces(nonces), response
    raise InvalidMessage("The record comes without its approval.")
