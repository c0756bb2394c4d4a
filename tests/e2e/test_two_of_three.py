"""A starter vault on real agents, a real relay and a real node; only browser and authenticator are played."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from counterfoil.agent.client import AgentClient
from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home
from tests.devnet import process
from tests.devnet.anvil import ETHER, Anvil
from tests.fakes.authenticator import FakeAuthenticator, NotAllowedError
from tests.fakes.person import EXTENSION, PageError, Person

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
        yield person
        await terminal.call("agent_shutdown", {})
    process.reap("COUNTERFOIL_HOME", str(home.data))


async def connected(person: Person) -> str:
    await person.make_home_passkey()
    await person.make_vault()
    asking = asyncio.create_task(person.ask("eth_requestAccounts"))
    await person.decide((await person.waiting())[0])
    return (await asking)[0]


async def test_a_page_connects_and_its_transaction_is_touched_signed_by_two_parties_and_mined(
    person: Person, anvil: Anvil
) -> None:
    address = await connected(person)
    assert person.touches <= 4
    anvil.fund(address, ETHER)
    before = person.touches
    asking = asyncio.create_task(
        person.ask("eth_sendTransaction", [{"from": address, "to": FRIEND, "value": hex(ETHER // 2)}])
    )
    request = (await person.waiting())[0]
    assert "0.5 ETH" in request["sentence"]
    await person.decide(request)
    transaction = await asking
    assert person.touches - before == 1
    receipt = anvil.receipt(transaction)
    assert receipt["status"] == "0x1" and receipt["from"].lower() == address.lower()


async def test_a_text_is_signed_so_that_a_second_library_finds_the_account(person: Person) -> None:
    address = await connected(person)
    asking = asyncio.create_task(person.ask("personal_sign", ["0x" + b"Hello".hex(), address]))
    await person.decide((await person.waiting())[0])
    signature = await asking
    assert Account.recover_message(encode_defunct(text="Hello"), signature=signature).lower() == address


async def test_refusing_in_the_window_tells_the_page_4001(person: Person) -> None:
    address = await connected(person)
    asking = asyncio.create_task(person.ask("personal_sign", ["0x1234", address]))
    request = (await person.waiting())[0]
    await person.window.call("request_refuse", {"request_id": request["request_id"]})
    with pytest.raises(PageError) as caught:
        await asking
    assert caught.value.code == 4001


async def test_a_second_home_passkey_opens_everything_and_outlives_the_first(person: Person) -> None:
    address = await connected(person)
    drawer = FakeAuthenticator(b"drawer")
    assert (await person.add_home_passkey(drawer))["done"]
    listed = (await person.window.call("passkey_list"))["passkeys"]
    assert [(one["role"], one["unlocks_here"]) for one in listed] == [("home", True), ("home", True), ("site", False)]

    gone = next(one for one in listed if one["name"] == "This laptop")
    step = await person.window.call("passkey_remove", {"credential_id": gone["credential_id"]})
    assert (await person.confirm(step, by=drawer))["done"]
    await person.window.call("lock_lock")
    with pytest.raises(NotAllowedError):
        await person.unlock()
    await person.unlock(by=drawer)
    state = await person.window.call("lock_state")
    assert (state["agent_unlocked"], state["cosigner_unlocked"]) == (True, True)

    asking = asyncio.create_task(person.ask("personal_sign", ["0x" + b"Hello".hex(), address]))
    await person.decide((await person.waiting())[0])
    assert Account.recover_message(encode_defunct(text="Hello"), signature=await asking).lower() == address


async def test_a_site_passkey_that_was_removed_is_made_anew_when_the_site_connects(person: Person) -> None:
    address = await connected(person)
    [site] = [one for one in (await person.window.call("passkey_list"))["passkeys"] if one["role"] == "site"]
    step = await person.window.call("passkey_remove", {"credential_id": site["credential_id"]})
    assert step["needs_person"] is False
    assert (await person.confirm(step))["done"]
    assert await person.ask("eth_accounts") == []
    asking = asyncio.create_task(person.ask("eth_requestAccounts"))
    await person.decide((await person.waiting())[0])
    assert await asking == [address]
    [again] = [one for one in (await person.window.call("passkey_list"))["passkeys"] if one["role"] == "site"]
    assert again["credential_id"] != site["credential_id"]
    assert again["record_version"] == site["record_version"] + 2
