from __future__ import annotations

import asyncio

import pytest

from counterfoil.devices import link as link_module
from counterfoil.devices.relay_client import RelayClient
from counterfoil.errors import (
    Bug,
    InvalidMessage,
    PartyRefused,
    PartyUnavailable,
    PolicyRefused,
    RateLimited,
    Retry,
    StateConflict,
    UserRejected,
)
from counterfoil.relay.server import serve
from tests.unit.devices.scene import PATIENT, Side, linked, sides


async def test_both_call_each_other():
    async with linked() as (ann, ann_link, ben, ben_link):
        assert await ann_link.call("one", {"a": 1}) == {"echo": {"a": 1}}
        assert await ben_link.call("two", {"b": [2]}) == {"echo": {"b": [2]}}
        assert (ben.served, ann.served) == ([("one", {"a": 1})], [("two", {"b": [2]})])


async def test_many_calls_at_once_find_their_own_answers():
    async with linked() as (_, ann_link, ben, _):
        answers = await asyncio.gather(*(ann_link.call("x", {"n": number}) for number in range(40)))
        assert answers == [{"echo": {"n": number}} for number in range(40)]
        assert [body["n"] for _, body in ben.served] == list(range(40))


async def test_a_note_arrives_and_is_not_answered():
    async with linked() as (_, ann_link, ben, _):
        await ann_link.notify("news", {"n": 1})
        await ann_link.call("after", {})
        assert ben.served == [("news", {"n": 1}), ("after", {})]


async def test_errors_of_the_other_side_keep_their_class():
    async with linked() as (_, ann_link, ben, _):
        ben.error = PolicyRefused("Too much.", limit=5)
        with pytest.raises(PolicyRefused, match="Too much") as refusal:
            await ann_link.call("x", {})
        assert refusal.value.details == {"limit": 5, "said_by": "peer"}
        ben.error = KeyError("private detail")
        with pytest.raises(PartyRefused) as refusal:
            await ann_link.call("x", {})
        assert "private" not in str(refusal.value.as_dict())


async def test_an_answer_that_cannot_be_sent_is_an_error_at_once():
    async with sides() as (_, ann, ben):

        async def serve_floats(_kind, _body):
            return {"x": 1.5}

        ben.on_call = serve_floats
        async with ann.link() as ann_link, ben.link():
            with pytest.raises(PartyRefused):
                await ann_link.call("x", {}, 10)


async def test_refuses_to_send_too_much_and_goes_on():
    async with linked() as (_, ann_link, _, _):
        with pytest.raises(InvalidMessage):
            await ann_link.call("x", {"x": "y" * 2**20})
        assert await ann_link.call("x", {"x": "y" * (2**20 - 2000)})


async def test_no_answer_in_time_is_an_unavailable_party_and_the_link_recovers():
    async with linked() as (_, ann_link, ben, _):
        with pytest.raises(PartyUnavailable):
            await ann_link.call("slow", {}, 0.1)
        ben.release.set()
        assert await ann_link.call("x", {}, 10) == {"echo": {}}


async def test_nobody_there_is_an_unavailable_party():
    async with sides() as (_, ann, _), ann.link() as ann_link:
        with pytest.raises(PartyUnavailable):
            await ann_link.ready(0.1)
        with pytest.raises(PartyUnavailable):
            await ann_link.call("x", {}, 0.1)
        assert not ann_link.is_connected


async def test_no_relay_is_an_unavailable_party_with_its_reason():
    async with await serve() as server:
        url = server.url
    async with RelayClient(url, patience=PATIENT) as relay, Side("ann", "ben", relay).link() as ann_link:
        with pytest.raises(PartyUnavailable) as refusal:
            await ann_link.call("x", {}, 0.1)
        assert refusal.value.word == "relay_unreachable"


@pytest.mark.parametrize("late", ["ann", "ben"])
async def test_finds_a_peer_that_comes_later(late):
    async with sides() as (_, ann, ben):
        first, second = (ben, ann) if late == "ann" else (ann, ben)
        async with first.link() as early_link:
            waiting = asyncio.create_task(early_link.call("x", {}, 10))
            async with second.link():
                assert await waiting == {"echo": {}}


@pytest.mark.parametrize("stays", ["ann", "ben"])
async def test_a_peer_that_starts_again_is_found_again_and_its_old_calls_end(stays):
    async with sides() as (server, ann, ben):
        stayer, goer = (ann, ben) if stays == "ann" else (ben, ann)
        async with stayer.link() as link:
            old = goer.link()
            await old.__aenter__()
            waiting = asyncio.create_task(link.call("slow", {}, 20))
            await goer.started.wait()
            goer.relay._task.cancel()  # killed: no good-bye
            relay = RelayClient(server.url, patience=PATIENT)
            async with relay, Side(goer.name, goer.peer, relay).link() as again:
                await again.ready(10)
                with pytest.raises(Retry):
                    await waiting
                assert await link.call("x", {}, 10) == {"echo": {}}
                assert await again.call("x", {}, 10) == {"echo": {}}
            await old.close()


async def test_a_peer_that_says_good_bye_is_disconnected_at_once():
    async with sides() as (_, ann, ben), ann.link() as ann_link:
        async with ben.link() as ben_link:
            await ann_link.ready(10)
            await ben_link.ready(10)
            waiting = asyncio.create_task(ann_link.call("slow", {}, 20))
            await ben.started.wait()
        with pytest.raises(PartyUnavailable):
            await waiting
        assert not ann_link.connected.is_set()


async def test_a_relay_started_again_amid_a_call_ends_it_cleanly_and_the_link_comes_back():
    server = await serve()
    async with RelayClient(server.url, patience=PATIENT) as one, RelayClient(server.url, patience=PATIENT) as two:
        ann, ben = Side("ann", "ben", one), Side("ben", "ann", two)
        async with ann.link() as ann_link, ben.link() as ben_link:
            waiting = asyncio.create_task(ann_link.call("slow", {}, 20))
            await ben.started.wait()
            await server.close()
            async with await serve(port=server.port):
                with pytest.raises((Retry, PartyUnavailable)):
                    await waiting
                assert await ann_link.call("x", {}, 10) == {"echo": {}}
                assert await ben_link.call("x", {}, 10) == {"echo": {}}


async def test_a_call_survives_a_broken_connection_to_the_same_relay():
    async with linked() as (ann, ann_link, ben, _):
        waiting = asyncio.create_task(ann_link.call("slow", {"n": 1}, 20))
        await ben.started.wait()
        for side in (ann, ben):
            await side.relay._socket._socket.close()
        ben.release.set()
        assert await waiting == {"echo": {"n": 1}}
        assert ben.served == [("slow", {"n": 1})]


async def test_closing_a_link_ends_its_calls():
    async with linked() as (_, ann_link, ben, _):
        waiting = asyncio.create_task(ann_link.call("slow", {}, 20))
        await ben.started.wait()
        await ann_link.close()
        with pytest.raises(Retry):
            await waiting


async def test_each_side_hears_the_others_hello():
    heard = {}
    async with sides() as (_, ann, ben):
        ann_link = ann.link(hello=lambda: {"head": "a"}, on_hello=lambda hello: heard.update(ann=hello))
        ben_link = ben.link(hello=lambda: {"head": "b"}, on_hello=lambda hello: heard.update(ben=hello))
        async with ann_link, ben_link:
            await ann_link.ready(10)
            await ben_link.ready(10)
    assert heard == {"ann": {"head": "b"}, "ben": {"head": "a"}}


@pytest.mark.parametrize("judge", ["ann", "ben"])
async def test_a_refused_hello_ends_in_the_same_error_on_both_sides(judge):
    def refuse(_hello):
        raise UserRejected("Behind its witnessed head.")

    async with sides() as (_, ann, ben):
        judging, judged = (ann, ben) if judge == "ann" else (ben, ann)
        async with judging.link(on_hello=refuse) as one, judged.link() as two:
            for link in (one, two):
                with pytest.raises(UserRejected, match="witnessed"):
                    await link.ready(10)
                assert not link.is_connected
            with pytest.raises(UserRejected):
                await two.call("x", {}, 10)


async def test_a_judge_that_fails_refuses_without_details():
    def fail(_hello):
        raise KeyError("private detail")

    async with sides() as (_, ann, ben), ann.link(on_hello=fail) as ann_link, ben.link() as ben_link:
        with pytest.raises(Bug):
            await ann_link.ready(10)
        with pytest.raises(PartyRefused) as refusal:
            await ben_link.ready(10)
        assert "private" not in str(refusal.value.as_dict())


async def test_serves_only_so_many_calls_at_once(monkeypatch):
    monkeypatch.setattr(link_module, "MAX_CALLS_SERVED", 2)
    async with linked() as (_, ann_link, ben, _):
        waiting = [asyncio.create_task(ann_link.call("slow", {}, 20)) for _ in range(2)]
        await ben.started.wait()
        with pytest.raises(RateLimited):
            while True:
                await ann_link.call("slow", {}, 20)
        ben.release.set()
        assert await asyncio.gather(*waiting) == [{"echo": {}}] * 2


async def test_one_relay_client_serves_a_link_once():
    async with sides() as (_, ann, _), ann.link():
        with pytest.raises(StateConflict):
            await ann.link().__aenter__()


async def test_a_peer_that_is_no_longer_acceptable_loses_the_session_it_had():
    verdicts = []

    def judge(_hello):
        if verdicts:
            raise UserRejected("Forked.")

    async with sides() as (server, ann, ben), ann.link(on_hello=judge) as ann_link, ben.link() as first:
        await first.ready(10)
        waiting = asyncio.create_task(first.call("slow", {}, 20))
        await ann.started.wait()
        verdicts.append("forked")
        relay = RelayClient(server.url, patience=PATIENT)
        async with relay, Side("ben", "ann", relay).link() as again:
            with pytest.raises(UserRejected):
                await again.ready(10)
        assert not ann_link.connected.is_set()
        waiting.cancel()
