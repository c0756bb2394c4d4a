"""A second device in the co-signer's place: real agents, a real relay, a real node; browser and people are played."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from counterfoil.agent.client import AgentClient
from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home
from tests.devnet import process
from tests.devnet.anvil import ETHER, Anvil
from tests.fakes.person import EXTENSION, PageError, Person
from tests.fakes.second_device import SecondDevice, decide_with, second_device

CHAIN = "eip155:31337"
FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture
async def person(short_tmp: Path, anvil: Anvil) -> AsyncIterator[Person]:
    home = Home.at(short_tmp / "home")
    os.environ["COUNTERFOIL_HOME"] = str(home.data)
    await asyncio.to_thread(ensure_agent, home)
    async with (
        AgentClient.connect(home) as terminal,
        AgentClient.connect(home, client="browser", caller=EXTENSION) as window,
    ):
        person = Person(window, terminal)
        await person.pair()
        await terminal.call("chain_setEndpoint", {"chain": CHAIN, "rpc_url": anvil.url})
        await terminal.call("chain_setDefault", {"chain": CHAIN})
        await person.make_home_passkey()
        await person.make_vault()
        yield person
        await terminal.call("agent_shutdown", {})
    process.reap("COUNTERFOIL_HOME", str(home.data))


@pytest.fixture
async def other(short_tmp: Path, person: Person, anvil: Anvil) -> AsyncIterator[SecondDevice]:
    home = Home.at(short_tmp / "other")
    os.environ["COUNTERFOIL_HOME"] = str(home.data)
    async with second_device(home) as device:
        await device.terminal.call("chain_setEndpoint", {"chain": CHAIN, "rpc_url": anvil.url})
        await device.make_key_slot()
        yield device


async def connected(person: Person) -> str:
    asking = asyncio.create_task(person.ask("eth_requestAccounts"))
    await person.decide((await person.waiting())[0])
    return str((await asking)[0])


async def test_a_second_device_takes_the_co_signers_place_and_its_person_is_asked(
    person: Person, other: SecondDevice, anvil: Anvil, short_tmp: Path
) -> None:
    address = await connected(person)
    anvil.fund(address, ETHER)
    identity = await other.pair(person)
    vault = await other.take_cosigners_place(person, identity)
    assert [party["name"] for party in vault["parties"]] == ["First laptop", "Second laptop", "Recovery file"]
    assert (vault["epoch"], vault["recovery_proven"]) == (1, True)
    assert not (short_tmp / "home" / "cosigner").exists()
    assert (await person.terminal.call("agent_state", {}))["cosigner"] == "none"

    asking = asyncio.create_task(
        person.ask("eth_sendTransaction", [{"from": address, "to": FRIEND, "value": hex(ETHER // 2)}])
    )
    request = (await person.waiting())[0]
    ended = await decide_with(person, other, request)
    receipt = anvil.receipt(await asking)
    assert receipt["status"] == "0x1" and receipt["from"].lower() == address.lower()
    assert ended["state"] in {"sent", "final"}
    mine = (await other.terminal.call("vault_list", {}))["vaults"][0]
    assert (mine["vault_id"], mine["state"]) == (vault["vault_id"], "ready")


async def test_the_other_person_sees_who_asks_and_their_no_reaches_the_page(
    person: Person, other: SecondDevice
) -> None:
    address = await connected(person)
    await other.take_cosigners_place(person, await other.pair(person))
    asking = asyncio.create_task(person.ask("personal_sign", ["0x" + b"Hello".hex(), address]))
    request = (await person.waiting())[0]
    params = {"request_id": request["request_id"], "seq": request["seq"], "account_ids": []}
    step = (await person.window.call("request_approve", params))["next"]
    assert step["step"] == "wait_for_others"
    assert [(party["name"], party["state"]) for party in step["request"]["parties"]] == [("Second laptop", "asked")]
    shown = await other.waiting()
    assert (shown["asked_by"], shown["origin"]) == ("First laptop", "https://app.example")
    assert "Hello" in shown["text"]
    await other.terminal.call("request_refuse", {"request_id": shown["request_id"]})
    with pytest.raises(PageError) as caught:
        await asking
    assert caught.value.code == 4001


async def test_words_that_differ_pair_nothing(person: Person, other: SecondDevice) -> None:
    await other.pair(person, same=False)
    kinds = [device["kind"] for device in (await person.terminal.call("device_list", {}))["devices"]]
    assert kinds == ["cosigner"]
    assert (await other.terminal.call("device_list", {}))["devices"] == []
