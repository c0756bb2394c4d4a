"""An HTTP server that answers JSON-RPC as a test says, well or badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def rpc_node(answer: Answer) -> AsyncIterator[str]:
    """The URL of a server whose every POST is answered by ``answer``."""

    async def handle(request: web.Request) -> web.StreamResponse:
        return await answer(request, await request.json())

    app = web.Application()
    app.router.add_post("/{path:.*}", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}/key"
    finally:
        await runner.cleanup()


def results(**by_method: Any) -> Answer:
    """A node that answers each method with a value; an exception's text becomes its refusal."""

    async def answer(_request: web.Request, call: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(0)
        value = by_method.get(call["method"], Exception("the method does not exist"))
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": call["id"]}
        if isinstance(value, Exception):
            reply["error"] = {"code": -32000, "message": str(value)}
        else:
            reply["result"] = value
        return web.json_response(reply)

    return answer


def raw_body(body: str | bytes, status: int = 200, **headers: str) -> Answer:
    """A node that answers anything with these bytes; ``ID`` in them becomes the call's id."""

    async def answer(_request: web.Request, call: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(0)
        text = body.encode() if isinstance(body, str) else body
        return web.Response(body=text.replace(b"ID", json.dumps(call["id"]).encode()), status=status, headers=headers)

    return answer
