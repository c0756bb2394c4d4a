from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.evm.transaction import parse_unsigned
from counterfoil.chains.family import Kind
from counterfoil.errors import InputError, InvalidTransaction, UnknownMethod, UnsafeToSign
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, FACTS, OTHER, prepared


def test_amounts_and_bytes_reach_the_transaction_unchanged() -> None:
    tx = parse_unsigned(prepared(to=OTHER, value=hex(2**255), data="0xAB", nonce="0x9", gas="0x5208"))
    assert (tx.value, tx.data, tx.nonce, tx.gas_limit, tx.chain_id) == (2**255, b"\xab", 9, 21000, 1)
    assert tx.to == bytes.fromhex(OTHER[2:])


def test_a_gas_limit_of_the_page_counts_only_above_the_estimate() -> None:
    assert parse_unsigned(prepared(to=OTHER, gas="0x1")).gas_limit == FACTS.gas_limit
    assert parse_unsigned(prepared(to=OTHER, gas=hex(90_000))).gas_limit == 90_000


def test_fees_come_from_the_chain_unless_the_page_sets_them() -> None:
    tx = parse_unsigned(prepared(to=OTHER))
    assert (tx.type, tx.max_fee, tx.priority_fee) == (2, 21 * 10**9, 10**9)
    tx = parse_unsigned(prepared(to=OTHER, gasPrice="0x77"))
    assert (tx.type, tx.max_fee) == (0, 0x77)
    tx = parse_unsigned(prepared(to=OTHER, maxFeePerGas="0x77", maxPriorityFeePerGas="0x7"))
    assert (tx.type, tx.max_fee, tx.priority_fee) == (2, 0x77, 7)
    tx = parse_unsigned(prepared(to=OTHER, maxFeePerGas="0x77"))
    assert (tx.max_fee, tx.priority_fee) == (0x77, 0x77)
    tx = parse_unsigned(prepared(to=OTHER, accessList=[], gasPrice="0x1"))
    assert tx.type == 1
    old_chain = dataclasses.replace(FACTS, base_fee=None)
    assert parse_unsigned(prepared(to=OTHER, facts=old_chain)).type == 0


def test_harmless_spellings_of_real_pages_are_accepted() -> None:
    same = prepared(to=OTHER, value="0x1", data="0x", gas="0x5208")
    assert prepared(to=OTHER.lower(), value="0x01", input="0x", gasLimit="0x5208") == same
    assert prepared(to=OTHER, value=1, data="") == same
    assert prepared(to=OTHER, value=1, data="0x", input="0x", gas="0x5208", gasLimit="0x5208") == same
    assert prepared(to=OTHER, value="0x1", gas="0x5208", chainId="0x1", type="0x2", nonce=None) == same


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"to": OTHER, "from": OTHER}, "wrong_account"),
        ({"to": OTHER, "from": None}, "wrong_account"),
        ({"to": OTHER, "chainId": "0x2"}, "wrong_chain"),
        ({"to": OTHER, "data": "0x01", "input": "0x02"}, "data_and_input"),
        ({"to": OTHER, "gas": "0x1", "gasLimit": "0x2"}, "gas_and_gas_limit"),
        ({"to": OTHER, "value": "10"}, "form"),
        ({"to": OTHER, "value": "-0x1"}, "form"),
        ({"to": OTHER, "value": 1.5}, "form"),
        ({"to": OTHER, "value": True}, "form"),
        ({"to": OTHER, "value": hex(2**256)}, "form"),
        ({"to": OTHER, "value": -1}, "range"),
        ({"to": OTHER, "gas": hex(2**64)}, "range"),
        ({"to": OTHER, "data": "0x0"}, "form"),
        ({"to": OTHER, "data": "hello"}, "form"),
        ({"to": OTHER, "data": "0x" + "00" * 131073}, "too_long"),
        ({"to": "0x70997970C51812dc3A010C7d01b50e0d17dc79c8"}, "checksum"),
        ({"to": "vitalik.eth"}, "form"),
        ({"to": OTHER[:-1]}, "form"),
        ({"to": OTHER + "\n"}, "form"),
        ({}, "to"),
        ({"to": OTHER, "authorizationList": []}, "unknown_field"),
        ({"to": OTHER, "blobVersionedHashes": []}, "unknown_field"),
        ({"to": OTHER, "type": "0x4"}, "type"),
        ({"to": OTHER, "gasPrice": "0x1", "maxFeePerGas": "0x1"}, "fees"),
        ({"to": OTHER, "type": "0x0", "maxFeePerGas": "0x1"}, "fees"),
        ({"to": OTHER, "type": "0x2", "gasPrice": "0x1"}, "fees"),
        ({"to": OTHER, "type": "0x0", "accessList": [{"address": OTHER, "storageKeys": []}]}, "access_list"),
        ({"to": OTHER, "accessList": [{"address": OTHER, "storageKeys": ["0x01"]}]}, "access_list"),
        ({"to": OTHER, "accessList": [{"address": OTHER}]}, "access_list"),
        ({"to": OTHER, "accessList": {}}, "access_list"),
        ({"to": OTHER, "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2"}, "priority_fee"),
        ({"to": OTHER, "nonce": "0x6"}, "nonce_used"),
    ],
)
def test_refuses_what_does_not_hold(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        prepared(**fields)
    assert caught.value.word == reason


def test_refuses_facts_of_another_chain() -> None:
    with pytest.raises(InvalidTransaction):
        prepared(to=OTHER, facts=dataclasses.replace(FACTS, chain_id=2))


def test_the_shape_of_parameters_is_checked() -> None:
    for params in (None, {}, [], [1], [{}, {}], "x", [None]):
        with pytest.raises(InputError):
            FAMILY.read_request(ETHEREUM, ACCOUNT, "eth_sendTransaction", params)


def test_eth_sign_is_never_done() -> None:
    with pytest.raises(UnsafeToSign):
        FAMILY.read_request(ETHEREUM, ACCOUNT, "eth_sign", [ACCOUNT, "0x" + "11" * 32])
    for method in ("eth_signTypedData", "eth_signTypedData_v3", "eth_signTransaction", "wallet_sign", ""):
        with pytest.raises(UnknownMethod):
            FAMILY.read_request(ETHEREUM, ACCOUNT, method, [ACCOUNT, {}])


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just(ACCOUNT), st.just("0x")
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "from",
                    "to",
                    "value",
                    "data",
                    "gas",
                    "nonce",
                    "type",
                    "accessList",
                    "types",
                    "primaryType",
                    "domain",
                    "message",
                    "address",
                    "storageKeys",
                ]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=10,
)


@given(st.sampled_from(["eth_sendTransaction", "personal_sign", "eth_signTypedData_v4", "eth_sign"]), json_values)
def test_garbage_gives_only_input_errors(method: str, params: object) -> None:
    try:
        kind, intent = FAMILY.read_request(ETHEREUM, ACCOUNT, method, params)
        unsigned = FAMILY.prepare(ETHEREUM, ACCOUNT, kind, intent, FACTS)
        FAMILY.summarize(ETHEREUM, ACCOUNT, kind, unsigned)
    except InputError:
        return


@given(st.lists(json_values, min_size=1, max_size=2))
def test_garbage_in_a_list_gives_only_input_errors(params: list[object]) -> None:
    for method in ("eth_sendTransaction", "personal_sign", "eth_signTypedData_v4"):
        try:
            FAMILY.read_request(ETHEREUM, ACCOUNT, method, params)
        except InputError:
            continue


@given(st.sampled_from(list(Kind)), st.binary(max_size=300))
def test_garbage_bytes_give_only_input_errors(kind: Kind, data: bytes) -> None:
    for act in (
        lambda: FAMILY.summarize(ETHEREUM, ACCOUNT, kind, data),
        lambda: FAMILY.digests(ETHEREUM, kind, data),
        lambda: FAMILY.intent_of(ETHEREUM, kind, data),
        lambda: FAMILY.slots(ETHEREUM, ACCOUNT, kind, data),
        lambda: FAMILY.weigh(ETHEREUM, ACCOUNT, kind, data, facts=FACTS, now=0),
    ):
        try:
            act()
        except InputError:
            continue
