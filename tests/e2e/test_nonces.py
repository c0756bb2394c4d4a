"""Several transactions of one account wait at once: each is mined, in the order of approval, and no nonce is skipped."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.devnet.anvil import ETHER, Anvil
from tests.e2e.test_two_of_three import FRIEND, connected
from tests.e2e.test_two_of_three import person as person
from tests.fakes.person import PageError, Person


@pytest.fixture
async def account(person: Person, anvil: Anvil) -> str:
    address = await connected(person)
    anvil.fund(address, ETHER)
    return address


async def ask_to_send(person: Person, account: str, wei: int, **fields: str) -> asyncio.Task[Any]:
    """A call that waits in the window when this returns."""
    before = len(await person.waiting(0))
    transaction = {"from": account, "to": FRIEND, "value": hex(wei), **fields}
    call = asyncio.create_task(person.ask("eth_sendTransaction", [transaction]))
    await person.waiting(before + 1)
    return call


async def nonce_of(anvil: Anvil, call: asyncio.Task[Any]) -> int:
    transaction = await call
    assert anvil.receipt(transaction)["status"] == "0x1"
    return int(anvil.rpc("eth_getTransactionByHash", transaction)["nonce"], 16)


async def test_two_that_wait_at_once_are_both_mined_one_after_the_other(
    person: Person, anvil: Anvil, account: str
) -> None:
    calls = [await ask_to_send(person, account, wei) for wei in (1, 2)]
    for request in await person.waiting(2):
        await person.decide(request)
    assert [await nonce_of(anvil, call) for call in calls] == [0, 1]


async def test_the_second_may_be_approved_first(person: Person, anvil: Anvil, account: str) -> None:
    calls = [await ask_to_send(person, account, wei) for wei in (1, 2)]
    for request in reversed(await person.waiting(2)):
        await person.decide(request)
    assert [await nonce_of(anvil, call) for call in calls] == [1, 0]


async def test_a_refused_one_leaves_no_gap(person: Person, anvil: Anvil, account: str) -> None:
    refused, sent = [await ask_to_send(person, account, wei) for wei in (1, 2)]
    first, second = await person.waiting(2)
    await person.window.call("request_refuse", {"request_id": first["request_id"]})
    await person.decide(second)
    assert await nonce_of(anvil, sent) == 0
    with pytest.raises(PageError) as caught:
        await refused
    assert caught.value.code == 4001


async def test_the_next_one_goes_behind_one_that_is_not_mined_yet(person: Person, anvil: Anvil, account: str) -> None:
    anvil.rpc("evm_setAutomine", False)
    calls = []
    for wei in (1, 2):
        calls.append(await ask_to_send(person, account, wei))
        await person.decide((await person.waiting())[0])
        await calls[-1]
    anvil.mine()
    assert [await nonce_of(anvil, call) for call in calls] == [0, 1]


async def test_a_nonce_that_another_wallet_used_meanwhile_is_passed_over(
    person: Person, anvil: Anvil, account: str
) -> None:
    call = await ask_to_send(person, account, 1)
    anvil.rpc("anvil_setNonce", account, "0x5")
    await person.decide((await person.waiting())[0])
    assert await nonce_of(anvil, call) == 5


async def test_a_nonce_that_the_page_chose_stays_and_is_signed_once(person: Person, anvil: Anvil, account: str) -> None:
    anvil.rpc("evm_setAutomine", False)
    first = await ask_to_send(person, account, 1, nonce="0x0")
    await person.decide((await person.waiting())[0])
    second = await ask_to_send(person, account, 2)
    await person.decide((await person.waiting())[0])
    await asyncio.gather(first, second)
    anvil.mine()
    assert [await nonce_of(anvil, call) for call in (first, second)] == [0, 1]
