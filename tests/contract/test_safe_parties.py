"""A lying requester and a Safe: every party rebuilds what it lends its share to, or it lends nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.chains.evm.safe.requests import NO_SALT, SafeAct, encode_safe_act, parse_safe_act
from counterfoil.chains.evm.safe.safe_tx import digest_safe_tx
from counterfoil.chains.family import Kind
from counterfoil.devices.link_messages import Answer, Failure
from counterfoil.errors import (
    AssertionRefused,
    InputError,
    InvalidTransaction,
    NotPermitted,
    PageCannotAssert,
    PartyUnavailable,
    StateConflict,
    UnsafeToSign,
)
from counterfoil.store import accounts, records, requests
from counterfoil.types import Origin, RequestState
from counterfoil.wallet import approve
from counterfoil.wallet.end import refuse
from counterfoil.wallet.record_wire import record_as_dict, signed_record
from counterfoil.wallet.reshare_facts import check_facts, facts_of, keep_facts, records_digest
from counterfoil.wallet.safe_create import owner_address
from counterfoil.wallet.safe_records import parse_safe, safe_on_record
from counterfoil.wallet.steps import AssertHomePasskey, AssertSitePasskey
from counterfoil.webauthn.options import request_options
from tests.devnet.safe_chain import SafeChain
from tests.fakes.authenticator import Twist
from tests.fakes.safe_owner import SafeOwner
from tests.fakes.two_agent_person import EXTENSION, FRIEND, SITE
from tests.fakes.two_agents import Crossing
from tests.node_tools import node_package

NUMBER = 31337
ENABLE_MODULE = "0x610b5925" + "00" * 12 + "11" * 20


@pytest.fixture(scope="module")
def chain() -> Iterator[SafeChain]:
    for package in ("safe-contracts", "safe-4337", "safe-passkey"):
        node_package(f"@safe-global/{package}")
    with SafeChain() as standing:
        yield standing


@pytest.fixture
async def owner(chain: SafeChain, tmp_path: Path) -> AsyncIterator[SafeOwner]:
    person = await SafeOwner.at(tmp_path / "two", chain.node)
    await person.make_safe()
    yield person
    assert person.pair.mistakes() == []
    await person.close()


def bent(body: dict[str, Any], change: Callable[[SafeAct], SafeAct]) -> dict[str, Any]:
    """The same words around another act."""
    proposal = body["proposal"]
    act = change(parse_safe_act(bytes.fromhex(proposal["unsigned"]), NUMBER))
    return {**body, "proposal": {**proposal, "unsigned": encode_safe_act(act).hex()}}


def touched_again(owner: SafeOwner, body: dict[str, Any]) -> dict[str, Any]:
    """With an honest touch of the altered act's own hash: a page can have that whenever it likes."""
    act = parse_safe_act(bytes.fromhex(body["proposal"]["unsigned"]), NUMBER)
    credential = owner.home.credentials[0]
    options = request_options(
        challenge=digest_safe_tx(act.tx), rp_id=None, credential_ids=[credential.id], timeout_ms=1000
    )
    response = owner.home.get(options, origin=EXTENSION)
    return {**body, "approval": {**body["approval"], "response": response}}


def replaced(body: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {**body, "proposal": {**body["proposal"], **fields}}


def call_value(act: SafeAct, value: int) -> SafeAct:
    calls = tuple(dataclasses.replace(call, value=value) for call in act.calls)
    return act.with_calls(calls, nonce=act.tx.nonce, standing=act.standing)


def lies_before_the_first_signature(owner: SafeOwner, body: dict[str, Any]) -> list[dict[str, Any]]:
    owner_path, payer_path = body["proposal"]["paths"]
    stranger = "0x" + "77" * 20

    def other_account(act: SafeAct, **fields: Any) -> SafeAct:
        return dataclasses.replace(act, account=dataclasses.replace(act.account, **fields))

    return [
        bent(body, lambda act: call_value(act, 2)),
        touched_again(owner, bent(body, lambda act: call_value(act, 2))),
        bent(body, lambda act: act.with_salt(NO_SALT)),
        touched_again(owner, bent(body, lambda act: act.with_salt(NO_SALT))),
        bent(body, lambda act: dataclasses.replace(act, payer_nonce=act.payer_nonce + 1)),
        bent(body, lambda act: dataclasses.replace(act, payer=stranger)),
        bent(body, lambda act: dataclasses.replace(act, gas_limit=2**60)),
        bent(body, lambda act: dataclasses.replace(act, max_fee=2**90)),
        bent(body, lambda act: other_account(act, signer=stranger)),
        bent(body, lambda act: other_account(act, owner=stranger)),
        bent(body, lambda act: other_account(act, salt_nonce=7)),
        replaced(body, paths=[owner_path]),
        replaced(body, paths=[payer_path, owner_path]),
        replaced(body, paths=[owner_path, owner_path]),
        replaced(body, paths=[owner_path, "44/60/0/0/1"]),
        replaced(body, kind="transaction"),
        replaced(body, kind="safe_message"),
        replaced(body, origin="https://other.example"),
        replaced(body, expires_at=body["proposal"]["expires_at"] + 1),
        {**body, "position": 1},
        {**body, "position": True},
    ]


def lies_before_the_second_signature(body: dict[str, Any]) -> list[dict[str, Any]]:
    approval = body["approval"]
    return [
        {**body, "position": 0},
        {**body, "position": 2},
        bent(body, lambda act: dataclasses.replace(act, payer_nonce=act.payer_nonce + 1)),
        bent(body, lambda act: dataclasses.replace(act, max_fee=act.max_fee - 1)),
        bent(body, lambda act: dataclasses.replace(act, gas_limit=act.gas_limit - 1)),
        bent(body, lambda act: dataclasses.replace(act, priority_fee=0)),
        {**body, "approval": {**approval, "response": {**approval["response"], "more": 1}}},
        {**body, "nonces": {**body["nonces"], "1": "00" * 32}},
        _other_digest(body),
    ]


def _other_digest(body: dict[str, Any]) -> dict[str, Any]:
    context = {**body["invitation"]["context"], "digest": "11" * 32}
    return {**body, "invitation": {**body["invitation"], "context": context}}


async def test_no_lie_of_the_requester_gets_a_share(owner: SafeOwner, chain: SafeChain) -> None:
    """Every lie is told first, and refused; then the truth is told, and done."""
    cosigner = owner.pair.cosigner
    tried: list[int] = []

    async def lie_first(crossing: Crossing) -> None:
        if crossing.kind != "ceremony_join":
            return
        position = crossing.body["position"]
        lies = (
            lies_before_the_first_signature(owner, crossing.body)
            if position == 0
            else lies_before_the_second_signature(crossing.body)
        )
        request_id = crossing.body["proposal"]["request_id"]
        before = requests.get(cosigner.db, request_id)
        for number, lie in enumerate(lies):
            answer = await cosigner.answer(owner.pair.wire.agents, "device", "ceremony_join", lie)
            assert isinstance(answer, Failure), (position, number)
            now = requests.get(cosigner.db, request_id)
            assert (now.state, now.released) == (before.state, before.released), (position, number)
            tried.append(position)

    await owner.settled(await owner.decide(await owner.ask_to_send(1)))
    owner.pair.wire.hook = lie_first
    sent = await owner.decide(await owner.ask_to_send(5))
    assert sent.state is RequestState.SENT, (sent.state, sent.error, tried)
    done = await owner.settled(sent)
    assert done.result == {"status": "mined"}
    assert tried.count(0) == 21
    assert tried.count(1) == 9
    paid = chain.node.rpc("eth_getTransactionByHash", done.transaction_id)
    assert int(paid["value"], 16) == 0
    assert paid["from"] == owner.payer.lower()


async def test_a_key_that_owns_a_safe_signs_nothing_else(owner: SafeOwner) -> None:
    cosigner, vault = owner.pair.cosigner, owner.vault
    safe = safe_on_record(cosigner.db, vault.id, owner.safe)
    assert safe is not None
    key = owner_address(cosigner.wallet, vault, safe.owner_path)
    heard: list[dict[str, Any]] = []

    async def listen(crossing: Crossing) -> None:
        if crossing.kind == "request_consent":
            heard.append(crossing.body)

    owner.pair.wire.hook = listen
    vault_account, owner.safe = owner.safe, ""
    await owner.decide(await owner.ask_to_sign("Hello"))
    owner.safe = vault_account
    for fields in (
        {"paths": [safe.owner_path], "account": key},
        {"paths": [safe.owner_path], "account": owner.safe},
        {"paths": [safe.owner_path]},
    ):
        lie = replaced(heard[0], request_id="ab" * 16, **fields)
        answer = await cosigner.answer(owner.pair.wire.agents, "device", "request_consent", lie)
        assert isinstance(answer, Failure), fields
        assert isinstance(answer.error, StateConflict)
    assert isinstance(
        await cosigner.answer(
            owner.pair.wire.agents, "device", "request_consent", replaced(heard[0], request_id="cd" * 16)
        ),
        Answer,
    )


async def test_a_refused_act_is_burnt_by_the_next(owner: SafeOwner, chain: SafeChain) -> None:
    """Its assertion exists; the next act takes the same nonce of the Safe, so that it can never be done after it."""

    async def no_join(crossing: Crossing) -> None:
        if crossing.kind == "ceremony_join":
            raise PartyUnavailable

    owner.pair.wire.hook = no_join
    failed = await owner.decide(await owner.ask_to_send(5))
    assert failed.state is RequestState.FAILED
    assert failed.assertion is not None
    owner.pair.wire.hook = _nothing
    done = await owner.settled(await owner.decide(await owner.ask_to_send(6)))
    assert done.result == {"status": "mined"}
    old, new = (parse_safe_act(r.unsigned or b"", NUMBER) for r in (failed, done))
    assert old.tx.nonce == new.tx.nonce
    assert digest_safe_tx(old.tx) != digest_safe_tx(new.tx)
    assert chain.ask(owner.safe, "nonce()", ["uint256"]) == new.tx.nonce + 1


async def test_a_payment_that_nobody_answered_is_tried_again(owner: SafeOwner) -> None:
    """The first signature stands, so the second is worth another try; each digest is still signed once."""
    left = [PartyUnavailable(), PartyUnavailable()]

    async def deaf_at_first(crossing: Crossing) -> None:
        if crossing.kind == "ceremony_join" and crossing.body["position"] == 1 and left:
            raise left.pop()

    owner.pair.wire.hook = deaf_at_first
    done = await owner.settled(await owner.decide(await owner.ask_to_send(5)))
    assert done.result == {"status": "mined"}
    assert left == []
    assert (done.released, len(done.signatures)) == (2, 2)


async def _nothing(_crossing: Crossing) -> None:
    return None


async def test_the_same_call_never_has_the_same_hash_twice(owner: SafeOwner) -> None:
    hashes = set()
    for _ in range(3):
        step = await owner.approve(await owner.ask_to_send(5))
        request = owner.at_device(step.request)
        hashes.add(digest_safe_tx(parse_safe_act(request.unsigned or b"", NUMBER).tx))
        assert request.challenge in hashes
        refuse(owner.wallet, request.id)
    assert len(hashes) == 3


SELF_CALLS = [
    {"to": "safe", "data": ENABLE_MODULE},
    {"to": "safe", "data": "0x"},
    {"to": "safe", "data": "0x12345678"},
    {"to": "lock", "data": "0x2f2ff15d" + "00" * 64},
    {"to": "lock", "data": "0x"},
    {"to": FRIEND, "data": "0xd4d9bdcd" + "11" * 32},
]


async def test_a_site_can_not_have_a_safe_change_itself(owner: SafeOwner) -> None:
    act = parse_safe_act((await owner.ask_to_send(5)).unsigned or b"", NUMBER)
    places = {"safe": owner.safe, "lock": act.lock}
    for fields in SELF_CALLS:
        call = {**fields, "to": places.get(fields["to"], fields["to"])}
        request = await owner.ask_to_send(1, **call)
        assert (request.summary or {})["refusal"], call
        with pytest.raises(UnsafeToSign):
            await owner.approve(request)
        refuse(owner.wallet, request.id)
    with pytest.raises(InvalidTransaction):
        await owner.ask("eth_sendTransaction", [{"from": owner.safe, "data": "0x6000"}])


async def test_texts_that_could_be_a_safes_hash_are_refused_on_a_safe_too(owner: SafeOwner) -> None:
    request = await owner.ask("personal_sign", ["0x" + "11" * 32, owner.safe])
    assert (request.summary or {})["refusal"]
    typed = {
        "types": {
            "EIP712Domain": [{"name": "verifyingContract", "type": "address"}],
            "SafeTx": [{"name": "nonce", "type": "uint256"}],
        },
        "primaryType": "SafeTx",
        "domain": {"verifyingContract": owner.safe},
        "message": {"nonce": "1"},
    }
    try:
        request = await owner.ask("eth_signTypedData_v4", [owner.safe, json.dumps(typed)])
    except (InputError, UnsafeToSign):
        return
    assert (request.summary or {})["refusal"]


async def test_a_safe_of_a_site_moves_by_that_sites_passkey_alone(owner: SafeOwner) -> None:
    await owner.make_safe(SITE)
    request = await owner.ask_to_send(5)
    step = await owner.approve(request)
    assert isinstance(step, AssertSitePasskey)
    with pytest.raises(PageCannotAssert):
        await approve.answer(owner.wallet, request.id, "assert_site_passkey", None, ("NotAllowedError", "no"))
    with pytest.raises(NotPermitted):
        call = {"from": owner.safe, "to": FRIEND, "value": "0x1"}
        await owner.ask("eth_sendTransaction", [call], origin=Origin("https://other.example"))
    name, response = owner.touch(step)
    done = await owner.answer(step, response, name)
    assert (await owner.settled(done.request)).result == {"status": "mined"}


async def test_a_home_passkeys_safe_is_touched_in_the_window(owner: SafeOwner) -> None:
    step = await owner.approve(await owner.ask_to_send(5))
    assert isinstance(step, AssertHomePasskey)
    challenge = parse_safe_act(owner.at_device(step.request).unsigned or b"", NUMBER).tx
    assert owner.at_device(step.request).challenge == digest_safe_tx(challenge)
    name, _ = owner.touch(step)
    first = b'{"origin":"x"}'
    with pytest.raises(AssertionRefused):
        await owner.answer(step, owner.touch(step, Twist(client_data_raw=first))[1], name)


async def test_a_party_that_is_new_to_the_vault_learns_of_its_safes(owner: SafeOwner) -> None:
    cosigner, vault = owner.pair.cosigner, owner.vault
    facts = facts_of(owner.wallet, vault)
    digest = records_digest(owner.pair.device.db, vault.id)
    cosigner.db.execute("DELETE FROM records WHERE kind = 'safe'")
    cosigner.db.execute("DELETE FROM accounts WHERE kind = 'safe'")
    with pytest.raises(StateConflict) as unknown:
        await owner.decide(await owner.ask_to_send(5))
    assert unknown.value.word == "account"
    keep_facts(cosigner.wallet, vault, check_facts(facts, vault.id, digest))
    keep_facts(cosigner.wallet, vault, check_facts(facts, vault.id, digest))
    assert [a.address for a in accounts.listed(cosigner.db) if a.kind == accounts.SAFE] == [owner.safe]
    assert (await owner.settled(await owner.decide(await owner.ask_to_send(5)))).result == {"status": "mined"}


async def test_a_record_of_a_safe_is_kept_only_where_all_of_it_is_right(owner: SafeOwner) -> None:
    cosigner, vault = owner.pair.cosigner, owner.vault
    good = records.current(owner.pair.device.db, vault.id, records.RecordKind.SAFE, owner.safe)
    assert good is not None
    body = good.body
    lies: list[dict[str, Any]] = [
        {"address": FRIEND},
        {"owner": FRIEND},
        {"owner_index": 1},
        {"signer": FRIEND},
        {"x": "5"},
        {"salt_nonce": "1"},
        {"verifiers": "1"},
        {"passkey_role": "site"},
        {"credential_id": "00"},
        {"safe_proxy": "00"},
        {},
    ]
    for lie in lies:
        try:
            fact = parse_safe({**body, **lie})
        except InputError:
            continue
        record = signed_record(owner.wallet, vault, fact, 2, good.evidence)
        answer = await cosigner.answer(
            owner.pair.wire.agents, "device", "record_put", {"record": record_as_dict(record)}
        )
        assert isinstance(answer, Failure), lie
    assert len(records.all_current(cosigner.db, vault.id, records.RecordKind.SAFE)) == 1


def test_the_kinds_that_are_broadcast() -> None:
    assert {kind for kind in Kind if kind.is_transaction} == {Kind.TRANSACTION, Kind.SAFE_TRANSACTION}
