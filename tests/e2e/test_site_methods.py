"""What sites ask of the wallet besides signatures, on real agents and real nodes; only browser and person are played."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.agent.client import AgentClient
from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home
from counterfoil.protocol.event import ProviderEvent
from tests.devnet import process
from tests.devnet.anvil import ETHER, Anvil
from tests.fakes.person import EXTENSION, SITE, PageError, Person
from tests.node_tools import node_package

CHAIN = "eip155:31337"
FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
VALLEY = {"chainName": "Valley", "nativeCurrency": {"name": "Valley", "symbol": "VLY", "decimals": 18}}


@pytest.fixture
async def person(short_tmp: Path, anvil: Anvil) -> AsyncIterator[Person]:
    """Connected, on the local chain."""
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
        (anvil.account,) = await granted(person, "eth_requestAccounts")  # type: ignore[attr-defined]
        yield person
        await terminal.call("agent_shutdown", {})
    process.reap("COUNTERFOIL_HOME", str(home.data))


async def granted(person: Person, method: str, params: Any = ()) -> Any:
    """The call's result, once the person said yes to the one request it makes."""
    asking = asyncio.create_task(person.ask(method, params))
    await person.decide((await person.waiting())[0])
    return await asking


async def message(person: Person) -> ProviderEvent:
    async for name, event in person.window.events():
        if name == "provider_event" and isinstance(event, ProviderEvent) and event.name == "message":
            return event
    raise AssertionError


async def test_a_site_brings_a_network_watches_a_token_and_follows_its_blocks(person: Person, anvil: Anvil) -> None:
    bytecode = json.loads(
        (node_package("@openzeppelin/contracts") / "build/contracts/ERC20PresetFixedSupply.json").read_text()
    )
    with Anvil(chain_id=4242) as valley:
        liar = {**VALLEY, "chainId": "0x1093", "rpcUrls": [valley.url]}
        with pytest.raises(PageError) as caught:
            await person.ask("wallet_addEthereumChain", [liar])
        assert (caught.value.code, caught.value.data["reason"]) == (-32602, "node")
        touches = person.touches
        assert await granted(person, "wallet_addEthereumChain", [{**liar, "chainId": "0x1092"}]) is None
        assert person.touches == touches, "nothing is signed by it"
        assert await person.ask("eth_chainId") == "0x1092"
        assert await person.ask("eth_chainId", origin="https://other.example") == hex(31337)
        token = valley.deploy(bytecode["bytecode"] + constructor(anvil.account))  # type: ignore[attr-defined]
        asset = {"type": "ERC20", "options": {"address": token, "symbol": "TLY", "decimals": 18}}
        assert await granted(person, "wallet_watchAsset", [asset]) is True
        wrong = {"type": "ERC20", "options": {"address": FRIEND, "symbol": "TLY", "decimals": 18}}
        with pytest.raises(PageError) as caught:
            await person.ask("wallet_watchAsset", [wrong])
        assert caught.value.data["reason"] == "no_token"
        subscription = await person.ask("eth_subscribe", ["newHeads"])
        valley.rpc("anvil_mine", "0x1")
        event = await asyncio.wait_for(message(person), 20)
        assert (event.origin, event.document_id) == (SITE, "D" * 32)
        assert json.loads(event.data_json)["data"]["subscription"] == subscription
        await person.window.call("provider_closed", {"tab_id": 1, "document_id": "D" * 32})
        assert await person.ask("eth_unsubscribe", [subscription]) is False
    listed = (await person.terminal.call("chain_remove", {"chain": "eip155:4242"}))["chains"]
    assert "eip155:4242" not in [chain["chain"] for chain in listed]
    assert await person.ask("eth_chainId") == hex(31337)
    views = await person.window.call("request_list", {"pending": False, "before": None, "limit": 50})
    assert "watch_asset" in [view["kind"] for view in views["requests"]], "what happened there is still listed"


def constructor(account: str) -> str:
    from eth_abi.abi import encode

    return encode(["string", "string", "uint256", "address"], ["Tally", "TLY", 10**24, account]).hex()


async def test_a_batch_whose_second_call_needs_the_first_is_mined(person: Person, anvil: Anvil) -> None:
    """The second forwards what only the first brings: estimated alone, it would fail."""
    account = anvil.account  # type: ignore[attr-defined]
    anvil.fund(account, ETHER)
    bytecode = json.loads(
        (node_package("@openzeppelin/contracts") / "build/contracts/ERC20PresetFixedSupply.json").read_text()
    )
    token = anvil.deploy(bytecode["bytecode"] + constructor(account))
    word = account[2:].lower().rjust(64, "0")
    approve = "0x095ea7b3" + word + hex(5)[2:].rjust(64, "0")
    take = "0x23b872dd" + word + FRIEND[2:].lower().rjust(64, "0") + hex(5)[2:].rjust(64, "0")
    calls = [{"to": token, "data": approve}, {"to": token, "data": take}]
    batch = {"version": "2.0.0", "chainId": hex(31337), "atomicRequired": False, "calls": calls}
    asking = asyncio.create_task(person.ask("wallet_sendCalls", [batch]))
    before = person.touches
    await person.decide((await person.waiting())[0])
    batch_id = (await asking)["id"]
    await person.decide((await person.waiting())[0])
    assert person.touches - before == 2
    found = await person.ask("wallet_getCallsStatus", [batch_id])
    assert (found["status"], len(found["receipts"])) == (200, 2)
    balance = anvil.rpc("eth_call", {"to": token, "data": "0x70a08231" + FRIEND[2:].lower().rjust(64, "0")}, "latest")
    assert int(balance, 16) == 5
    for wrong, code in (({"atomicRequired": True}, 5760), ({"chainId": "0x1092"}, 5710), ({"id": batch_id}, 5720)):
        with pytest.raises(PageError) as caught:
            await person.ask("wallet_sendCalls", [{**batch, **wrong}])
        assert caught.value.code == code
    with pytest.raises(PageError) as caught:
        await person.ask("wallet_getCallsStatus", ["0x00"])
    assert caught.value.code == 5730
