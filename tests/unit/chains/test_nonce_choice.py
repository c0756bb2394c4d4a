"""Which nonce a transaction takes among those that wait."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.family import Kind
from counterfoil.errors import InvalidTransaction
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, FACTS, OTHER, prepared


def renumbered(first: int, taken: set[int], **fields: str) -> str:
    asked = {"to": OTHER, "value": "0x1", **fields}
    _, intent = FAMILY.read_request(ETHEREUM, ACCOUNT, "eth_sendTransaction", [{"from": ACCOUNT, **asked}])
    unsigned = prepared(**asked)
    again = FAMILY.renumber(
        ETHEREUM,
        Kind.TRANSACTION,
        intent,
        unsigned,
        first=f"nonce:{first}",
        taken={f"nonce:{nonce}" for nonce in taken},
    )
    (slot,) = FAMILY.slots(ETHEREUM, ACCOUNT, Kind.TRANSACTION, again)
    return slot


@given(st.integers(0, 20), st.sets(st.integers(0, 30)))
def test_takes_the_lowest_that_the_chain_would_take_and_nobody_holds(first: int, taken: set[int]) -> None:
    nonce = int(renumbered(first, taken).removeprefix("nonce:"))
    assert nonce >= first and nonce not in taken
    assert set(range(first, nonce)) <= taken


def test_keeps_a_nonce_that_the_page_chose_even_where_it_is_held() -> None:
    assert renumbered(7, {9}, nonce="0x9") == "nonce:9"


def test_refuses_a_chosen_nonce_that_was_used_meanwhile() -> None:
    with pytest.raises(InvalidTransaction) as refusal:
        renumbered(FACTS.nonce + 3, set(), nonce=hex(FACTS.nonce + 1))
    assert refusal.value.word == "nonce_used"


def test_changes_nothing_but_the_nonce() -> None:
    asked = {"to": OTHER, "value": "0x1"}
    _, intent = FAMILY.read_request(ETHEREUM, ACCOUNT, "eth_sendTransaction", [{"from": ACCOUNT, **asked}])
    unsigned = prepared(**asked)
    there = FAMILY.renumber(ETHEREUM, Kind.TRANSACTION, intent, unsigned, first="nonce:9", taken=())
    assert there != unsigned
    back = FAMILY.renumber(ETHEREUM, Kind.TRANSACTION, intent, there, first=f"nonce:{FACTS.nonce}", taken=())
    assert back == unsigned


def test_leaves_a_text_as_it_is() -> None:
    assert FAMILY.renumber(ETHEREUM, Kind.MESSAGE, b"hi", b"hi", first="nonce:1", taken=()) == b"hi"
