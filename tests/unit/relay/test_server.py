from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import WSMsgType

from counterfoil.errors import RelayUnreachable
from counterfoil.relay.frames import (
    BOX_BYTES,
    MAX_FRAME_BYTES,
    Ack,
    Delivery,
    Failed,
    Post,
    Posted,
    Subscribe,
    Unsubscribe,
    Welcome,
    encode_client_frame,
    parse_relay_frame,
)
from counterfoil.relay.mailboxes import Limits
from counterfoil.relay.server import RelayServer, serve

A, B = b"a" * 32, b"b" * 32


class Raw:
    """A client that may send anything."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, frame) -> None:
        data = encode_client_frame(frame)
        await (self.socket.send_str(data) if isinstance(data, str) else self.socket.send_bytes(data))

    async def receive(self):
        message = await self.socket.receive(timeout=10)
        assert message.type in {WSMsgType.TEXT, WSMsgType.BINARY}, message
        return parse_relay_frame(message.data)


@asynccontextmanager
async def client(server: RelayServer) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.url) as socket:
        raw = Raw(socket)
        assert isinstance(await raw.receive(), Welcome)
        yield raw


async def test_queues_while_no_one_listens_and_delivers_in_order():
    async with await serve() as server, client(server) as one, client(server) as two:
        for number in range(3):
            await one.send(Post(number, A, bytes([number])))
            assert await one.receive() == Posted(number)
        await two.send(Subscribe(A))
        assert [(await two.receive()).box for _ in range(3)] == [b"\0", b"\1", b"\2"]


async def test_delivers_again_what_was_not_acknowledged_and_only_that():
    async with await serve() as server, client(server) as one:
        await one.send(Post(0, A, b"first"))
        await one.send(Post(1, A, b"second"))
        async with client(server) as two:
            await two.send(Subscribe(A))
            first = await two.receive()
            assert (await two.receive()).box == b"second"
            await two.send(Ack(A, first.number))
            await two.send(Post(7, B, b""))  # answered in order: the acknowledgement was seen
            assert await two.receive() == Posted(7)
        async with client(server) as three:
            await three.send(Subscribe(A))
            assert (await three.receive()).box == b"second"


async def test_the_newest_subscriber_takes_the_mailbox_over():
    async with await serve() as server, client(server) as one, client(server) as two:
        await one.send(Subscribe(A))
        await one.send(Post(0, B, b""))
        assert await one.receive() == Posted(0)
        await two.send(Subscribe(A))
        assert await one.receive() == Unsubscribe(A)
        await one.send(Post(1, A, b"x"))
        assert await one.receive() == Posted(1)
        assert (await two.receive()).box == b"x"


async def test_only_the_subscriber_may_acknowledge():
    async with await serve() as server, client(server) as one, client(server) as two:
        await one.send(Subscribe(A))
        await two.send(Post(0, A, b"x"))
        assert await two.receive() == Posted(0)
        delivery = await one.receive()
        await two.send(Ack(A, delivery.number))
        await two.send(Subscribe(A))
        assert await two.receive() == delivery


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site", "Sec-Fetch-Mode"])
async def test_refuses_every_request_of_a_browser(header):
    async with await serve() as server, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(server.url, headers={header: "null"})
        assert refusal.value.status == 403
        async with session.get(server.url.replace("ws:", "http:"), headers={header: "x"}) as answer:
            assert answer.status == 403


async def test_answers_plain_http_with_a_plain_refusal():
    async with await serve() as server, aiohttp.ClientSession() as session:
        url = server.url.replace("ws:", "http:")
        async with session.get(url) as answer:
            assert answer.status == 426
        async with session.get(url.replace("/v1", "/")) as answer:
            assert answer.status == 404


@pytest.mark.parametrize(
    "junk", [b"", b"\x01", b"\x02" + bytes(10), b"\xff" * 50, "{}", "[[[[", "\ud7ff", '{"type":1}']
)
async def test_hostile_input_gets_a_typed_error_and_the_relay_goes_on(junk):
    async with await serve() as server, client(server) as one:
        await (one.socket.send_str(junk) if isinstance(junk, str) else one.socket.send_bytes(junk))
        assert isinstance(await one.receive(), Failed)
        await one.send(Post(5, A, b"x"))
        assert await one.receive() == Posted(5)


async def test_a_client_that_sends_only_junk_is_sent_away():
    async with await serve(limits=Limits(bad_frames=3)) as server, client(server) as one, client(server) as two:
        for _ in range(4):
            await one.socket.send_bytes(b"junk")
        while (message := await one.socket.receive(timeout=10)).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED}:
            pass
        assert message.data == 1008
        await two.send(Post(0, A, b""))
        assert await two.receive() == Posted(0)


async def test_a_message_beyond_any_box_ends_the_connection_and_nothing_else():
    async with await serve() as server, client(server) as one, client(server) as two:
        await one.socket.send_bytes(bytes(MAX_FRAME_BYTES + 1))
        message = await one.socket.receive(timeout=10)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1009)
        await two.send(Post(0, A, b""))
        assert await two.receive() == Posted(0)


async def test_a_box_of_exactly_the_limit_passes_and_one_more_byte_does_not():
    async with await serve() as server, client(server) as one:
        await one.send(Post(0, A, bytes(BOX_BYTES)))
        assert await one.receive() == Posted(0)
        await one.send(Post(1, A, bytes(BOX_BYTES + 1)))
        assert await one.receive() == Failed("too_large", 1)


async def test_subscriptions_are_bounded_and_the_refused_one_is_named():
    async with await serve(limits=Limits(mailboxes_per_client=1)) as server, client(server) as one:
        await one.send(Subscribe(A))
        await one.send(Subscribe(A))
        await one.send(Subscribe(B))
        assert await one.receive() == Failed("too_many_mailboxes", None)
        assert await one.receive() == Unsubscribe(B)


async def test_refuses_more_clients_than_it_may_have():
    async with await serve(limits=Limits(clients=1)) as server, client(server), aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(server.url)
        assert refusal.value.status == 503


async def test_a_client_that_does_not_read_is_sent_away_and_holds_up_nobody():
    box = bytes(2**19)
    limits = Limits(send_seconds=0.2, mailbox_bytes=64 * 2**20)
    async with await serve(limits=limits) as server, client(server) as poster, client(server) as other:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
        try:
            writer.write(
                b"GET /v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            text = encode_client_frame(Subscribe(A)).encode()
            writer.write(bytes([0x81, 0x80 | len(text)]) + bytes(4) + text)
            await writer.drain()
            for number in range(40):
                await poster.send(Post(number, A, box))
                assert await poster.receive() == Posted(number)
            await other.send(Subscribe(B))
            await poster.send(Post(99, B, b"quick"))
            assert isinstance(await other.receive(), Delivery)
            await other.send(Subscribe(A))  # the slow one is gone or replaced: every box is still there
            assert (await other.receive()).box == box
        finally:
            writer.transport.abort()
            del reader


async def test_two_relays_have_different_names():
    names = set()
    for _ in range(2):
        async with (
            await serve() as server,
            aiohttp.ClientSession() as session,
            session.ws_connect(server.url) as socket,
        ):
            names.add(json.loads(await socket.receive_str())["relay"])
    assert len(names) == 2


async def test_says_when_its_address_is_taken():
    async with await serve() as server:
        with pytest.raises(RelayUnreachable) as refusal:
            await serve(port=server.port)
        assert refusal.value.word == "relay_address"


async def test_logs_nothing_of_what_passes(caplog):
    caplog.set_level(logging.DEBUG)
    async with await serve() as server, client(server) as one:
        await one.send(Post(0, A, b"very secret"))
        assert await one.receive() == Posted(0)
        await one.socket.send_bytes(b"\xffsecret junk")
        await one.receive()
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"secret nonsense\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    assert "secret" not in caplog.text
    assert A.hex() not in caplog.text
