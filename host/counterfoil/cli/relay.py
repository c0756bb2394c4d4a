"""``counterfoil relay run``, ``relay share``, ``relay unshare`` and ``relay show``: how your devices reach each other."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import Yes, command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run
from counterfoil.errors import Cancelled

if TYPE_CHECKING:
    from counterfoil.protocol.device import RelayView


@command("relay", "run")
def relay(
    run: Run,
    *,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on; 0.0.0.0 for the whole network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0 takes a free one.")] = 8737,
) -> None:
    """Run a relay by itself, on a computer that all your devices reach.

    It moves sealed boxes between them and can read none. Ctrl-C ends it.
    """
    import asyncio

    asyncio.run(_serve(run, host, port))


@command("relay", "show")
def show(run: Run) -> None:
    """Show where this computer's relay listens."""
    from counterfoil.protocol.device import RelayView

    with run.agent() as agent:
        found = ask(agent, RelayView, "relay_state")
    run.screen.show(found.model_dump(), lambda: _say(run, found))


@command("relay", "share")
def share(
    run: Run,
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="This computer's address in that network, such as 192.168.1.20.")
    ],
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="PORT", help="0 takes a free one.")] = 8737,
    yes: Yes = False,
) -> None:
    """Let other devices reach this computer's relay, from now on.

    Everyone on that network can then connect to it. They see sealed boxes, sizes and times, and no content.
    """
    from counterfoil.protocol.device import ListenParams, RelayView

    question = f"Let everyone who reaches {address} connect to this computer's relay?"
    if not yes and not run.keyboard.confirm(question, instead="--yes"):
        raise Cancelled("The relay stays for this computer alone.")
    with run.agent() as agent:
        found = ask(agent, RelayView, "relay_listen", ListenParams(host=address, port=port))
    run.screen.show(found.model_dump(), lambda: _say(run, found))


@command("relay", "unshare")
def unshare(run: Run) -> None:
    """Keep this computer's relay for this computer alone. Devices elsewhere do not reach it any more."""
    from counterfoil.protocol.device import RelayView

    with run.agent() as agent:
        found = ask(agent, RelayView, "relay_unlisten")
    run.screen.show(found.model_dump(), lambda: _say(run, found))


def _say(run: Run, found: RelayView) -> None:
    run.screen.say(f"For this computer: {found.own_url}")
    if found.shared_url is None:
        run.screen.say("Other devices do not reach it. To let them: counterfoil relay share ADDRESS")
    else:
        run.screen.say(f"For your other devices: {found.shared_url}")


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
