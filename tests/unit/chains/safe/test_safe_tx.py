"""A Safe's transaction: the hash as others hash it, one spelling, and salt where nothing is refunded."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.chains.evm.address import encode_address
from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.message import digest_message
from counterfoil.chains.evm.safe import safe_tx
from counterfoil.chains.evm.safe.calldata import parse_arguments
from counterfoil.chains.evm.safe.contracts import MULTI_SEND_CALL_ONLY
from counterfoil.chains.evm.safe.messages import digest_safe_message
from counterfoil.chains.evm.safe.multi_send import DELEGATE_CALL, MULTI_SEND, Item, encode_multi_send, parse_multi_send
from counterfoil.chains.evm.safe.safe_tx import (
    SafeTx,
    digest_safe_tx,
    encode_execution,
    encode_safe_tx,
    parse_execution,
    parse_safe_tx,
    safe_tx_of,
    safe_tx_salt,
)
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidTransaction
from tests.node_tools import ask_node, node_package

SAFE = encode_address(b"\x5a" * 20)
TARGET = b"\x77" * 20
SALT = bytes(range(1, 33))
TX = SafeTx(31337, SAFE, 3, encode_address(TARGET), 5, b"data", 0, SALT)

numbers = st.integers(0, 2**256 - 1)
addresses = st.binary(min_size=20, max_size=20)
items = st.builds(Item, addresses, numbers, st.binary(max_size=100))
lists = st.lists(items, min_size=1, max_size=4).map(tuple)
transactions = st.builds(
    safe_tx_of,
    numbers,
    addresses.map(encode_address),
    numbers,
    lists,
    st.binary(min_size=32, max_size=32),
)

TYPES = {
    "EIP712Domain": [{"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"}],
    "SafeTx": [
        {"name": name, "type": kind}
        for kind, name in (
            ("address", "to"),
            ("uint256", "value"),
            ("bytes", "data"),
            ("uint8", "operation"),
            ("uint256", "safeTxGas"),
            ("uint256", "baseGas"),
            ("uint256", "gasPrice"),
            ("address", "gasToken"),
            ("address", "refundReceiver"),
            ("uint256", "nonce"),
        )
    ],
}


def as_typed_data(tx: SafeTx) -> dict:
    return {
        "types": TYPES,
        "primaryType": "SafeTx",
        "domain": {"chainId": tx.chain_id, "verifyingContract": tx.safe},
        "message": {
            "to": tx.to,
            "value": tx.value,
            "data": "0x" + tx.data.hex(),
            "operation": tx.operation,
            "safeTxGas": 0,
            "baseGas": 0,
            "gasPrice": 0,
            "gasToken": encode_address(tx.salt[20:] + bytes(8)),
            "refundReceiver": encode_address(tx.salt[:20]),
            "nonce": tx.nonce,
        },
    }


@settings(max_examples=50)
@given(transactions)
def test_eth_account_makes_the_same_hash(tx: SafeTx) -> None:
    signable = encode_typed_data(full_message=as_typed_data(tx))
    assert digest_safe_tx(tx) == keccak256(b"\x19" + signable.version + signable.header + signable.body)


ABSTRACTIONKIT = """
const { SafeAccountV0_3_0: Safe, getSafeMessageEip712Data } = require('abstractionkit');
const { TypedDataEncoder, Interface } = require('ethers');
const { list, safe, text } = read();
const batch = Safe.createAccountCallDataBatchTransactions(list.map((one) => ({ ...one, value: BigInt(one.value) })));
const [inner] = Safe.decodeAccountCallData(batch);
const { domain, types, messageValue } = getSafeMessageEip712Data(safe, 31337n, text);
console.log(JSON.stringify({ to: inner.to, operation: inner.operation, data: inner.data,
  message: TypedDataEncoder.hash(domain, types, messageValue) }));
"""


def test_abstractionkit_makes_the_same_list_and_the_same_message() -> None:
    node_package("abstractionkit")
    calls = (Item(TARGET, 5, b""), Item(b"\x99" * 20, 0, bytes(range(40))), Item(TARGET, 2**200, b"x"))
    question = [
        {"to": encode_address(one.to), "value": str(one.value), "data": "0x" + one.data.hex(), "operation": 0}
        for one in calls
    ]
    digest = digest_message(b"text")
    theirs = ask_node(ABSTRACTIONKIT, {"list": question, "safe": SAFE, "text": "text"})
    assert theirs["data"] == "0x" + encode_multi_send(calls).hex()
    assert theirs["message"] == "0x" + digest_safe_message(31337, SAFE, digest).hex()


@settings(max_examples=60)
@given(transactions, st.binary(max_size=200))
def test_what_is_written_is_read_back(tx: SafeTx, signatures: bytes) -> None:
    assert parse_safe_tx(encode_safe_tx(tx)) == tx
    call = encode_execution(tx, signatures)
    assert parse_execution(call, chain_id=tx.chain_id, safe=tx.safe, nonce=tx.nonce) == (tx, signatures)


@settings(max_examples=60)
@given(lists)
def test_lists_are_read_back(calls: tuple[Item, ...]) -> None:
    assert parse_multi_send(encode_multi_send(calls)) == calls


@given(st.binary(max_size=300))
def test_garbage_is_only_ever_refused(data: bytes) -> None:
    execution, listed, spelt = encode_execution(TX, b"s"), encode_multi_send([Item(TARGET, 1, b"")]), encode_safe_tx(TX)
    for parse, good in (
        (lambda raw: parse_execution(raw, chain_id=1, safe=SAFE, nonce=0), execution),
        (parse_multi_send, listed),
        (parse_safe_tx, spelt),
    ):
        for bad in (data, good[:4] + data, good + data[:1], good[: len(data)], good[: 4 + len(data)] + data):
            if bad != good:
                with pytest.raises(InvalidTransaction):
                    parse(bad)


@settings(max_examples=100)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_bent_byte_is_refused_or_means_something_else(at: int, xor: int) -> None:
    tx = safe_tx_of(31337, SAFE, 3, (Item(TARGET, 5, b"data"), Item(TARGET, 6, b"more")), SALT)
    for good, parse in (
        (encode_safe_tx(tx), parse_safe_tx),
        (encode_execution(tx, b"s"), lambda raw: parse_execution(raw, chain_id=31337, safe=SAFE, nonce=3)),
    ):
        index = at % len(good)
        bent = good[:index] + bytes([good[index] ^ xor]) + good[index + 1 :]
        with contextlib.suppress(InvalidTransaction):
            assert parse(bent) != parse(good)


def test_each_field_changes_the_hash() -> None:
    changes = {
        "chain_id": 1,
        "safe": encode_address(b"\x5b" * 20),
        "nonce": 4,
        "to": encode_address(b"\x78" * 20),
        "value": 6,
        "data": b"date",
        "salt": SALT[1:] + b"\0",
    }
    bent = [dataclasses.replace(TX, **{name: value}) for name, value in changes.items()]
    listed = safe_tx_of(31337, SAFE, 3, (Item(TARGET, 5, b"data"),) * 2, SALT)
    as_call = dataclasses.replace(listed, operation=0)
    assert len({digest_safe_tx(tx) for tx in (TX, listed, as_call, *bent)}) == len(bent) + 3


def test_the_salt_says_where_the_request_came_from() -> None:
    salts = {
        safe_tx_salt("https://app.example", b"n" * 32, 100),
        safe_tx_salt("https://app.example:8443", b"n" * 32, 100),
        safe_tx_salt("https://app.example", b"m" * 32, 100),
        safe_tx_salt("https://app.example", b"n" * 32, 101),
    }
    assert len(salts) == 4
    assert {len(salt) for salt in salts} == {32}


def test_all_of_the_salt_stands_in_the_refund_fields() -> None:
    call = encode_execution(TX, b"")
    assert SALT[:20] in call
    assert bytes(12) + SALT[20:] + bytes(8) in call


EXECUTE = (TARGET, 5, b"data", 0, 0, 0, 0, SALT[20:] + bytes(8), SALT[:20], b"s")


@pytest.mark.parametrize(("at", "value"), [(4, 1), (5, 1), (6, 1), (7, SALT[20:] + bytes(7) + b"\1"), (3, 1), (3, 2)])
def test_refuses_an_execution_that_refunds_or_lends_the_safe(at: int, value: object) -> None:
    good = encode_call(safe_tx.EXECUTE, *EXECUTE)
    assert parse_execution(good, chain_id=31337, safe=SAFE, nonce=3) == (TX, b"s")
    bent = encode_call(safe_tx.EXECUTE, *EXECUTE[:at], value, *EXECUTE[at + 1 :])
    with pytest.raises(InvalidTransaction):
        parse_execution(bent, chain_id=31337, safe=SAFE, nonce=3)


def test_refuses_every_delegate_call_but_a_list_of_calls() -> None:
    good = encode_multi_send([Item(TARGET, 1, b"")])
    nested = encode_multi_send([Item(TARGET, 1, b"", DELEGATE_CALL)])
    SafeTx(1, SAFE, 0, MULTI_SEND_CALL_ONLY.address, 0, good, DELEGATE_CALL, SALT)
    for to, value, data in [
        (encode_address(TARGET), 0, good),
        ("0x38869bf66a61cF6bDB996A6aE40D5853Fd43B526", 0, good),
        (MULTI_SEND_CALL_ONLY.address, 1, good),
        (MULTI_SEND_CALL_ONLY.address, 0, nested),
        (MULTI_SEND_CALL_ONLY.address, 0, b""),
        (MULTI_SEND_CALL_ONLY.address, 0, good + b"\0"),
    ]:
        with pytest.raises(InvalidTransaction):
            SafeTx(1, SAFE, 0, to, value, data, DELEGATE_CALL, SALT)


def test_a_list_for_multi_send_may_lend_only_if_asked_for() -> None:
    lent = encode_multi_send([Item(TARGET, 0, b"x", DELEGATE_CALL)])
    assert parse_multi_send(lent, delegate_calls=True)[0].operation == DELEGATE_CALL
    with pytest.raises(InvalidTransaction):
        parse_multi_send(lent)


@pytest.mark.parametrize(
    "item",
    [Item(b"", 0, b""), Item(TARGET, -1, b""), Item(TARGET, 2**256, b""), Item(TARGET, 0, b"", 2)],
)
def test_refuses_to_write_a_malformed_call(item: Item) -> None:
    with pytest.raises(InvalidTransaction):
        encode_multi_send([item])


@pytest.mark.parametrize("length", [1, 84, 85, 86, 88, 90, 173, 176])
def test_refuses_a_list_that_ends_within_a_call(length: int) -> None:
    (packed,) = parse_arguments(MULTI_SEND, encode_multi_send([Item(TARGET, 1, b"data"), Item(TARGET, 1, b"data")]))
    assert len(packed) == 178
    with pytest.raises(InvalidTransaction) as caught:
        parse_multi_send(encode_call(MULTI_SEND, packed[:length]))
    assert caught.value.word == "truncated"


def test_refuses_an_empty_list() -> None:
    with pytest.raises(InvalidTransaction):
        parse_multi_send(encode_multi_send([]))


@pytest.mark.parametrize(
    "change", [{"nonce": -1}, {"value": 2**256}, {"chain_id": -1}, {"salt": b""}, {"operation": 2}]
)
def test_refuses_numbers_out_of_range(change: dict) -> None:
    with pytest.raises(InvalidTransaction):
        dataclasses.replace(TX, **change)
