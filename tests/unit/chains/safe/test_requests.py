"""A Safe's requests as bytes: one spelling, read whole, and nothing in the paying transaction that they don't fix."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.chains.evm.address import address_bytes, address_of
from counterfoil.chains.evm.facts import Facts, TransactionIntent
from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.chains.evm.safe.facts import ActFacts, ActIntent
from counterfoil.chains.evm.safe.first_act import Standing
from counterfoil.chains.evm.safe.kinds import for_safe
from counterfoil.chains.evm.safe.requests import (
    NO_SALT,
    SafeAct,
    SafeMessage,
    encode_safe_act,
    encode_safe_message,
    parse_safe_act,
    parse_safe_message,
)
from counterfoil.chains.evm.transaction import parse_signed
from counterfoil.chains.family import Kind, Touch
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import AssertionRefused, InvalidTransaction, UnsafeToSign
from counterfoil.types import Digest32
from tests.unit.chains.evm_samples import LOCAL, sign
from tests.unit.chains.safe.samples import SafePerson

FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PAYER = SafePerson(b"payer")
SALT = bytes(range(1, 33))
STANDS = Standing(signer=True, safe=True, lock=True)
SEND = TransactionIntent(to=FRIEND, value=5, data=b"")
PAYING = Facts(
    chain_id=31337,
    nonce=7,
    balance=10**20,
    gas_limit=3_000_000,
    base_fee=10**9,
    priority_fee=10**9,
    gas_price=2 * 10**9,
    target_has_code=True,
)


@pytest.fixture
def person() -> SafePerson:
    return SafePerson()


def an_act(person: SafePerson, codes: CreationCodes, *calls: TransactionIntent, nonce: int = 3) -> SafeAct:
    account = person.account(codes)
    kind, intent = for_safe(account, PAYER.owner, Kind.TRANSACTION, calls or (SEND,))
    assert kind is Kind.SAFE_TRANSACTION
    assert isinstance(intent, ActIntent)
    facts = ActFacts(PAYING, STANDS if nonce else Standing(), nonce, 10**20, True, (False,))
    unsigned = FAMILY.prepare(LOCAL, account.address, kind, intent, facts)
    return parse_safe_act(unsigned, 31337).with_salt(SALT)


def the_touch(person: SafePerson, digest: bytes) -> Touch:
    found = person.passkey_signature(Digest32(digest))
    return Touch(found.authenticator_data, found.client_data, found.r, found.s)


@pytest.mark.parametrize("nonce", [0, 3])
def test_an_act_has_one_spelling(person: SafePerson, codes: CreationCodes, nonce: int) -> None:
    act = an_act(person, codes, SEND, SEND, nonce=nonce)
    assert parse_safe_act(encode_safe_act(act), 31337) == act
    assert len(act.calls) == 2
    with pytest.raises(InvalidTransaction):
        parse_safe_act(encode_safe_act(act) + b"\0", 31337)
    with pytest.raises(InvalidTransaction):
        parse_safe_act(encode_safe_act(act), 1)


def test_a_message_has_one_spelling(person: SafePerson, codes: CreationCodes) -> None:
    message = SafeMessage(person.account(codes), 31337, Kind.MESSAGE, b"hello", Standing())
    assert parse_safe_message(encode_safe_message(message), 31337) == message
    with pytest.raises(InvalidTransaction):
        parse_safe_message(encode_safe_message(message), 1)


@given(st.binary(max_size=300))
@settings(max_examples=200)
def test_garbage_is_refused_and_nothing_else_happens(data: bytes) -> None:
    for parse in (parse_safe_act, parse_safe_message):
        with pytest.raises(InvalidTransaction):
            parse(data, 31337)


def test_a_changed_byte_is_refused_or_changes_what_is_signed(person: SafePerson, codes: CreationCodes) -> None:
    """The first digest is the Safe's; what only the payment depends on changes the second."""
    act = an_act(person, codes)
    unsigned = encode_safe_act(act)
    (first,) = FAMILY.digests(LOCAL, Kind.SAFE_TRANSACTION, unsigned)
    signature, touch = sign(first, person.key), the_touch(person, first)
    second = FAMILY.next_digest(LOCAL, Kind.SAFE_TRANSACTION, unsigned, [signature], touch)
    parts = bytes.fromhex(act.account.address[2:])
    for at in range(0, len(unsigned), 3):
        other = bytearray(unsigned)
        other[at] ^= 1
        try:
            named = FAMILY.signers(LOCAL, act.account.address, Kind.SAFE_TRANSACTION, bytes(other))
            (changed,) = FAMILY.digests(LOCAL, Kind.SAFE_TRANSACTION, bytes(other))
            follows = FAMILY.next_digest(LOCAL, Kind.SAFE_TRANSACTION, bytes(other), [signature], touch)
        except (InvalidTransaction, UnsafeToSign):
            continue
        same_account = parse_safe_act(bytes(other), 31337).account == act.account
        assert (changed, follows) != (first, second) or named != (person.owner, PAYER.owner) or not same_account, at
    assert parts in unsigned


def test_the_payment_is_exactly_the_act_and_no_coins(person: SafePerson, codes: CreationCodes) -> None:
    act = an_act(person, codes)
    unsigned = encode_safe_act(act)
    (first,) = FAMILY.digests(LOCAL, Kind.SAFE_TRANSACTION, unsigned)
    assert FAMILY.challenge(LOCAL, Kind.SAFE_TRANSACTION, unsigned) == first
    touch, by_owner = the_touch(person, first), sign(first, person.key)
    second = FAMILY.next_digest(LOCAL, Kind.SAFE_TRANSACTION, unsigned, [by_owner], touch)
    signed = FAMILY.assemble(LOCAL, Kind.SAFE_TRANSACTION, unsigned, [by_owner, sign(second, PAYER.key)], touch)
    tx, _ = parse_signed(signed)
    assert (tx.value, tx.nonce, tx.gas_limit, tx.to) == (0, 7, 3_000_000, address_bytes(act.account.address))
    assert FAMILY.unsigned_of(LOCAL, signed)[1] == PAYER.owner
    assert keccak256(FAMILY.unsigned_of(LOCAL, signed)[0]) == second
    finished = (LOCAL, act.account.address, Kind.SAFE_TRANSACTION)
    assert FAMILY.is_finished(*finished, unsigned, signed)
    for other in (
        dataclasses.replace(act, gas_limit=act.gas_limit - 1),
        dataclasses.replace(act, payer_nonce=8),
        dataclasses.replace(act, payer=FRIEND),
        act.with_salt(NO_SALT),
    ):
        try:
            assert not FAMILY.is_finished(*finished, encode_safe_act(other), signed)
        except InvalidTransaction:
            continue
    with pytest.raises(InvalidTransaction):
        FAMILY.next_digest(LOCAL, Kind.SAFE_TRANSACTION, unsigned, [], touch)
    with pytest.raises(InvalidTransaction):
        FAMILY.assemble(LOCAL, Kind.SAFE_TRANSACTION, unsigned, [by_owner], touch)
    with pytest.raises(InvalidTransaction):
        FAMILY.assemble(LOCAL, Kind.SAFE_TRANSACTION, unsigned, [by_owner, by_owner])


def test_two_accounts_hold_a_number_each(person: SafePerson, codes: CreationCodes) -> None:
    act = an_act(person, codes)
    unsigned, safe = encode_safe_act(act), act.account.address
    kind = Kind.SAFE_TRANSACTION
    assert FAMILY.signers(LOCAL, safe, kind, unsigned) == (person.owner, PAYER.owner)
    assert FAMILY.slots(LOCAL, safe, kind, unsigned) == ("nonce:3",)
    assert FAMILY.slots(LOCAL, PAYER.owner, kind, unsigned) == ("nonce:7",)
    assert FAMILY.slots(LOCAL, person.owner, kind, unsigned) == ()
    with pytest.raises(InvalidTransaction):
        FAMILY.signers(LOCAL, FRIEND, kind, unsigned)
    moved = FAMILY.renumber(
        LOCAL, kind, None, unsigned, first="nonce:7", taken={"nonce:7", "nonce:8"}, holder=PAYER.owner
    )
    assert FAMILY.slots(LOCAL, PAYER.owner, kind, moved) == ("nonce:9",)
    with pytest.raises(InvalidTransaction) as busy:
        FAMILY.renumber(LOCAL, kind, None, unsigned, first="nonce:3", taken={"nonce:3"}, holder=safe)
    assert busy.value.word == "safe_busy"


def test_an_act_that_became_a_later_one_sets_no_lock_up(person: SafePerson, codes: CreationCodes) -> None:
    first = an_act(person, codes, nonce=0)
    assert len(first.tx.items) > len(first.calls) == 1
    later = FAMILY.renumber(
        LOCAL,
        Kind.SAFE_TRANSACTION,
        None,
        encode_safe_act(first),
        first="nonce:1",
        taken=(),
        holder=first.account.address,
    )
    act = parse_safe_act(later, 31337)
    assert act.tx.items == act.calls == first.calls


def test_a_first_act_without_its_lock_does_not_parse(person: SafePerson, codes: CreationCodes) -> None:
    act = an_act(person, codes)
    with pytest.raises(InvalidTransaction) as refused:
        dataclasses.replace(act, tx=dataclasses.replace(act.tx, nonce=0), standing=Standing())
    assert refused.value.word == "lock"


def test_the_salt_hangs_on_site_nonce_and_time(person: SafePerson, codes: CreationCodes) -> None:
    unsigned = encode_safe_act(an_act(person, codes))
    where = {"origin": "https://a.example", "request_nonce": bytes(32), "expires_at": 5}
    found = {
        FAMILY.challenge(LOCAL, Kind.SAFE_TRANSACTION, FAMILY.salted(LOCAL, Kind.SAFE_TRANSACTION, unsigned, **given))  # type: ignore[arg-type] # as named
        for given in (
            where,
            {**where, "origin": "https://b.example"},
            {**where, "request_nonce": b"\1" * 32},
            {**where, "expires_at": 6},
        )
    }
    assert len(found) == 4
    intents = FAMILY.intent_of(LOCAL, Kind.SAFE_TRANSACTION, unsigned)
    salted = FAMILY.salted(LOCAL, Kind.SAFE_TRANSACTION, unsigned, **where)  # type: ignore[arg-type] # as named
    assert FAMILY.intent_of(LOCAL, Kind.SAFE_TRANSACTION, salted) == intents


def test_client_data_that_no_chain_reads_is_refused(person: SafePerson, codes: CreationCodes) -> None:
    unsigned = encode_safe_act(an_act(person, codes))
    digest = FAMILY.challenge(LOCAL, Kind.SAFE_TRANSACTION, unsigned)
    assert digest is not None
    good = the_touch(person, digest)
    FAMILY.check_touch(LOCAL, Kind.SAFE_TRANSACTION, unsigned, good)
    swapped = dataclasses.replace(good, client_data=good.client_data.replace(b'"type"', b' "type"'))
    with pytest.raises(AssertionRefused):
        FAMILY.check_touch(LOCAL, Kind.SAFE_TRANSACTION, unsigned, swapped)


def test_the_summary_names_every_step_and_who_pays(person: SafePerson, codes: CreationCodes) -> None:
    act = an_act(person, codes, SEND, dataclasses.replace(SEND, value=6), nonce=0)
    summary = FAMILY.summarize(LOCAL, act.account.address, Kind.SAFE_TRANSACTION, encode_safe_act(act))
    assert [change.amount for change in summary.changes] == [5, 6]
    assert summary.fee_cap == act.gas_limit * act.max_fee
    assert any(PAYER.owner in value for _, value in summary.details)
    assert "safe_first_act" in {finding.code for finding in summary.findings}
    assert summary.refusal is None
    assert summary.act == "safe_first_act"
    later = an_act(person, codes)
    assert FAMILY.summarize(LOCAL, later.account.address, Kind.SAFE_TRANSACTION, encode_safe_act(later)).act == (
        "native_transfer"
    )


@pytest.mark.parametrize("target", ["safe", "lock"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_batch_is_refused_for_any_one_of_its_calls(
    person: SafePerson, codes: CreationCodes, target: str, place: int
) -> None:
    act = an_act(person, codes)
    to = {"safe": act.account.address, "lock": act.lock}[target]
    calls = [SEND, SEND]
    calls[place] = dataclasses.replace(SEND, to=to, data=b"\x61\x0b\x59\x25" + bytes(32), value=0)
    bad = an_act(person, codes, *calls)
    assert FAMILY.summarize(LOCAL, act.account.address, Kind.SAFE_TRANSACTION, encode_safe_act(bad)).refusal
    with pytest.raises(UnsafeToSign):
        FAMILY.digests(LOCAL, Kind.SAFE_TRANSACTION, encode_safe_act(bad))


def test_a_payers_key_is_not_the_owners() -> None:
    assert address_of(PAYER.key.public_key.format()) == PAYER.owner
