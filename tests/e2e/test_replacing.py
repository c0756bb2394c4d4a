"""Speed-ups, cancellations and simulations on a real node that keeps one transaction a nonce, as real ones do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from counterfoil.errors import StateConflict, WindowNeeded
from tests.devnet.anvil import ETHER, Anvil
from tests.e2e.test_nonces import account as account
from tests.e2e.test_nonces import ask_to_send
from tests.e2e.test_two_of_three import FRIEND
from tests.e2e.test_two_of_three import person as person
from tests.fakes.person import Person

FAILS = "0x60006000fd"
"""Code of a contract to make: its making reverts."""


async def seen(person: Person, request_id: str, is_it: Any) -> dict[str, Any]:
    """The request, once it is as wanted."""
    while True:
        view = await person.window.call("request_get", {"request_id": request_id})
        if is_it(view):
            return view
        async for name, _ in person.window.events():
            if name == "requests_changed":
                break


async def sent(person: Person, anvil: Anvil, account: str, wei: int) -> tuple[dict[str, Any], str]:
    """A transaction that waits in the node: (its view, its id as the page has it)."""
    anvil.rpc("evm_setAutomine", False)
    call = await ask_to_send(person, account, wei)
    done = await person.decide((await person.waiting())[0])
    return done, await call


def balance(anvil: Anvil, address: str) -> int:
    return int(anvil.rpc("eth_getBalance", address, "latest"), 16)


async def test_a_speed_up_is_mined_in_the_place_of_the_first_one(person: Person, anvil: Anvil, account: str) -> None:
    before = balance(anvil, FRIEND)
    first, its_id = await sent(person, anvil, account, ETHER // 10)
    assert first["choices"] == ["speed_up", "cancel"]
    child = await person.window.call("request_speedUp", {"request_id": first["request_id"]})
    assert (child["origin"], child["parent_id"]) == ("wallet", first["request_id"])
    touches = person.touches
    done = await person.decide(child)
    assert done["state"] == "sent", done["error"]
    assert person.touches == touches + 1
    anvil.mine()
    assert anvil.receipt(done["transaction_id"])["status"] == "0x1"
    assert anvil.rpc("eth_getTransactionReceipt", its_id) is None
    assert balance(anvil, FRIEND) == before + ETHER // 10, "once"
    assert (await seen(person, first["request_id"], lambda v: v["state"] == "dead"))["choices"] == []
    assert await seen(person, child["request_id"], lambda v: v["state"] == "final")


async def test_a_cancelled_one_moves_nothing_and_the_next_one_works(person: Person, anvil: Anvil, account: str) -> None:
    before = balance(anvil, FRIEND)
    first, _ = await sent(person, anvil, account, ETHER // 10)
    child = await person.terminal.call("request_cancel", {"request_id": first["request_id"]})
    assert child["origin"] == "cli"
    with pytest.raises(StateConflict):
        await person.window.call("request_speedUp", {"request_id": first["request_id"]})
    done = await person.decide(child)
    anvil.mine()
    assert anvil.receipt(done["transaction_id"])["status"] == "0x1"
    assert balance(anvil, FRIEND) == before
    await seen(person, first["request_id"], lambda v: v["state"] == "dead")
    anvil.rpc("evm_setAutomine", True)
    call = await ask_to_send(person, account, 7)
    await person.decide((await person.waiting())[0])
    assert anvil.receipt(await call)["status"] == "0x1"
    with pytest.raises(StateConflict):
        await person.window.call("request_cancel", {"request_id": child["request_id"]})
    first, _ = await sent(person, anvil, account, 1)
    await person.window.close()
    with pytest.raises(WindowNeeded):  # there is nobody who could approve it
        await person.terminal.call("request_cancel", {"request_id": first["request_id"]})
    listed = await person.terminal.call("request_list", {"pending": True, "before": None, "limit": 5})
    assert listed["requests"] == []


async def test_a_simulation_comes_after_the_window_and_a_failure_is_a_warning(
    person: Person, anvil: Anvil, account: str
) -> None:
    call = await ask_to_send(person, account, ETHER // 4)
    shown = (await person.waiting())[0]
    simulated = await seen(person, shown["request_id"], lambda v: v["simulation"] is not None)
    (change,) = simulated["simulation"]["changes"]
    assert (change["direction"], change["asset"], change["amount"]) == ("out", "native", str(ETHER // 4))
    assert simulated["seq"] == shown["seq"]
    await person.decide(shown)
    assert anvil.receipt(await call)["status"] == "0x1"

    asking = asyncio.create_task(person.ask("eth_sendTransaction", [{"from": account, "data": FAILS}]))
    shown = (await person.waiting())[0]
    assert "would_fail" in [finding["code"] for finding in shown["findings"]]
    simulated = await seen(person, shown["request_id"], lambda v: v["simulation"] is not None)
    assert simulated["simulation"]["failure"]["code"] == "would_fail"
    await person.decide(shown)
    assert anvil.receipt(await asking)["status"] == "0x0"
