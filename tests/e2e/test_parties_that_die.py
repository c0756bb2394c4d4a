"""Real agents that are killed or put to sleep in the midst of a request; the node and the relay are real too."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from counterfoil.agent.client import AgentClient
from counterfoil.errors import Locked, PartyUnavailable, WalletError
from counterfoil.home.autostart import ensure_agent
from counterfoil.home.paths import Home
from tests.agent_process import agent_pid, is_alive, stop_agent, wait_until
from tests.devnet import process
from tests.devnet.anvil import ETHER, Anvil
from tests.fakes.person import EXTENSION, Person

CHAIN = "eip155:31337"
FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


class Desk:
    """A person whose agent may die: they open it again and go on."""

    def __init__(self, home: Home, anvil: Anvil, stack: AsyncExitStack) -> None:
        self.home, self.anvil, self.stack = home, anvil, stack
        self.person: Person = None  # type: ignore[assignment] - set by ``sit_down``
        self.address = ""

    async def sit_down(self) -> None:
        """Start the agent where it does not run, and open window and terminal."""
        await asyncio.to_thread(ensure_agent, self.home)
        terminal = await self.stack.enter_async_context(AgentClient.connect(self.home))
        window = await self.stack.enter_async_context(
            AgentClient.connect(self.home, client="browser", caller=EXTENSION)
        )
        before, self.person = self.person, Person(window, terminal)
        if before is not None:
            self.person.home, self.person.site, self.person.calls = before.home, before.site, before.calls
            await self.person.come_back(before.proof)
        else:
            await self.person.pair()

    async def set_up(self) -> None:
        await self.sit_down()
        await self.person.terminal.call("chain_setEndpoint", {"chain": CHAIN, "rpc_url": self.anvil.url})
        await self.person.terminal.call("chain_setDefault", {"chain": CHAIN})
        await self.person.make_home_passkey()
        await self.person.make_vault()
        asking = asyncio.create_task(self.person.ask("eth_requestAccounts"))
        await self.person.decide((await self.person.waiting())[0])
        self.address = (await asking)[0]
        self.anvil.fund(self.address, ETHER)

    def ask(self, wei: int) -> asyncio.Task[Any]:
        call = {"from": self.address, "to": FRIEND, "value": hex(wei)}
        return asyncio.create_task(self.person.ask("eth_sendTransaction", [call]))

    async def sends(self, wei: int) -> None:
        """A whole transaction, mined."""
        asking = self.ask(wei)
        await self.person.decide((await self.person.waiting())[0])
        assert self.anvil.receipt(await asking)["status"] == "0x1"


@pytest.fixture
async def desk(short_tmp: Path, anvil: Anvil, monkeypatch: pytest.MonkeyPatch) -> Any:
    home = Home.at(short_tmp / "home")
    monkeypatch.setenv("COUNTERFOIL_HOME", str(home.data))
    async with AsyncExitStack() as stack:
        desk = Desk(home, anvil, stack)
        await desk.set_up()
        yield desk
    stop_agent(home)
    for folder in (home, home.cosigner):
        process.reap("COUNTERFOIL_HOME", str(folder.data))


async def until(happened: Any, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await happened():  # noqa: ASYNC110 - asks another process
            await asyncio.sleep(0.1)


async def test_a_co_signer_that_is_killed_comes_back_locked_and_signs_once_unlocked(desk: Desk) -> None:
    asking = desk.ask(ETHER // 10)
    request = (await desk.person.waiting())[0]
    killed = agent_pid(desk.home.cosigner)
    os.kill(killed, signal.SIGKILL)
    await asyncio.to_thread(wait_until, lambda: not is_alive(killed))

    async def runs_again() -> bool:
        state = await desk.person.window.call("agent_state", {})
        return state["cosigner"] == "running" and agent_pid(desk.home.cosigner) != killed

    await until(runs_again)
    with pytest.raises(WalletError) as caught:
        await desk.person.decide(request)
    assert isinstance(caught.value, Locked), caught.value.as_dict()
    await desk.person.unlock()
    await desk.person.decide((await desk.person.waiting())[0])
    assert desk.anvil.receipt(await asking)["status"] == "0x1"


async def test_an_agent_that_is_killed_while_a_request_waits_still_has_it_and_signs_it_once(desk: Desk) -> None:
    asking = desk.ask(ETHER // 10)
    request = (await desk.person.waiting())[0]
    reply = await desk.person.window.call(
        "request_approve", {"request_id": request["request_id"], "seq": request["seq"], "account_ids": []}
    )
    assert reply["next"]["step"] == "assert_site_passkey", "consented on both sides"
    helper = agent_pid(desk.home.cosigner)
    await asyncio.to_thread(stop_agent, desk.home, signal.SIGKILL)
    assert isinstance((await asyncio.gather(asking, return_exceptions=True))[0], WalletError)
    await asyncio.to_thread(wait_until, lambda: not is_alive(helper))
    await desk.sit_down()
    await desk.person.unlock()
    (waiting,) = await desk.person.waiting()
    assert (waiting["request_id"], waiting["state"]) == (request["request_id"], "consented")
    done = await desk.person.decide(waiting)
    assert done["state"] == "sent"
    assert desk.anvil.receipt(done["transaction_id"])["status"] == "0x1"
    await desk.sends(ETHER // 20)
    assert int(desk.anvil.rpc("eth_getTransactionCount", desk.address, "latest"), 16) == 2


@pytest.mark.slow
async def test_a_co_signer_that_sleeps_is_told_in_time_and_signs_when_it_wakes(desk: Desk) -> None:
    asking = desk.ask(ETHER // 10)
    request = (await desk.person.waiting())[0]
    sleeper = agent_pid(desk.home.cosigner)
    os.kill(sleeper, signal.SIGSTOP)
    try:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(PartyUnavailable):
            await desk.person.decide(request)
        assert loop.time() - began < 60, "well before the request expires"
    finally:
        os.kill(sleeper, signal.SIGCONT)

    async def decided() -> bool:
        try:
            await desk.person.decide((await desk.person.waiting())[0])
        except WalletError:
            return False
        return True

    await until(decided)
    assert desk.anvil.receipt(await asking)["status"] == "0x1"
