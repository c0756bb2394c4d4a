"""Batches of calls as sites write them.   EIP-5792"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.calls_request import MOST_CALLS, read_batch_id, read_calls, read_capability_chains
from counterfoil.errors import BatchRefused, InputError
from counterfoil.protocol.eip1193 import to_eip1193
from tests.unit.chains.evm_samples import OTHER

CALL = {"to": OTHER, "value": "0x1", "data": "0x"}
BATCH: dict[str, Any] = {
    "version": "2.0.0",
    "chainId": "0x1",
    "from": OTHER,
    "atomicRequired": False,
    "calls": [CALL, CALL],
}


def test_a_batch_is_read_as_the_standard_has_it() -> None:
    read = read_calls([{**BATCH, "id": "0x12", "capabilities": {"paymasterService": {"url": "x", "optional": True}}}])
    assert (read.id, read.chain, read.account, read.atomic_required) == ("0x12", "eip155:1", OTHER, False)
    assert read.calls == (CALL, CALL)
    assert read_calls([{**BATCH, "from": None, "calls": [{"to": OTHER}]}]).calls == ({"to": OTHER},)


@pytest.mark.parametrize(
    ("patch", "number"),
    [
        ({"version": "1.0"}, -32602),
        ({"version": None}, -32602),
        ({"atomicRequired": None}, -32602),
        ({"atomicRequired": "false"}, -32602),
        ({"chainId": 1}, -32602),
        ({"from": 1}, -32602),
        ({"calls": []}, -32602),
        ({"calls": {}}, -32602),
        ({"calls": [1]}, -32602),
        ({"calls": [{**CALL, "gas": "0x1"}]}, -32602),
        ({"calls": [{**CALL, "nonce": "0x1"}]}, -32602),
        ({"id": ""}, -32602),
        ({"id": 7}, -32602),
        ({"id": "x" * 8195}, -32602),
        ({"capabilities": []}, -32602),
        ({"capabilities": {"paymasterService": {"url": "x"}}}, 5700),
        ({"capabilities": {"paymasterService": {"optional": "yes"}}}, 5700),
        ({"capabilities": {"paymasterService": True}}, 5700),
        ({"calls": [{**CALL, "capabilities": {"gasLimitOverride": {}}}]}, 5700),
        ({"calls": [CALL] * (MOST_CALLS + 1)}, 5740),
    ],
    ids=str,
)
def test_what_does_not_hold_has_the_standards_number(patch: dict[str, Any], number: int) -> None:
    with pytest.raises(InputError) as caught:
        read_calls([{**BATCH, **patch}])
    assert to_eip1193(caught.value).code == number


@pytest.mark.parametrize(
    ("reason", "number"),
    [
        ("capability", 5700),
        ("chain", 5710),
        ("duplicate_id", 5720),
        ("unknown_id", 5730),
        ("too_large", 5740),
        ("not_atomic", 5760),
    ],
)
def test_each_refusal_has_the_standards_number(reason: str, number: int) -> None:
    assert to_eip1193(BatchRefused(reason=reason)).code == number
    assert to_eip1193(BatchRefused()).code == -32602


def test_ids_and_chains_of_questions_are_read() -> None:
    assert read_batch_id(["0x12"]) == "0x12"
    assert read_capability_chains([OTHER, ["0x1", "0xa"]]) == {"eip155:1", "eip155:10"}
    assert read_capability_chains([OTHER]) is None
    for bad in ([], [1], ["x", "y"], "x", None, ["x" * 8195]):
        with pytest.raises(InputError):
            read_batch_id(bad)
    for bad in ([], [1], [OTHER, "0x1"], [OTHER, [1]], None):
        with pytest.raises(InputError):
            read_capability_chains(bad)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BATCH, *CALL, "id"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(_JSON, st.dictionaries(st.sampled_from([*BATCH, "id", "capabilities"]), _JSON, max_size=3))
def test_any_batch_is_read_or_refused(params: Any, patch: dict[str, Any]) -> None:
    for given_params in (params, [{**BATCH, **patch}]):
        with contextlib.suppress(InputError):
            assert read_calls(given_params).calls
