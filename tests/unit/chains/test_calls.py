from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.evm.address import ZERO
from counterfoil.chains.evm.calls import _KNOWN, encode_call, parse_call, selector
from counterfoil.chains.evm.facts import TokenClaim
from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.evm.words import amount_text
from counterfoil.chains.family import Kind
from counterfoil.errors import UnsafeToSign
from tests.unit.chains.evm_samples import (
    ACCOUNT,
    ETHEREUM,
    FACTS,
    OTHER,
    SPENDER,
    UNKNOWN_TOKEN,
    USDC,
    codes,
    prepared,
    summarized,
)

SHORT, SHORT_OTHER = "0x3C44Cd…4293BC", "0x709979…dc79C8"


def raw(address: str) -> bytes:
    return bytes.fromhex(address[2:])


def call(signature: str, *values: Any, to: str = USDC, **fields: Any) -> Any:
    data = encode_call(signature, *(raw(v) if isinstance(v, str) else v for v in values))
    return summarized(to=to, data="0x" + data.hex(), **fields)


def test_a_transfer_of_coins_is_priced() -> None:
    found = summarized(to=OTHER, value=hex(1_500_000_000_000_000_000))
    assert found.act == "native_transfer"
    assert found.sentence == f"Send 1.5 ETH to {SHORT_OTHER}"
    assert found.to == OTHER
    assert found.priced
    assert found.fee_cap == 21_000 * 21 * 10**9
    (change,) = found.changes
    assert (change.direction, change.asset, change.amount, change.counterparty) == ("out", "native", 15 * 10**17, OTHER)
    assert dict(found.details)["Nonce"] == "7"
    assert found.findings == ()
    assert found.refusal is None


def test_sending_to_oneself_to_nobody_or_to_a_token_is_found() -> None:
    assert codes(summarized(to=ACCOUNT, value=hex(10**18))) == {"to_self"}
    assert summarized(to=ACCOUNT, value="0x5").changes == ()
    assert "zero_address" in codes(summarized(to=ZERO, value=hex(10**18)))
    assert "to_token_contract" in codes(summarized(to=USDC, value=hex(10**18)))
    assert "to_token_contract" in codes(call("transfer(address,uint256)", USDC, 5))
    assert "zero_address" in codes(call("transfer(address,uint256)", ZERO, 5))


def test_a_token_transfer_is_named_and_priced_only_if_the_token_is_known() -> None:
    found = call("transfer(address,uint256)", OTHER, 1_234_567)
    assert (found.act, found.sentence, found.priced) == ("token_transfer", f"Send 1.234567 USDC to {SHORT_OTHER}", True)
    assert found.to == OTHER
    unknown = call("transfer(address,uint256)", OTHER, 1_234_567, to=UNKNOWN_TOKEN)
    assert unknown.sentence == f"Send 1234567 base units of an unknown token to {SHORT_OTHER}"
    assert not unknown.priced
    assert unknown.changes[0].symbol is None
    assert codes(unknown) == {"unknown_token"}


@pytest.mark.parametrize(
    ("signature", "amount", "sentence", "priced"),
    [
        ("approve(address,uint256)", 2**256 - 1, f"Let {SHORT} spend any amount of your USDC, for ever", False),
        ("approve(address,uint256)", 2**255, f"Let {SHORT} spend any amount of your USDC, for ever", False),
        ("approve(address,uint256)", 5_000_000, f"Let {SHORT} spend 5 USDC", True),
        ("approve(address,uint256)", 0, f"Stop {SHORT} from spending your USDC", True),
        ("increaseAllowance(address,uint256)", 1, f"Let {SHORT} spend 0.000001 USDC more", True),
        (
            "increaseAllowance(address,uint256)",
            2**256 - 1,
            f"Let {SHORT} spend any amount of your USDC, for ever",
            False,
        ),
        ("decreaseAllowance(address,uint256)", 1, f"Let {SHORT} spend 0.000001 USDC less than before", True),
    ],
)
def test_allowances_are_said_in_words(signature: str, amount: int, sentence: str, priced: bool) -> None:
    found = call(signature, SPENDER, amount)
    assert (found.sentence, found.priced, found.to) == (sentence, priced, SPENDER)
    assert found.changes[0].direction == "permission"
    assert ("unlimited_allowance" in codes(found)) == (amount >= 2**255)
    if amount >= 2**255:
        assert found.changes[0].amount is None


def test_an_unknown_token_is_not_called_yours() -> None:
    found = call("approve(address,uint256)", SPENDER, 2**256 - 1, to=UNKNOWN_TOKEN)
    assert found.sentence.startswith(f"Let {SHORT} spend any amount of the unknown token 0x")
    assert any(f"{SHORT} could take all of the unknown token 0x" in finding.sentence for finding in found.findings)


def test_moving_the_tokens_of_another_is_never_priced() -> None:
    mine = call("transferFrom(address,address,uint256)", ACCOUNT, OTHER, 5)
    assert (mine.act, mine.priced, mine.changes[0].direction) == ("token_transfer", True, "out")
    others = call("transferFrom(address,address,uint256)", OTHER, ACCOUNT, 5)
    assert (others.act, others.priced, others.changes[0].direction) == ("token_transfer_from", False, "in")
    assert "others_tokens" in codes(others)
    assert call("transferFrom(address,address,uint256)", OTHER, SPENDER, 5).changes == ()


def test_permits_handed_in_count_as_allowances_of_their_owner() -> None:
    permit = "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)"
    mine = call(permit, ACCOUNT, SPENDER, 2**256 - 1, 5, 27, bytes(32), bytes(32))
    assert mine.sentence == f"Let {SHORT} spend any amount of your USDC, for ever"
    others = call(permit, OTHER, SPENDER, 5, 5, 27, bytes(32), bytes(32))
    assert (others.act, others.priced, others.changes) == ("contract_call", False, ())
    dai = "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)"
    assert call(dai, ACCOUNT, SPENDER, 0, 0, True, 27, bytes(32), bytes(32)).changes[0].amount is None
    assert call(dai, ACCOUNT, SPENDER, 0, 0, False, 27, bytes(32), bytes(32)).act == "token_approve"


def test_items_need_a_person() -> None:
    every = call("setApprovalForAll(address,bool)", SPENDER, True, to=UNKNOWN_TOKEN)
    assert every.act == "nft_approve_all"
    assert "unlimited_allowance" in codes(every)
    assert every.changes[0].amount is None
    assert call("setApprovalForAll(address,bool)", SPENDER, False, to=UNKNOWN_TOKEN).act == "token_revoke"
    one = call("safeTransferFrom(address,address,uint256)", ACCOUNT, OTHER, 9, to=UNKNOWN_TOKEN)
    assert one.sentence == f"Send item 9 of the collection 0x90F79b…93b906 to {SHORT_OTHER}"
    assert (one.act, one.priced, one.changes[0].amount) == ("nft_transfer", False, 1)
    assert call("safeTransferFrom(address,address,uint256,bytes)", OTHER, ACCOUNT, 9, b"x").changes[0].direction == "in"
    some = call("safeTransferFrom(address,address,uint256,uint256,bytes)", ACCOUNT, OTHER, 9, 3, b"")
    assert "item 9 (3 pieces)" in some.sentence
    many = call("safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", ACCOUNT, OTHER, [1, 2], [3, 4], b"")
    assert "2 kinds of items" in many.sentence
    assert many.changes[0].amount == 7


def test_a_call_that_we_cannot_read_is_said_to_be_unknown() -> None:
    found = summarized(to=OTHER, data="0xdeadbeef00")
    assert (found.act, found.priced, found.to) == ("contract_call", False, OTHER)
    assert found.sentence == f"Call 0xdeadbeef of the contract {SHORT_OTHER}"
    assert codes(found) == {"unknown_contract"}
    paid = summarized(to=OTHER, data="0xdeadbeef", value=hex(10**18))
    assert paid.sentence.endswith(", and send it 1 ETH")
    assert paid.changes[0].amount == 10**18
    assert not paid.priced


def test_coins_sent_with_a_token_call_are_never_priced() -> None:
    found = call("transfer(address,uint256)", OTHER, 5, value=hex(10**17))
    assert "value_with_token_call" in codes(found)
    assert not found.priced
    assert [change.asset for change in found.changes] == ["native", USDC]


def test_a_new_contract_is_said_to_be_one() -> None:
    found = summarized(data="0x6001", value="0x1")
    assert (found.act, found.to, found.priced) == ("contract_create", None, False)
    assert found.sentence == "Create a new contract and give it 0.000000000000000001 ETH"
    assert codes(found) == {"contract_create"}


@pytest.mark.parametrize("signature", [signature for signature, _ in _KNOWN if signature != "approveHash(bytes32)"])
@given(st.data())
def test_every_known_call_is_summarised_and_a_changed_byte_never_shown_as_the_same(signature: str, data: Any) -> None:
    from counterfoil.codecs.abi import split_types

    makers = {
        "address": st.sampled_from([raw(ACCOUNT), raw(OTHER)]) | st.binary(min_size=20, max_size=20),
        "uint256": st.integers(0, 2**256 - 1),
        "uint8": st.integers(0, 255),
        "bool": st.booleans(),
        "bytes32": st.binary(min_size=32, max_size=32),
        "bytes": st.binary(max_size=40),
        "uint256[]": st.lists(st.integers(0, 2**256 - 1), max_size=3),
    }
    types = split_types(signature[signature.index("(") :])
    values = [data.draw(makers[kind]) for kind in types]
    encoded = bytearray(encode_call(signature, *values))
    found = parse_call(bytes(encoded))
    assert list(found.arguments.values()) == values
    assert summarized(to=USDC, data="0x" + encoded.hex()).details[0] == ("Function", signature)
    encoded[data.draw(st.integers(4, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    other = parse_call(bytes(encoded))
    assert other.malformed == signature or list(other.arguments.values()) != values


@pytest.mark.parametrize("change", ["longer", "shorter", "dirty"])
def test_a_malformed_call_is_never_named_and_never_priced(change: str) -> None:
    data = encode_call("transfer(address,uint256)", raw(OTHER), 5)
    data = {"longer": data + b"\0", "shorter": data[:-1], "dirty": data[:4] + b"\1" + data[5:]}[change]
    found = summarized(to=USDC, data="0x" + data.hex())
    assert (found.act, found.priced) == ("contract_call", False)
    assert found.findings[0].code == "malformed_call"


def test_a_safes_hash_is_never_approved() -> None:
    unsigned = prepared(to=OTHER, data="0x" + encode_call("approveHash(bytes32)", bytes(32)).hex())
    for data in (unsigned, prepared(to=OTHER, data="0x" + selector("approveHash(bytes32)").hex() + "00")):
        summary = FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.TRANSACTION, data)
        assert summary.refusal.code == "approve_hash"
        with pytest.raises(UnsafeToSign):
            FAMILY.digests(ETHEREUM, Kind.TRANSACTION, data)


def test_a_call_of_the_account_to_itself_is_refused_but_not_a_plain_transfer() -> None:
    assert summarized(to=ACCOUNT, data="0x01").refusal.code == "call_to_itself"
    assert summarized(to=ACCOUNT, value="0x1").refusal is None


def test_a_high_fee_is_found() -> None:
    assert "high_fee" in codes(summarized(to=OTHER, value=hex(10**18), gas=hex(10**7)))
    assert codes(summarized(to=OTHER, value="0x5")) == {"fee_above_amount"}


def test_facts_add_findings() -> None:
    import dataclasses

    def found(facts: Any, **fields: Any) -> list[str]:
        unsigned = prepared(facts=FACTS, to=OTHER, **fields)
        findings = FAMILY.weigh(ETHEREUM, ACCOUNT, Kind.TRANSACTION, unsigned, facts=facts, now=0)
        return [finding.code for finding in findings]

    assert found(FACTS) == []
    assert found(None, data="0x01") == []
    assert found(dataclasses.replace(FACTS, balance=1)) == ["insufficient_funds"]
    assert found(FACTS, gasPrice=hex(10**13)) == ["fee_above_usual"]
    assert found(FACTS, gasPrice=hex(10**9)) == ["fee_too_low"]
    assert found(FACTS, nonce="0x9") == ["nonce_gap"]
    assert found(FACTS, data="0x01") == ["no_contract"]
    code = dataclasses.replace(FACTS, target_has_code=True)
    assert found(code) == ["to_contract"]
    claim = dataclasses.replace(code, token=TokenClaim(OTHER, "USDC\u202e", "USD Coin", 6))
    assert found(claim, data="0x01") == ["token_claims"]
    (finding,) = FAMILY.weigh(ETHEREUM, ACCOUNT, Kind.TRANSACTION, prepared(to=OTHER, data="0x01"), facts=claim, now=0)
    assert "USDC⟨U+202E⟩" in finding.sentence
    known = dataclasses.replace(code, token=TokenClaim(USDC, "USDC", "USD Coin", 6))
    assert found(known, data="0x01") == []


@given(st.integers(0, 2**256 - 1), st.integers(0, 36))
def test_amounts_are_shown_with_every_digit(amount: int, decimals: int) -> None:
    from decimal import Context, Decimal

    text = amount_text(amount, decimals, "X")
    number, symbol = text.split(" ")
    exact = Context(prec=200)
    assert exact.multiply(Decimal(number), Decimal(10) ** decimals) == amount
    assert symbol == "X"
    assert not number.endswith(".")
    assert "." not in number or not number.endswith("0")
