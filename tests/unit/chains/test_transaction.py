from __future__ import annotations

import dataclasses

import pytest
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.chains.evm.address import encode_address
from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.evm.transaction import (
    CURVE_ORDER,
    Transaction,
    encode_signed,
    encode_unsigned,
    parse_signed,
    parse_unsigned,
)
from counterfoil.chains.family import Kind
from counterfoil.errors import InvalidTransaction
from counterfoil.types import Signature
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, KEY, prepared, sign

u256 = st.integers(0, 2**256 - 1)
fees = st.tuples(st.integers(0, 2**190), st.integers(0, 2**190)).map(sorted)
access_lists = st.lists(
    st.tuples(
        st.binary(min_size=20, max_size=20), st.lists(st.binary(min_size=32, max_size=32), max_size=2).map(tuple)
    ),
    max_size=2,
).map(tuple)


@st.composite
def transactions(draw: st.DrawFn) -> Transaction:
    kind = draw(st.sampled_from([0, 1, 2]))
    tip, price = draw(fees)
    data = draw(st.binary(max_size=80))
    to = draw(st.one_of(st.binary(min_size=20, max_size=20), st.none() if data else st.nothing()))
    return Transaction(
        type=kind,
        chain_id=draw(st.integers(1, 2**60)),
        nonce=draw(st.integers(0, 2**64 - 2)),
        gas_limit=draw(st.integers(0, 2**64 - 1)),
        max_fee=price,
        priority_fee=tip if kind == 2 else price,
        to=to,
        value=draw(u256),
        data=data,
        access_list=draw(access_lists) if kind else (),
    )


def as_eth_account(tx: Transaction) -> dict[str, object]:
    fields: dict[str, object] = {
        "chainId": tx.chain_id,
        "nonce": tx.nonce,
        "gas": tx.gas_limit,
        "to": tx.to or b"",
        "value": tx.value,
        "data": tx.data,
    }
    if tx.type == 2:
        fields |= {"maxFeePerGas": tx.max_fee, "maxPriorityFeePerGas": tx.priority_fee}
    else:
        fields |= {"gasPrice": tx.max_fee}
    if tx.type:
        entries = [
            {"address": encode_address(a), "storageKeys": ["0x" + k.hex() for k in keys]} for a, keys in tx.access_list
        ]
        fields |= {"type": tx.type, "accessList": entries}
    return fields


@given(transactions())
def test_unsigned_bytes_parse_back_to_the_same_transaction(tx: Transaction) -> None:
    assert parse_unsigned(encode_unsigned(tx)) == tx


@settings(max_examples=60, deadline=None)
@given(transactions())
def test_eth_account_signs_the_same_bytes_and_reads_ours(tx: Transaction) -> None:
    from counterfoil.crypto.hashes import keccak256

    if tx.chain_id > 2**31:
        tx = dataclasses.replace(tx, chain_id=tx.chain_id % 2**31 + 1)
    if tx.gas_limit == 0 or tx.value >= 2**255:  # eth-account's own limits
        tx = dataclasses.replace(tx, gas_limit=tx.gas_limit or 1, value=tx.value % 2**255)
    ours = encode_signed(tx, sign(keccak256(encode_unsigned(tx))))
    theirs = Account.from_key(KEY.secret).sign_transaction(as_eth_account(tx))
    assert Account.recover_transaction(ours) == ACCOUNT
    assert parse_signed(bytes(theirs.raw_transaction))[0] == tx
    assert ours == bytes(theirs.raw_transaction)
    assert FAMILY.transaction_id(ETHEREUM, ours) == "0x" + bytes(theirs.hash).hex()
    if tx.type:
        assert TypedTransaction.from_bytes(theirs.raw_transaction).as_dict()["nonce"] == tx.nonce


@given(transactions())
def test_finished_bytes_parse_back(tx: Transaction) -> None:
    signature = Signature(5, 7, 1)
    assert parse_signed(encode_signed(tx, signature)) == (tx, signature)


@given(transactions(), st.data())
def test_one_changed_byte_changes_the_transaction_or_is_refused(tx: Transaction, data: st.DataObject) -> None:
    unsigned = bytearray(encode_unsigned(tx))
    at = data.draw(st.integers(0, len(unsigned) - 1))
    unsigned[at] ^= data.draw(st.integers(1, 255))
    try:
        other = parse_unsigned(bytes(unsigned))
    except InvalidTransaction:
        return
    assert other != tx


@given(st.binary(max_size=200))
def test_garbage_gives_only_typed_errors(data: bytes) -> None:
    for parse in (parse_unsigned, parse_signed):
        try:
            parse(data)
        except InvalidTransaction:
            continue


@given(transactions(), st.binary(min_size=1, max_size=3))
def test_bytes_after_the_end_are_refused(tx: Transaction, extra: bytes) -> None:
    with pytest.raises(InvalidTransaction):
        parse_unsigned(encode_unsigned(tx) + extra)
    with pytest.raises(InvalidTransaction):
        parse_signed(encode_signed(tx, Signature(5, 7, 1)) + extra)


def test_an_authorisation_list_or_blob_transaction_is_not_a_type_we_sign() -> None:
    for kind in (3, 4, 0x7F):
        with pytest.raises(InvalidTransaction) as caught:
            parse_unsigned(bytes([kind]) + encode_unsigned(parse_unsigned(prepared(to=ACCOUNT)))[1:])
        assert caught.value.word == "type"


def test_a_legacy_transaction_without_a_chain_is_refused() -> None:
    import rlp

    bare = rlp.encode([1, 2, 21000, b"\1" * 20, 3, b""])
    for data in (bare, rlp.encode([1, 2, 21000, b"\1" * 20, 3, b"", 0, 0, 0])):
        with pytest.raises(InvalidTransaction):
            parse_unsigned(data)
    with pytest.raises(InvalidTransaction):
        parse_signed(rlp.encode([1, 2, 21000, b"\1" * 20, 3, b"", 27, 5, 7]))


def test_a_high_s_or_out_of_range_signature_is_never_assembled() -> None:
    unsigned = prepared(to=ACCOUNT)
    for r, s, recovery_id in [
        (5, CURVE_ORDER - 7, 0),
        (0, 7, 0),
        (5, 0, 0),
        (CURVE_ORDER, 7, 0),
        (5, 7, 2),
    ]:
        for kind, data in ((Kind.TRANSACTION, unsigned), (Kind.MESSAGE, b"hello")):
            with pytest.raises(InvalidTransaction):
                FAMILY.assemble(ETHEREUM, kind, data, [Signature(r, s, recovery_id)])
    with pytest.raises(InvalidTransaction):
        FAMILY.assemble(ETHEREUM, Kind.TRANSACTION, unsigned, [])


def test_bytes_for_another_chain_are_never_signed() -> None:
    unsigned = prepared(to=ACCOUNT)
    from tests.unit.chains.evm_samples import LOCAL

    for act in (FAMILY.digests, FAMILY.intent_of):
        with pytest.raises(InvalidTransaction):
            act(LOCAL, Kind.TRANSACTION, unsigned)


def test_the_intent_ignores_gas_and_fees_and_nothing_else() -> None:
    base = parse_unsigned(prepared(to=ACCOUNT, value="0x5", data="0x01020304"))
    intent = FAMILY.intent_of(ETHEREUM, Kind.TRANSACTION, encode_unsigned(base))
    volatile = dataclasses.replace(base, gas_limit=99_000, max_fee=5, priority_fee=2)
    assert FAMILY.intent_of(ETHEREUM, Kind.TRANSACTION, encode_unsigned(volatile)) == intent
    for change in ({"nonce": 8}, {"value": 6}, {"to": b"\2" * 20}, {"data": b"\1"}):
        other = dataclasses.replace(base, **change)
        assert FAMILY.intent_of(ETHEREUM, Kind.TRANSACTION, encode_unsigned(other)) != intent


def test_the_slot_is_the_nonce() -> None:
    assert FAMILY.slots(ETHEREUM, ACCOUNT, Kind.TRANSACTION, prepared(to=ACCOUNT)) == ("nonce:7",)
    assert FAMILY.slots(ETHEREUM, ACCOUNT, Kind.MESSAGE, b"x") == ()
