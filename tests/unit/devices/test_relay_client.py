from __future__ import annotations

import asyncio

import pytest

from counterfoil.devices.relay_client import RelayClient, answers_soon, check_relay_url
from counterfoil.errors import InvalidMessage, RelayUnreachable, StateConflict
from counterfoil.relay.frames import BOX_BYTES
from counterfoil.relay.mailboxes import Limits
from counterfoil.relay.server import serve
from tests.unit.devices.scene import PATIENT

A, B = b"a" * 32, b"b" * 32


async def test_boxes_arrive_in_order():
    async with await serve() as server, RelayClient(server.url) as one, RelayClient(server.url) as two:
        boxes = two.subscribe(A)
        await asyncio.gather(*(one.post(A, bytes([number])) for number in range(50)))
        assert [await anext(boxes) for _ in range(50)] == [bytes([number]) for number in range(50)]


async def test_a_box_being_worked_on_comes_again_after_a_crash():
    async with await serve() as server, RelayClient(server.url) as one:
        await one.post(A, b"1")
        await one.post(A, b"2")
        async with RelayClient(server.url) as two:
            boxes = two.subscribe(A)
            await anext(boxes)
            assert await anext(boxes) == b"2"  # acknowledges the first
            await two.post(B, b"")  # the acknowledgement went before this
        async with RelayClient(server.url) as three:
            assert await anext(three.subscribe(A)) == b"2"


async def test_one_client_reads_a_mailbox_once():
    async with await serve() as server, RelayClient(server.url) as client:
        boxes = client.subscribe(A)
        with pytest.raises(StateConflict):
            client.subscribe(A)
        boxes.close()
        with pytest.raises(StopAsyncIteration):
            await anext(boxes)
        client.subscribe(A)


async def test_says_when_no_relay_is_there():
    async with await serve() as server:
        url = server.url
    async with RelayClient(url, patience=PATIENT) as client:
        with pytest.raises(RelayUnreachable):
            await client.ready(0.05)
        with pytest.raises(RelayUnreachable):
            await client.post(A, b"", timeout_seconds=0.05)


async def test_a_relay_started_again_gets_the_subscriptions_and_what_was_not_posted():
    server = await serve()
    async with RelayClient(server.url, patience=PATIENT) as client:
        reset = asyncio.Event()
        client.on_reset(reset.set)
        boxes = client.subscribe(A)
        await client.post(A, b"before")
        assert await anext(boxes) == b"before"
        await server.close()
        waiting = asyncio.create_task(client.post(A, b"during"))
        async with await serve(port=server.port):
            await asyncio.wait_for(waiting, 10)
            assert await asyncio.wait_for(anext(boxes), 10) == b"during"
            assert reset.is_set()


async def test_a_refused_post_says_why():
    async with await serve(limits=Limits(mailbox_boxes=1)) as server, RelayClient(server.url) as client:
        await client.post(A, b"1")
        with pytest.raises(RelayUnreachable) as refusal:
            await client.post(A, b"2")
        assert refusal.value.word == "mailbox_full"


async def test_a_box_beyond_the_limit_is_not_even_sent():
    async with await serve() as server, RelayClient(server.url) as client:
        await client.post(A, bytes(BOX_BYTES))
        with pytest.raises(InvalidMessage):
            await client.post(A, bytes(BOX_BYTES + 1))


async def test_closing_ends_posts_and_subscriptions():
    async with await serve() as server:
        url = server.url
    client = RelayClient(url, patience=PATIENT)
    async with client:
        boxes = client.subscribe(A)
        post = asyncio.create_task(client.post(A, b"x"))
        read = asyncio.create_task(anext(boxes))
        await asyncio.wait({post, read}, timeout=0.01)
    for task, error in ((post, RelayUnreachable), (read, StopAsyncIteration)):
        with pytest.raises((error, RuntimeError)):
            await task


@pytest.mark.parametrize(
    "frames", [["junk"], [b"\xff\xff"], ["{}"], ['{"type":"error","reason":"x","ref":1}'], [b"\x12\0\0\0\1"]]
)
async def test_a_thing_that_is_no_relay_is_tried_again_and_never_believed(frames):
    from aiohttp import web

    met = asyncio.Event()
    visits = 0

    async def impostor(request):
        nonlocal visits
        visits += 1
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for frame in frames:
            await (socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame))
        if visits == 2:
            met.set()
        await socket.receive()
        return socket

    app = web.Application()
    app.router.add_get("/v1", impostor)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with RelayClient(f"ws://127.0.0.1:{runner.addresses[0][1]}/v1", patience=PATIENT) as client:
            await asyncio.wait_for(met.wait(), 10)
            assert not client.is_connected
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/v1", "wss://relay.example/v1", "ws://[::1]:9/v1"])
def test_accepts_the_address_of_a_relay(url):
    assert check_relay_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://a/",
        "ws://",
        "ws://a:99999/",
        "ws://a b/",
        "ws://ä/",
        "ws://a/" + "x" * 200,
        "ws://[::1",
        "ws://a\n/",
    ],
)
def test_refuses_what_is_no_address_of_a_relay(url):
    with pytest.raises(InvalidMessage):
        check_relay_url(url)


async def test_says_whether_a_relay_answers():
    async with await serve() as server:
        url = server.url
        assert await answers_soon(url)
    assert not await answers_soon(url, 0.05)
