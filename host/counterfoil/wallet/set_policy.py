"""The asking side of an act of administration: everyone's person agrees, then the home passkey is touched.   DESIGN §6"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from counterfoil.codecs.canonical import Canonical
from counterfoil.codecs.strict_json import encode_json, parse_json
from counterfoil.errors import StateConflict
from counterfoil.policy import Limit
from counterfoil.store import log, records, requests, vaults
from counterfoil.store.request_states import PENDING
from counterfoil.store.requests import NewRequest, Request
from counterfoil.types import Origin, Party, RequestId, RequestState
from counterfoil.wallet.ask import ask
from counterfoil.wallet.challenge import AdminContent, joint_nonce
from counterfoil.wallet.consents import Gathering
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.end import told
from counterfoil.wallet.enrol import verify_home
from counterfoil.wallet.home import home_request_options
from counterfoil.wallet.policy_act import (
    ADMINISTRATION,
    Act,
    describe,
    parse_act,
    party_with,
    policy_act,
    read_policy_act,
)
from counterfoil.wallet.policy_records import PolicyRecord, check_limit
from counterfoil.wallet.ports import Body
from counterfoil.wallet.propose import Caller, life_seconds, refuse_flood
from counterfoil.wallet.record_heads import record_heads
from counterfoil.wallet.record_wire import record_as_dict, signed_record
from counterfoil.wallet.signers import other_agents
from counterfoil.wallet.steps import ASSERT_HOME, AssertHomePasskey, Done, Step
from counterfoil.wallet.summary_json import encode_summary


def propose_policy(
    wallet: Wallet, caller: Caller, vault_id: str, party: bytes, *, is_interactive: bool, limits: list[Limit]
) -> Request:
    """A request to set a party's policy; it waits in the wallet's window.

    Raises: NotFound, UnknownChain, InvalidAddress, InvalidMessage, RateLimited
    """
    refuse_flood(wallet, caller.origin)
    vault = vaults.get(wallet.db, vault_id)
    party_with(vault, party)
    record = PolicyRecord(party, is_interactive, tuple(check_limit(wallet.networks, limit) for limit in limits))
    known = records.current(wallet.db, vault.id, record.kind, record.subject)
    request_id, now = wallet.rng(16).hex(), wallet.now()
    act = policy_act(
        vault,
        record,
        1 + (0 if known is None else known.version),
        request_id=request_id,
        origin=caller.origin,
        until=now + life_seconds(wallet),
    )
    new = NewRequest(
        id=RequestId(request_id),
        origin=Origin(caller.origin),
        kind=ADMINISTRATION,
        method=act.name,
        payload=encode_json(act.as_dict()).decode(),
        created_at=now,
        expires_at=act.expires_at,
        profile_id=caller.profile_id,
        vault=vault.id,
        summary=encode_summary(describe(wallet, act)),
    )
    request = requests.insert(wallet.db, new)
    wallet.events.requests_changed(request.id)
    return request


def question_of(wallet: Wallet, request: Request) -> tuple[tuple[Party, ...], Callable[[Party], Any]]:
    """Whom to ask, and how: every other agent of the vault keeps the record, so each agrees to it."""
    act = act_of(request)
    describe(wallet, act)

    async def question(party: Party) -> Body:
        body: Body = {"act": act.as_dict(), "records": record_heads(wallet.db, act.vault)}
        return await ask(wallet, party, "policy_consent", body, expires_at=act.expires_at)

    return other_agents(vaults.get(wallet.db, act.vault)), question


def ask_for_touch(wallet: Wallet, request: Request, gathering: Gathering) -> Step:
    """Everyone agreed: the home passkey signs the act with a nonce of each party in it."""
    act = act_of(request)
    vault = vaults.get(wallet.db, act.vault)
    nonces = {vault.my_index: wallet.rng(32), **gathering.nonces}
    content = content_of(act, nonces)
    request = requests.move(
        wallet.db,
        request.id,
        {RequestState.PROPOSED, RequestState.CONSENTED},
        RequestState.CONSENTED,
        now=wallet.now(),
        challenge=content.challenge(),
    )
    wallet.decisions.put(request.id, Decision(ASSERT_HOME, content.challenge(), {"nonces": nonces}))
    left = max(1, request.expires_at - wallet.now()) * 1000
    options = home_request_options(wallet, vault.id, content.challenge(), left)
    return AssertHomePasskey(request, options, "Touch the passkey of Counterfoil to approve this change.")


async def carry_out(wallet: Wallet, request: Request, decision: Decision, response: Mapping[str, Any]) -> Step:
    """The home passkey approved: the record is made and every party keeps it, this one last.

    Raises: AssertionRefused, what a party refuses with
    """
    act = act_of(request)
    nonces: dict[int, bytes] = decision.data["nonces"]
    verify_home(wallet, content_of(act, nonces), response)
    fact, version = read_policy_act(wallet, act)
    vault = vaults.get(wallet.db, act.vault)
    evidence = {
        "response": dict(response),
        "nonces": {str(index): nonce.hex() for index, nonce in nonces.items()},
        "act": act.as_dict(),
    }
    record = signed_record(wallet, vault, fact, version, evidence)
    for party in other_agents(vault):
        await ask(wallet, party, "record_put", {"record": record_as_dict(record)}, expires_at=act.expires_at)
    with wallet.db.transaction():
        records.put(wallet.db, record)
        ended = finish(wallet, request)
        note_policy(wallet, fact, version)
    told(wallet, request.id)
    return Done(ended)


def note_policy(wallet: Wallet, fact: PolicyRecord, version: int) -> None:
    """Into the log of decisions."""
    body: dict[str, Canonical] = {
        "party": fact.subject,
        "interactive": fact.is_interactive,
        "limits": len(fact.limits),
        "version": version,
    }
    log.append(wallet.db, "policy_set", body, wallet.now())


def finish(wallet: Wallet, request: Request) -> Request:
    """The act is done. Raises StateConflict where it ended meanwhile."""
    requests.move(wallet.db, request.id, PENDING, RequestState.APPROVED, now=wallet.now())
    return requests.move(
        wallet.db, request.id, {RequestState.APPROVED}, RequestState.FINAL, now=wallet.now(), result={"done": True}
    )


def content_of(act: Act, nonces: Mapping[int, bytes]) -> AdminContent:
    """The content that the home passkey's challenge is made of. The request's id and origin are in it."""
    return AdminContent(
        vault=act.vault,
        epoch=act.epoch,
        act=act.name,
        parameters={"parameters": act.parameters, "request_id": act.request_id, "origin": act.origin},
        nonce=joint_nonce("admin", list(nonces.items())),
        expires_at=act.expires_at,
    )


def act_of(request: Request) -> Act:
    """The act of a request that was born here or of one that another device asks. Raises StateConflict."""
    if request.kind != ADMINISTRATION:
        raise StateConflict("This is no act of administration.", reason="kind")
    act = parse_act(parse_json(request.payload.encode()))
    return replace(act, request_id=request.id)
