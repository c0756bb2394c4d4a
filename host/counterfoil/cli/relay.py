"""``counterfoil relay``: run a relay for your devices."""

from __future__ import annotations

import json
import signal
from typing import Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.run import Run


@command("relay")
def relay(
    run: Run,
    *,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on; 0.0.0.0 for the whole network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0 takes a free one.")] = 8737,
) -> None:
    """Run a relay for your devices.

    It moves sealed boxes between them and can read none. Ctrl-C ends it.
    """
    import asyncio

    asyncio.run(_serve(run, host, port))


async def _serve(run: Run, host: str, port: int) -> None:
    import asyncio

    from counterfoil.relay.server import serve

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    async with await serve(host, port) as server:
        if run.screen.as_json:
            run.screen.out.write(json.dumps({"url": server.url}) + "\n")
        run.screen.say(f"The relay listens on {server.url}", "Ctrl-C ends it.")
        if host not in {"127.0.0.1", "::1", "localhost"}:
            run.screen.note(
                "Everyone on that network can reach it. They see sealed boxes, sizes and times, no content."
            )
        run.screen.out.flush()
        await stopped.wait()
