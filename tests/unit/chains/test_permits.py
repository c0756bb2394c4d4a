from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.family import Kind, Summary
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, OTHER, SPENDER, UNKNOWN_TOKEN, USDC, codes
from tests.unit.chains.typed_samples import ATOMS, permit, typed, unsigned_of

DAI = "0x6B175474E89094C44Da98b954EedeAC495271d0F"
PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
SHORT = "0x3C44Cd…4293BC"


def summary(data: dict[str, Any]) -> Summary:
    return FAMILY.summarize(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned_of(data))


def test_a_permit_is_an_allowance() -> None:
    found = summary(permit(1_500_000))
    assert found.act == "token_permit"
    assert found.sentence == f"Let {SHORT} spend 1.5 USDC"
    assert found.to == SPENDER
    assert found.priced
    (change,) = found.changes
    assert (change.direction, change.asset, change.amount, change.counterparty) == (
        "permission",
        USDC,
        1_500_000,
        SPENDER,
    )
    assert change.expires_at == 1_800_000_000
    assert codes(found) == {"token_permit"}


@pytest.mark.parametrize("value", [2**255, 2**256 - 1])
def test_an_unlimited_permit_is_called_any_amount(value: int) -> None:
    found = summary(permit(value, deadline=2**256 - 1))
    assert found.sentence == f"Let {SHORT} spend any amount of your USDC, for ever"
    assert found.changes[0].amount is None
    assert found.changes[0].expires_at is None
    assert not found.priced
    assert {"unlimited_allowance", "no_deadline"} <= codes(found)
    assert found.findings[0].code == "unlimited_allowance"


def test_a_permit_over_an_unknown_token_is_never_priced() -> None:
    found = summary(permit(contract=UNKNOWN_TOKEN))
    assert not found.priced
    assert "unknown_token" in codes(found)
    assert found.changes[0].symbol is None


def test_a_far_deadline_is_found_with_the_time() -> None:
    unsigned = unsigned_of(permit(deadline=2_000_000_000))
    far = FAMILY.weigh(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned, facts=None, now=1_800_000_000)
    assert [f.code for f in far] == ["far_deadline"]
    near = FAMILY.weigh(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned, facts=None, now=1_999_999_000)
    assert near == ()
    past = FAMILY.weigh(ETHEREUM, ACCOUNT, Kind.TYPED_DATA, unsigned, facts=None, now=2_000_000_001)
    assert [f.code for f in past] == ["past_deadline"]


def test_a_dai_permit_is_unlimited() -> None:
    types = {"Permit": "holder address, spender address, nonce uint256, expiry uint256, allowed bool"}
    message = {"holder": ACCOUNT, "spender": SPENDER, "nonce": 0, "expiry": 0, "allowed": True}
    found = summary(typed("Permit", types, message, contract=DAI))
    assert found.sentence == f"Let {SHORT} spend any amount of your DAI, for ever"
    stopped = summary(typed("Permit", types, {**message, "allowed": False}, contract=DAI))
    assert stopped.sentence == f"Stop {SHORT} from spending your DAI"
    assert stopped.changes[0].amount == 0


def test_permit2_allowances_are_read_in_one_and_in_many() -> None:
    details = {"token": USDC, "amount": "2000000", "expiration": 1_800_000_000, "nonce": 0}
    types = {
        "PermitSingle": "details PermitDetails, spender address, sigDeadline uint256",
        "PermitDetails": "token address, amount uint160, expiration uint48, nonce uint48",
    }
    message = {"details": details, "spender": SPENDER, "sigDeadline": "1800000000"}
    assert summary(typed("PermitSingle", types, message, contract=PERMIT2)).sentence == f"Let {SHORT} spend 2 USDC"
    many = {**types, "PermitBatch": "details PermitDetails[], spender address, sigDeadline uint256"}
    endless = {**details, "token": DAI, "amount": str(2**160 - 1)}
    batch = {**message, "details": [details, endless]}
    found = summary(typed("PermitBatch", many, batch, contract=PERMIT2))
    assert found.sentence == f"Let {SHORT} spend 2 USDC, any amount of your DAI"
    assert "unlimited_allowance" in codes(found)
    assert not found.priced
    assert [change.amount for change in found.changes] == [2_000_000, None]


def test_permit2_transfers_are_read_with_and_without_a_witness() -> None:
    types = {
        "PermitTransferFrom": "permitted TokenPermissions, spender address, nonce uint256, deadline uint256",
        "TokenPermissions": "token address, amount uint256",
    }
    message = {"permitted": {"token": USDC, "amount": 5}, "spender": SPENDER, "nonce": 1, "deadline": 1_800_000_000}
    found = summary(typed("PermitTransferFrom", types, message, contract=PERMIT2))
    assert (found.act, found.changes[0].amount, found.priced) == ("token_permit", 5, True)
    witness = {
        "PermitWitnessTransferFrom": types["PermitTransferFrom"] + ", witness Order",
        "TokenPermissions": types["TokenPermissions"],
        "Order": "info string",
    }
    more = {**message, "witness": {"info": "x"}}
    assert summary(typed("PermitWitnessTransferFrom", witness, more, contract=PERMIT2)).act == "token_permit"
    batch = {
        "PermitBatchTransferFrom": "permitted TokenPermissions[], spender address, nonce uint256, deadline uint256",
        "TokenPermissions": types["TokenPermissions"],
    }
    none = {**message, "permitted": []}
    found = summary(typed("PermitBatchTransferFrom", batch, none, contract=PERMIT2))
    assert found.sentence == f"Let {SHORT} spend nothing"
    assert not found.priced


def test_a_transfer_by_signature_is_a_transfer() -> None:
    types = {
        "TransferWithAuthorization": "from address, to address, value uint256, validAfter uint256, validBefore uint256,"
        " nonce bytes32"
    }
    message = {
        "from": ACCOUNT,
        "to": OTHER,
        "value": 7_000_000,
        "validAfter": 0,
        "validBefore": 1_800_000_000,
        "nonce": "0x" + "00" * 32,
    }
    found = summary(typed("TransferWithAuthorization", types, message))
    assert found.sentence == "Send 7 USDC to 0x709979…dc79C8, by a signature"
    assert (found.changes[0].direction, found.changes[0].amount, found.to) == ("out", 7_000_000, OTHER)
    assert "signed_transfer" in codes(found)


ORDER = {
    "OrderComponents": "offerer address, offer OfferItem[], consideration ConsiderationItem[], endTime uint256",
    "OfferItem": "itemType uint8, token address, identifierOrCriteria uint256, startAmount uint256, endAmount uint256",
    "ConsiderationItem": "itemType uint8, token address, identifierOrCriteria uint256, startAmount uint256,"
    " endAmount uint256, recipient address",
}


def order(recipient: str) -> dict[str, Any]:
    item = {"itemType": 2, "token": UNKNOWN_TOKEN, "identifierOrCriteria": 9, "startAmount": 1, "endAmount": 1}
    paid = {
        "itemType": 0,
        "token": "0x" + "0" * 40,
        "identifierOrCriteria": 0,
        "startAmount": 50,
        "endAmount": 40,
        "recipient": recipient,
    }
    message = {"offerer": ACCOUNT, "offer": [item], "consideration": [paid], "endTime": 0}
    return typed("OrderComponents", ORDER, message, contract=OTHER)


def test_a_marketplace_order_says_what_is_given_and_got() -> None:
    found = summary(order(ACCOUNT))
    assert [(c.direction, c.asset, c.amount) for c in found.changes] == [
        ("out", UNKNOWN_TOKEN, 1),
        ("in", "native", 40),
    ]
    assert codes(found) == {"marketplace_order"}
    assert not found.priced
    assert codes(summary(order(OTHER))) == {"marketplace_order", "nothing_in_return"}


def test_a_swap_order_says_what_is_given_and_to_whom() -> None:
    members = (
        "sellToken address, buyToken address, receiver address, sellAmount uint256, buyAmount uint256, validTo uint32,"
        " appData bytes32, feeAmount uint256, kind string, partiallyFillable bool, sellTokenBalance string,"
        " buyTokenBalance string"
    )
    message = {
        "sellToken": USDC,
        "buyToken": DAI,
        "receiver": ACCOUNT,
        "sellAmount": "1000000",
        "buyAmount": str(10**18),
        "validTo": 1_800_000_000,
        "appData": "0x" + "00" * 32,
        "feeAmount": "500000",
        "kind": "sell",
        "partiallyFillable": False,
        "sellTokenBalance": "erc20",
        "buyTokenBalance": "erc20",
    }
    found = summary(typed("Order", {"Order": members}, message, contract=OTHER))
    assert found.sentence == "Offer 1.5 USDC for at least 1 DAI"
    assert codes(found) == {"swap_order"}
    elsewhere = summary(typed("Order", {"Order": members}, {**message, "receiver": SPENDER}, contract=OTHER))
    assert "other_receiver" in codes(elsewhere)


def test_unknown_data_is_said_to_be_unknown() -> None:
    found = summary(typed("Vote", {"Vote": "proposal uint256"}, {"proposal": 1}, contract=OTHER))
    assert (found.act, found.priced) == ("sign_typed_data", False)
    assert codes(found) == {"unknown_typed_data"}


@given(st.sampled_from(["details", "permitted", "offer"]), st.data())
def test_a_shape_with_other_insides_is_still_shown(member: str, data: st.DataObject) -> None:
    """The outside of Permit2's or Seaport's structs around arbitrary insides: total, and never priced."""
    kind = data.draw(st.sampled_from(sorted(ATOMS)))
    value = data.draw(ATOMS[kind])
    types = {
        "PermitSingle": "details PermitDetails, spender address, sigDeadline uint256",
        "PermitDetails": f"token {kind}, amount {kind}, expiration {kind}",
        "PermitTransferFrom": "permitted TokenPermissions, spender address, deadline uint256",
        "TokenPermissions": f"token {kind}, amount {kind}",
        "OrderComponents": "offer OfferItem[], consideration ConsiderationItem[]",
        "OfferItem": f"itemType {kind}, token {kind}, startAmount {kind}, endAmount {kind}",
        "ConsiderationItem": f"recipient {kind}",
    }
    inside = dict.fromkeys(
        ["token", "amount", "expiration", "itemType", "startAmount", "endAmount", "recipient"], value
    )
    message = {"details": inside, "permitted": inside, "spender": SPENDER, "sigDeadline": 1, "deadline": 1}
    message |= {"offer": [inside], "consideration": [inside]}
    primary = {"details": "PermitSingle", "permitted": "PermitTransferFrom", "offer": "OrderComponents"}[member]
    assert not summary(typed(primary, types, message, contract=PERMIT2)).priced
