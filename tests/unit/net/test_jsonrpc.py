from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.errors import NodeRejected, NodeUnreachable
from counterfoil.net.jsonrpc import JsonRpc, check_url, parse_answer
from tests.fakes.rpc_node import raw_body, rpc_node


@pytest.fixture
async def rpc() -> AsyncIterator[JsonRpc]:
    client = JsonRpc()
    yield client
    await client.close()


async def test_a_result_comes_back(rpc: JsonRpc) -> None:
    async with rpc_node(raw_body('{"jsonrpc":"2.0","id":ID,"result":{"n":123456789012345678901234567890}}')) as url:
        assert await rpc.call(url, "m", []) == {"n": 123456789012345678901234567890}
    async with rpc_node(raw_body('{"jsonrpc":"2.0","id":ID,"result":null}')) as url:
        assert await rpc.call(url, "m", []) is None


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("not json", 200, "answer"),
        ("[]", 200, "answer"),
        ("{}", 200, "answer"),
        ('{"id":0,"result":1}', 200, "answer"),
        ('{"id":[1],"result":1}', 200, "answer"),
        ('{"id":ID,"result":1}', 500, "answer"),
        ("<html>", 502, "status"),
        (b"\xff", 200, "answer"),
        ('{"id":ID,"result":' + "[" * 100 + "]" * 100 + "}", 200, "answer"),
        ('{"id":ID,"result":"' + "a" * 6000 + '"}', 200, "too_large"),
    ],
)
async def test_a_bad_answer_is_an_unreachable_node(rpc: JsonRpc, body: str | bytes, status: int, reason: str) -> None:
    async with rpc_node(raw_body(body, status)) as url:
        with pytest.raises(NodeUnreachable) as caught:
            await rpc.call(url, "m", [], max_bytes=5000)
        assert caught.value.word == reason
        assert "key" not in json.dumps(caught.value.as_dict())


async def test_redirects_are_not_followed(rpc: JsonRpc) -> None:
    reached = []

    async def elsewhere(_request: web.Request, call: dict[str, object]) -> web.Response:
        reached.append(call)
        return web.json_response({"id": call["id"], "result": "0x1"})

    async with rpc_node(elsewhere) as target:
        for status in (301, 302, 307, 308):
            async with rpc_node(raw_body("", status, Location=target)) as url:
                with pytest.raises(NodeUnreachable) as caught:
                    await rpc.call(url, "m", [])
                assert caught.value.word == "redirect"
    assert reached == []


async def test_a_slow_node_ends_in_time(rpc: JsonRpc) -> None:
    async def sleepy(_request: web.Request, _call: object) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async def dripping(request: web.Request, _call: object) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    for answer in (sleepy, dripping):
        async with rpc_node(answer) as url:
            with pytest.raises(NodeUnreachable) as caught:
                await rpc.call(url, "m", [], seconds=0.1)
            assert caught.value.word == "timeout"


async def test_a_dead_node_is_unreachable(rpc: JsonRpc) -> None:
    with pytest.raises(NodeUnreachable) as caught:
        await rpc.call("http://127.0.0.1:1/secret", "m", [])
    assert caught.value.word == "connection"
    assert "secret" not in json.dumps(caught.value.as_dict())


async def test_the_nodes_own_error_is_kept(rpc: JsonRpc) -> None:
    error = '{"code":3,"message":"execution reverted: \\u0007no.","data":"0x08c379a0"}'
    async with rpc_node(raw_body('{"id":ID,"error":' + error + "}", 400)) as url:
        with pytest.raises(NodeRejected) as caught:
            await rpc.call(url, "m", [])
    details = caught.value.details
    assert (details["node_code"], details["data"]) == (3, "0x08c379a0")
    assert details["node_message"] == "execution reverted: \x07no."
    assert "\x07" not in caught.value.message
    async with rpc_node(raw_body('{"id":ID,"error":{"code":"x","data":{"a":1}}}')) as url:
        with pytest.raises(NodeRejected) as caught:
            await rpc.call(url, "m", [])
    assert (caught.value.details["node_code"], caught.value.details["data"]) == (-32603, '{"a": 1}')


def test_only_http_and_https_are_nodes() -> None:
    assert check_url("https://node.example:8545/v3/key") == "node.example"
    for url in (None, "", "ftp://a", "ws://a", "http://", "https://u:p@a", "//a", "http://[::1", "javascript:1"):
        with pytest.raises(NodeUnreachable):
            check_url(url)


@given(st.one_of(st.binary(max_size=80), st.text(max_size=80).map(str.encode)))
def test_garbage_is_a_value_error(raw: bytes) -> None:
    try:
        assert isinstance(parse_answer(raw), dict)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("date", "clock"),
    [("Sun, 06 Nov 1994 08:49:37 GMT", 784111777), ("yesterday", None), ("", None), ("9" * 400, None)],
)
async def test_the_nodes_clock_is_that_of_its_last_answer(rpc: JsonRpc, date: str, clock: int | None) -> None:
    async with rpc_node(raw_body('{"jsonrpc":"2.0","id":ID,"result":1}', Date=date)) as url:
        assert rpc.clock_of(url) is None
        await rpc.call(url, "m", [])
        assert rpc.clock_of(url) == clock
