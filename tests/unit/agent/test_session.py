from __future__ import annotations

import asyncio
import os
import stat

import pytest

from counterfoil import __version__
from counterfoil.agent import session as session_module
from counterfoil.agent.client import AgentClient
from counterfoil.codecs.frames import encode_frame, parse_frame, read_body_async
from counterfoil.errors import (
    AgentUnreachable,
    Bug,
    Cancelled,
    FrameTooLarge,
    NotFound,
    NotPaired,
    NotPermitted,
    RateLimited,
    UnsupportedVersion,
)
from counterfoil.protocol.agent import ProfileProof
from counterfoil.protocol.event import ProviderEvent, RequestsChanged, StateChanged
from counterfoil.protocol.profile import Paired, Pairing
from counterfoil.protocol.site import SiteList
from counterfoil.protocol.vault import Account, AccountList, VaultList
from counterfoil.store import settings
from counterfoil.wallet.pair import VERSIONS
from tests.live_agent import EXTENSION, live_agent, raw_connection, state_of

HELLO = {"protocols": [1], "client": "cli", "version": "0", "schema_sha256": None, "profile": None}
BROWSER_HELLO = HELLO | {"client": "browser"}


def command_line(agent):
    return AgentClient.connect(agent.home)


def browser(agent, **how):
    return AgentClient.connect(agent.home, client="browser", caller=EXTENSION, **how)


async def exchange(agent, *messages, answers=None):
    """Send frames on a fresh connection and give back the answers."""
    reader, writer = await raw_connection(agent.home)
    for message in messages:
        writer.write(encode_frame(message, limit=1 << 24) if isinstance(message, dict) else message)
    found = [parse_frame(await read_body_async(reader)) for _ in range(len(messages) if answers is None else answers)]
    writer.close()
    return found


async def until(happened):
    for _ in range(500):
        if happened():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


async def pair(agent, name="Laptop"):
    async with browser(agent) as asking, command_line(agent) as person:
        pairing = await asking.ask(Pairing, "profile_begin", {"name": name, "browser": "Chromium"})
        await person.call("profile_confirm", {"code": pairing.code})
        paired = await asking.ask(Paired, "profile_await", {"pairing_id": pairing.pairing_id})
    return ProfileProof(profile_id=paired.profile_id, token=paired.token)


# ── who is who ────────────────────────────────────────────────────────────────────────────────────
async def test_roles_follow_from_the_door_and_the_proof(tmp_path):
    async with live_agent(tmp_path) as agent:
        proof = await pair(agent)
        async with AgentClient.connect(agent.home, hello=False) as one:
            assert (await one.hello(client="cli")).role == "cli"
        async with AgentClient.connect(agent.home, caller=EXTENSION, hello=False) as one:
            assert (await one.hello(client="browser")).role == "browser"
            said = await one.hello(client="browser", profile=proof)
            assert said.role == "profile" and said.state.paired


@pytest.mark.parametrize(
    ("frames", "why"),
    [
        ([BROWSER_HELLO], "a browser without a stub"),
        ([{"stub": {"caller": EXTENSION, "version": "0"}}, HELLO], "a stub that says it is the command line"),
        ([HELLO | {"profile": {"profile_id": "0" * 32, "token": "AA"}}], "a command line with a profile"),
    ],
)
async def test_nobody_comes_in_by_the_other_door(tmp_path, frames, why):
    async with live_agent(tmp_path) as agent:
        calls = [f if "stub" in f else {"id": 1, "method": "agent_hello", "params": f} for f in frames]
        (answer,) = await exchange(agent, *calls, answers=1)
        assert answer["error"]["reason"] == "wrong_door", why


async def test_a_stub_preamble_counts_only_as_the_first_frame(tmp_path):
    async with live_agent(tmp_path) as agent:
        late = {"stub": {"caller": EXTENSION, "version": "0"}}
        answers = await exchange(agent, {"id": 1, "method": "agent_hello", "params": HELLO}, late)
        assert answers[0]["result"]["role"] == "cli"
        assert answers[1]["error"]["code"] == 1009


async def test_a_wrong_proof_leaves_the_connection_without_any_role(tmp_path):
    async with live_agent(tmp_path) as agent:
        proof = await pair(agent)
        wrong = proof.model_copy(update={"token": "A" * 43})
        async with browser(agent, profile=proof) as one:
            with pytest.raises(NotPaired):
                await one.hello(client="browser", profile=wrong)
            with pytest.raises(NotPermitted) as caught:
                await one.call("profile_list")
            assert caught.value.word == "hello_first"


async def test_the_first_call_is_hello(tmp_path):
    async with live_agent(tmp_path) as agent, AgentClient.connect(agent.home, hello=False) as one:
        with pytest.raises(NotPermitted) as caught:
            await one.call("agent_state")
        assert caught.value.word == "hello_first"


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        ({"protocols": []}, "counterfoil setup"),
        ({"protocols": [0]}, "counterfoil setup"),
        ({"protocols": [2, 3]}, "Update Counterfoil on this computer"),
        ({"schema_sha256": "0" * 64}, "counterfoil setup"),
    ],
)
async def test_versions_that_do_not_fit_are_told_with_what_to_update(tmp_path, change, remedy):
    async with live_agent(tmp_path) as agent:
        (answer,) = await exchange(agent, {"id": 1, "method": "agent_hello", "params": HELLO | change})
        assert answer["error"]["code"] == UnsupportedVersion.code
        assert remedy in answer["error"]["remedy"]


async def test_another_user_is_refused_before_anything_is_read(tmp_path):
    async with live_agent(tmp_path, uid_of=lambda _: os.getuid() + 1) as agent:
        reader, _writer = await raw_connection(agent.home)
        answer = parse_frame(await read_body_async(reader))
        assert answer["id"] is None and answer["error"]["reason"] == "peer_not_allowed"
        assert await read_body_async(reader) is None
        assert len(agent.bus) == 0
        _writer.close()


async def test_the_socket_is_for_its_owner_alone(tmp_path):
    async with live_agent(tmp_path) as agent:
        assert stat.S_IMODE(agent.home.socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(agent.home.data.stat().st_mode) == 0o700


# ── pairing over the wire ─────────────────────────────────────────────────────────────────────────
async def test_pairing_from_code_to_profile_to_revocation(tmp_path):
    async with live_agent(tmp_path) as agent:
        proof = await pair(agent, "My laptop")
        async with browser(agent, profile=proof) as mine, command_line(agent) as person:
            (profile,) = (await mine.call("profile_list"))["profiles"]
            assert profile["name"] == "My laptop" and profile["profile_id"] == proof.profile_id
            await person.call("profile_revoke", {"profile_id": proof.profile_id})
            with pytest.raises(AgentUnreachable):
                await asyncio.wait_for(mine.call("agent_state"), 5)
            with pytest.raises(NotFound):
                await person.call("profile_revoke", {"profile_id": "0" * 32})
        with pytest.raises(NotPaired):
            async with browser(agent, profile=proof):
                pass


async def test_the_command_line_has_nothing_to_pair(tmp_path):
    async with live_agent(tmp_path) as agent, command_line(agent) as person:
        with pytest.raises(NotPermitted):
            await person.call("profile_begin", {"name": "a", "browser": "b"})


async def test_waiting_pairings_are_listed_with_the_extension_that_asks(tmp_path):
    async with live_agent(tmp_path) as agent, browser(agent) as asking, command_line(agent) as person:
        pairing = await asking.call("profile_begin", {"name": "a", "browser": "b"})
        assert (await person.call("profile_pending"))["pairings"] == [pairing]
        assert pairing["extension"] == EXTENSION


# ── calls ─────────────────────────────────────────────────────────────────────────────────────────
class Held:
    """A handler that waits to be let go."""

    def __init__(self, result=None):
        self.result = result or VaultList(vaults=[])
        self.go, self.started, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.cancelled = False

    async def __call__(self, _params, _client, _context):
        self.started.set()
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        finally:
            self.ended.set()
        return self.result


async def test_calls_run_at_once_and_answer_in_their_own_time(tmp_path):
    held = Held()
    async with live_agent(tmp_path, more_handlers={"vault_list": held}) as agent, command_line(agent) as one:
        slow = asyncio.create_task(one.call("vault_list"))
        await held.started.wait()
        assert (await one.call("agent_state"))["locked"]
        held.go.set()
        assert await slow == {"vaults": []}


async def test_cancel_ends_a_call_in_cancelled(tmp_path):
    held = Held()
    async with live_agent(tmp_path, more_handlers={"vault_list": held}) as agent:
        reader, writer = await raw_connection(agent.home)
        writer.write(encode_frame({"id": 1, "method": "agent_hello", "params": HELLO}))
        await read_body_async(reader)
        writer.write(encode_frame({"id": 2, "method": "vault_list", "params": {}}))
        await held.started.wait()
        writer.write(encode_frame({"cancel": 99}) + encode_frame({"cancel": 2}))
        answer = parse_frame(await read_body_async(reader))
        assert answer["id"] == 2 and answer["error"]["code"] == Cancelled.code
        assert held.cancelled
        writer.close()


async def test_a_client_that_leaves_cancels_nothing(tmp_path):
    held = Held()
    async with live_agent(tmp_path, more_handlers={"vault_list": held}) as agent:
        reader, writer = await raw_connection(agent.home)
        writer.write(encode_frame({"id": 1, "method": "agent_hello", "params": HELLO}))
        await read_body_async(reader)
        writer.write(encode_frame({"id": 2, "method": "vault_list", "params": {}}))
        await held.started.wait()
        writer.close()
        await until(lambda: len(agent.bus) == 0)
        assert not held.ended.is_set()
        held.go.set()
        await asyncio.wait_for(held.ended.wait(), 5)
        assert not held.cancelled


async def test_no_more_than_64_calls_wait_and_an_id_is_used_once_at_a_time(tmp_path):
    held = Held()
    async with live_agent(tmp_path, more_handlers={"vault_list": held}) as agent:
        reader, writer = await raw_connection(agent.home)
        writer.write(encode_frame({"id": 0, "method": "agent_hello", "params": HELLO}))
        await read_body_async(reader)
        for call_id in (*range(64), 64, 5):
            writer.write(encode_frame({"id": call_id, "method": "vault_list", "params": {}}))
        answers = [parse_frame(await read_body_async(reader)) for _ in range(2)]
        assert [(a["id"], a["error"]["reason"]) for a in answers] == [(64, "rate_limited"), (5, "id_in_use")]
        assert answers[0]["error"]["code"] == RateLimited.code
        held.go.set()
        done = [parse_frame(await read_body_async(reader)) for _ in range(64)]
        assert sorted(a["id"] for a in done) == list(range(64))
        writer.close()


async def test_a_mistake_of_ours_answers_as_such_and_logs_nothing_of_its_text(tmp_path, caplog):
    async def broken(_params, _client, _context):
        raise RuntimeError("share=5ec3e7")

    async with live_agent(tmp_path, more_handlers={"vault_list": broken}) as agent, command_line(agent) as one:
        with pytest.raises(Bug) as caught:
            await one.call("vault_list")
        assert "5ec3e7" not in str(caught.value.as_dict())
        assert "5ec3e7" not in caplog.text and "RuntimeError at test_session.py" in caplog.text
        assert (await one.call("agent_state"))["locked"]


async def test_a_result_of_another_form_is_a_mistake_of_ours(tmp_path):
    async def wrong(_params, _client, _context):
        return SiteList(sites=[])

    async def unchecked(_params, _client, _context):
        return VaultList.model_construct(vaults=[{"vault_id": 7}])

    more = {"vault_list": wrong, "account_list": unchecked}
    async with live_agent(tmp_path, more_handlers=more) as agent, command_line(agent) as one:
        for name in more:
            with pytest.raises(Bug):
                await one.call(name)


async def test_an_answer_that_no_browser_could_take_becomes_an_error(tmp_path):
    row = Account(
        account_id="0" * 32,
        vault_id="0" * 32,
        name="a",
        namespace="n" * 4096,
        address="x" * 4096,
        receive_ready=False,
        kind="vault",
        chains=[],
    )

    async def huge(_params, _client, _context):
        return AccountList(accounts=[row] * 200)

    async with live_agent(tmp_path, more_handlers={"account_list": huge}) as agent, command_line(agent) as one:
        with pytest.raises(FrameTooLarge):
            await one.call("account_list")
        assert (await one.call("agent_state"))["locked"]


async def test_shutdown_is_answered_before_it_happens(tmp_path):
    async with live_agent(tmp_path) as agent, command_line(agent) as one:
        assert await one.call("agent_shutdown") == {}
        assert agent.stopped.is_set()


# ── events ────────────────────────────────────────────────────────────────────────────────────────
async def test_events_reach_those_whom_they_concern(tmp_path):
    async with live_agent(tmp_path) as agent:
        proof = await pair(agent)
        async with command_line(agent) as cli, browser(agent) as stranger, browser(agent, profile=proof) as mine:
            news = RequestsChanged(request_id="0" * 32, state="proposed", pending=[])
            page = ProviderEvent(origin="https://a.example", name="connect", data_json="{}", document_id=None)
            agent.context.progress("word", "keygen", 1, 4)
            agent.bus.publish("requests_changed", news)
            agent.bus.publish("provider_event", page)
            last = StateChanged(state=await state_of(agent_client()))
            agent.bus.publish("state_changed", last)

            async def heard(client):
                names = []
                async for name, _message in client.events():
                    names.append(name)
                    if name == "state_changed":
                        break
                return names

            assert await heard(cli) == ["progress", "requests_changed", "state_changed"]
            assert await heard(mine) == ["progress", "requests_changed", "provider_event", "state_changed"]
            await stranger.call("agent_state")
            assert stranger._events.empty()


def agent_client():
    from counterfoil.dispatch.client import Client
    from counterfoil.protocol.method import Role

    return Client(1, Role.CLI, "cli")


async def test_an_event_takes_its_own_message_only(tmp_path):
    async with live_agent(tmp_path) as agent:
        with pytest.raises(TypeError):
            agent.bus.publish("progress", RequestsChanged(request_id="0" * 32, state="proposed", pending=[]))


async def test_who_does_not_read_is_dropped_and_holds_up_nobody(tmp_path, monkeypatch):
    monkeypatch.setattr(session_module, "MAX_UNSENT_BYTES", 100_000)
    async with live_agent(tmp_path) as agent, command_line(agent) as reader_of_all:
        _, deaf = await raw_connection(agent.home)
        deaf.write(encode_frame({"id": 1, "method": "agent_hello", "params": HELLO}))
        deaf.transport.pause_reading()
        await until(lambda: all(listener.role for listener in agent.bus._listeners.values()) and len(agent.bus) == 2)
        page = StateChanged(state=(await state_of(agent_client())).model_copy(update={"relay_url": "x" * 4000}))
        for _ in range(400):
            agent.bus.publish("state_changed", page)
            await reader_of_all.call("agent_state")
        assert len(agent.bus) == 1
        deaf.close()


async def test_the_client_forgets_the_oldest_events_nobody_reads(tmp_path):
    async with live_agent(tmp_path) as agent, command_line(agent) as one:
        for step in range(1100):
            agent.context.progress("word", "keygen", step, 4)
            if step % 100 == 0:
                await one.call("agent_state")
        await one.call("agent_state")
        _, first = await anext(one.events())
        assert first.step == 1100 - 1024


# ── the client ────────────────────────────────────────────────────────────────────────────────────
async def test_cancelling_the_waiting_task_cancels_the_call(tmp_path):
    held = Held()
    async with live_agent(tmp_path, more_handlers={"vault_list": held}) as agent, command_line(agent) as one:
        task = asyncio.create_task(one.call("vault_list"))
        await held.started.wait()
        task.cancel()
        await asyncio.wait_for(held.ended.wait(), 5)
        assert held.cancelled


async def test_a_client_without_an_agent_is_told_so(tmp_path):
    from counterfoil.home.paths import Home

    with pytest.raises(AgentUnreachable):
        async with AgentClient.connect(Home.at(tmp_path)):
            pass


async def test_calls_fail_typed_when_the_agent_ends(tmp_path):
    held = Held()
    async with live_agent(tmp_path, more_handlers={"vault_list": held}) as agent, command_line(agent) as one:
        task = asyncio.create_task(one.call("vault_list"))
        await held.started.wait()
        agent.bus.drop_all()
        with pytest.raises(AgentUnreachable):
            await asyncio.wait_for(task, 5)
        held.go.set()
        with pytest.raises(AgentUnreachable):
            await one.call("agent_state")


async def test_calls_sent_right_behind_hello_already_have_its_role(tmp_path):
    async with live_agent(tmp_path) as agent:
        frames = [{"id": 1, "method": "agent_hello", "params": HELLO}]
        frames += [{"id": n, "method": "profile_list", "params": {}} for n in range(2, 30)]
        answers = await exchange(agent, *frames)
        assert all("result" in answer for answer in answers)


async def test_remembers_which_versions_a_browser_runs(tmp_path):
    async with live_agent(tmp_path) as agent:
        proof = await pair(agent)
        async with browser(agent, profile=proof):
            pass
        assert settings.get(agent.db, VERSIONS) == {proof.profile_id: {"extension": __version__, "stub": __version__}}
