"""Both parties go ahead by themselves up to more than there is; and all the same, what can't be counted takes a person."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from counterfoil.policy import Limit, Outcome
from counterfoil.store import records
from counterfoil.wallet import lending
from counterfoil.wallet.approve import proposal_of
from counterfoil.wallet.policy_records import PolicyRecord
from counterfoil.wallet.record_wire import signed_record
from counterfoil.wallet.review import review
from tests.fakes.two_agent_person import CHAIN, SITE, Someone
from tests.unit.chains.evm_samples import SPENDER, USDC
from tests.unit.chains.typed_samples import permit, typed

DAI = "0x6B175474E89094C44Da98b954EedeAC495271d0F"
PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
ALL = 2**256 - 1


@pytest.fixture
def generous(someone: Someone) -> Someone:
    """Neither party is a co-signer here, and each may let go of everything, says its policy."""
    limits = tuple(Limit(SITE, CHAIN, asset, ALL) for asset in ("native", USDC, DAI))
    for party in someone.pair.both:
        record = PolicyRecord(party.identity.public, False, limits)
        for agent in someone.pair.both:
            records.put(agent.db, signed_record(someone.wallet, someone.vault, record, 1, None))
        party.wallet.role = "device"
    return someone


def outcomes(someone: Someone, request: Any) -> list[Outcome]:
    """What each party's own policy says to its own reading of the bytes."""
    found = []
    for agent in someone.pair.both:
        reviewed = review(agent.wallet, proposal_of(someone.wallet, request))
        found.append(lending.outcome(agent.wallet, reviewed, by_person_here=False))
    return found


def call(signature: str, *values: Any) -> str:
    types = signature[signature.index("(") + 1 : -1].split(",")
    return "0x" + (keccak(text=signature)[:4] + encode(types, values)).hex()


async def test_the_measure_what_can_be_counted_goes_unasked(generous: Someone) -> None:
    assert outcomes(generous, await generous.ask_to_send()) == [Outcome.GO, Outcome.GO]
    transfer = call("transfer(address,uint256)", SPENDER, 5)
    request = await generous.ask_to_send(0, to=USDC, data=transfer)
    assert outcomes(generous, request) == [Outcome.GO, Outcome.GO]


CALLS = {
    "approve": (USDC, call("approve(address,uint256)", SPENDER, 5)),
    "approve without end": (USDC, call("approve(address,uint256)", SPENDER, ALL)),
    "increaseAllowance": (USDC, call("increaseAllowance(address,uint256)", SPENDER, 5)),
    "setApprovalForAll": (SPENDER, call("setApprovalForAll(address,bool)", SPENDER, True)),
    "transferFrom of another": (USDC, call("transferFrom(address,address,uint256)", SPENDER, DAI, 5)),
    "approve by permit2": (PERMIT2, call("approve(address,address,uint160,uint48)", USDC, SPENDER, 5, 2**40)),
    "an unknown call": (SPENDER, "0xdeadbeef"),
    "an unknown token": (SPENDER, call("transfer(address,uint256)", DAI, 5)),
}


@pytest.mark.parametrize("name", CALLS)
async def test_calls_that_permit_or_that_nobody_can_price_take_a_person(generous: Someone, name: str) -> None:
    to, data = CALLS[name]
    request = await generous.ask_to_send(0, to=to, data=data)
    assert outcomes(generous, request) == [Outcome.NEEDS_PERSON] * 2


def _orders(account: str) -> dict[str, dict[str, Any]]:
    single = {
        "PermitSingle": "details PermitDetails, spender address, sigDeadline uint256",
        "PermitDetails": "token address, amount uint160, expiration uint48, nonce uint48",
    }
    details = {"token": USDC, "amount": "5", "expiration": 1_900_000_000, "nonce": 0}
    transfer = {
        "PermitTransferFrom": "permitted TokenPermissions, spender address, nonce uint256, deadline uint256",
        "TokenPermissions": "token address, amount uint256",
    }
    permitted = {"permitted": {"token": USDC, "amount": 5}, "spender": SPENDER, "nonce": 1, "deadline": 1_900_000_000}
    authorization = {
        "TransferWithAuthorization": "from address, to address, value uint256, validAfter uint256, validBefore uint256,"
        " nonce bytes32"
    }
    moved = {
        "from": account,
        "to": SPENDER,
        "value": 5,
        "validAfter": 0,
        "validBefore": 1_900_000_000,
        "nonce": "0x" + "00" * 32,
    }
    swap = {
        "Order": "sellToken address, buyToken address, receiver address, sellAmount uint256, buyAmount uint256,"
        " validTo uint32, appData bytes32, feeAmount uint256, kind string, partiallyFillable bool,"
        " sellTokenBalance string, buyTokenBalance string"
    }
    swapped = {
        "sellToken": USDC,
        "buyToken": DAI,
        "receiver": account,
        "sellAmount": "5",
        "buyAmount": "1",
        "validTo": 1_900_000_000,
        "appData": "0x" + "00" * 32,
        "feeAmount": "0",
        "kind": "sell",
        "partiallyFillable": False,
        "sellTokenBalance": "erc20",
        "buyTokenBalance": "erc20",
    }
    erc2612 = permit(5)
    erc2612["message"]["owner"] = account
    message = {"details": details, "spender": SPENDER, "sigDeadline": "1900000000"}
    return {
        "permit": erc2612,
        "permit2 allowance": typed("PermitSingle", single, message, contract=PERMIT2),
        "permit2 transfer": typed("PermitTransferFrom", transfer, permitted, contract=PERMIT2),
        "transfer by signature": typed("TransferWithAuthorization", authorization, moved),
        "swap order": typed("Order", swap, swapped, contract=SPENDER),
        "unknown data": typed("Thing", {"Thing": "a uint256"}, {"a": 1}),
    }


@pytest.mark.parametrize("name", list(_orders(SPENDER)))
async def test_orders_and_permits_by_signature_take_a_person_whatever_they_are_worth(
    generous: Someone, name: str
) -> None:
    data = _orders(generous.address)[name]
    request = await generous.ask("eth_signTypedData_v4", [generous.address, data])
    assert outcomes(generous, request) == [Outcome.NEEDS_PERSON] * 2


async def test_a_text_takes_a_person(generous: Someone) -> None:
    assert outcomes(generous, await generous.ask_to_sign()) == [Outcome.NEEDS_PERSON] * 2


async def test_a_person_who_approved_here_is_enough_for_all_of_it(generous: Someone) -> None:
    request = await generous.ask_to_send(0, to=USDC, data=CALLS["approve without end"][1])
    reviewed = review(generous.wallet, proposal_of(generous.wallet, request))
    assert lending.outcome(generous.wallet, reviewed, by_person_here=True) is Outcome.GO
    lending.count(generous.wallet, reviewed)
    again = await generous.ask_to_send(0, to=USDC, data=call("transfer(address,uint256)", SPENDER, 5))
    assert outcomes(generous, again)[0] is Outcome.NEEDS_PERSON, "the allowance counted in full"
