"""What the window's agent refuses, the co-signer refuses as well: once through an honest agent, once through one that lies."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from counterfoil.agent.client import AgentClient
from counterfoil.errors import AssertionRefused, WalletError
from counterfoil.home.autostart import connect, ensure_agent
from counterfoil.home.paths import Home
from tests.devnet import process
from tests.devnet.anvil import Anvil
from tests.fakes.authenticator import Twist
from tests.fakes.person import EXTENSION, SITE, PageError, Person

CHAIN = "eip155:31337"
BELIEVER = Path(__file__).resolve().parents[2] / "fakes" / "believing_agent.py"
TWISTS = {
    "ORIGIN": Twist(origin="chrome-extension://" + "mnopabcdefghijkl" * 2),
    "another port": Twist(origin=SITE + ":8443"),
    "CHALLENGE": Twist(challenge=bytes(32)),
    "TYPE": Twist(type="webauthn.create"),
    "CROSS_ORIGIN": Twist(cross_origin=True),
    "RP_ID": Twist(rp_id="example"),
    "no touch": Twist(user_present=False),
    "no verification": Twist(user_verified=False),
    "SIGNATURE": Twist(bad_signature=True),
    "COUNTER": Twist(counter=0),
    "CREDENTIAL": Twist(credential_id=bytes(32)),
}


def listens(home: Home, patience: float = 20) -> None:
    deadline = time.monotonic() + patience
    while (found := connect(home)) is None:
        assert time.monotonic() < deadline, "the agent does not listen"
        time.sleep(0.02)
    found.close()


@asynccontextmanager
async def running(home: Home, agent: str) -> AsyncIterator[None]:
    """An agent listens; the believing one is started here, for no starter knows it."""
    if agent == "an honest agent":
        await asyncio.to_thread(ensure_agent, home)
        yield
        return
    home.prepare()
    believer = process.start([sys.executable, "-I", str(BELIEVER)], env={"COUNTERFOIL_HOME": str(home.data)})
    try:
        await asyncio.to_thread(listens, home)
        yield
    finally:
        process.stop(believer)


@pytest.fixture(params=["an honest agent", "an agent that believes everything"])
async def person(request: pytest.FixtureRequest, short_tmp: Path, anvil: Anvil) -> AsyncIterator[Person]:
    home = Home.at(short_tmp / "home")
    os.environ["COUNTERFOIL_HOME"] = str(home.data)
    async with (
        running(home, request.param),
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


def signatures(home: Path) -> int:
    """Of either party."""
    found = 0
    for file in (home / "counterfoil.sqlite3", home / "cosigner" / "counterfoil.sqlite3"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            found += db.execute("SELECT count(*) FROM requests WHERE signed IS NOT NULL").fetchone()[0]
    return found


async def refused(person: Person, address: str, twist: Twist) -> str:
    """Ask, answer wrongly, and be refused by somebody: by whose word."""
    asking = asyncio.create_task(person.ask("personal_sign", ["0x" + b"Hello".hex(), address]))
    request = (await person.waiting())[0]
    try:
        ended: dict[str, Any] = await person.decide(request, twist=twist)
    except AssertionRefused as error:
        await person.window.call("request_refuse", {"request_id": request["request_id"]})
        with pytest.raises(PageError):
            await asking
        return error.word
    assert ended["state"] == "failed", ended
    with pytest.raises(PageError):
        await asking
    return str(ended["error"]["reason"])


async def test_no_party_signs_over_an_answer_that_is_not_this_passkeys_for_this_request_in_this_page(
    person: Person, short_tmp: Path
) -> None:
    await person.make_home_passkey()
    await person.make_vault()
    asking = asyncio.create_task(person.ask("eth_requestAccounts"))
    await person.decide((await person.waiting())[0])
    address = (await asking)[0]
    asking = asyncio.create_task(person.ask("personal_sign", ["0x" + b"Honest".hex(), address]))
    await person.decide((await person.waiting())[0])
    assert Account.recover_message(encode_defunct(text="Honest"), signature=await asking).lower() == address
    before = signatures(short_tmp / "home")
    words = {name: await refused(person, address, twist) for name, twist in TWISTS.items()}
    assert signatures(short_tmp / "home") == before
    named = {name: word for name, word in words.items() if name.isupper()}
    assert named == {name: name for name in named}, words
    assert set(words.values()) <= {*named, "ORIGIN", "FLAGS"}, words


NOWHERE = [
    {"origin": "null"},
    {"origin": "http://app.example"},
    {"origin": "https://app.example/path"},
    {"origin": "https://APP.example"},
    {"origin": "chrome-extension://" + "a" * 32},
    {"frame_id": 3},
]


@pytest.mark.parametrize("person", ["an honest agent"], indirect=True)
async def test_frames_and_pages_without_a_secure_address_are_answered_with_a_refusal(person: Person) -> None:
    for context in NOWHERE:
        asked = {"origin": SITE, "tab_id": 1, "frame_id": 0, "document_id": "D" * 32, **context}
        call = {"context": asked, "call_id": "1", "payload": '{"method": "eth_requestAccounts"}'}
        try:
            answer = await person.window.call("provider_request", call)
        except WalletError as error:
            assert error.code in {1001, 1009, 2001}, (context, error)
        else:
            assert answer["error"]["code"] in {-32602, 4100}, (context, answer)
    assert (await person.window.call("request_list", {"pending": True, "before": None, "limit": 50}))["requests"] == []
