"""``counterfoil request speed-up``, ``request cancel`` and ``request fill``: what can still be done about a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterfoil.cli.request import RequestName, find_request, say_request
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import STATES
from counterfoil.errors import StateConflict

if TYPE_CHECKING:
    from counterfoil.protocol.request import Choice


@command("request", "speed-up")
def speed_up(run: Run, request: RequestName) -> None:
    """Offer the network a higher fee for a transaction that it has not taken yet.

    It makes a new request, which waits in the wallet's window for your approval and your passkey.
    """
    _again(run, request, "speed_up", "request_speedUp", "It can't be sped up")


@command("request", "cancel")
def cancel(run: Run, request: RequestName) -> None:
    """Call off a transaction that the network has not taken yet: one that does nothing takes its place.

    It makes a new request, which waits in the wallet's window for your approval and your passkey. The first one
    may still be faster.
    """
    _again(run, request, "cancel", "request_cancel", "It can't be called off")


@command("request", "fill")
def fill(run: Run, request: RequestName) -> None:
    """Let a transaction go on that waits for a number which was never used: one that does nothing uses it.

    It makes a new request, which waits in the wallet's window for your approval and your passkey.
    """
    _again(run, request, "fill", "request_fill", "It does not wait for an unused number")


def _again(run: Run, request: str, choice: Choice, method: str, otherwise: str) -> None:
    from counterfoil.protocol.request import RequestId, RequestView

    with run.agent() as agent:
        first = find_request(agent, request)
        if choice not in first.choices:
            raise StateConflict(
                f"{otherwise}: {STATES[first.state]}. Nothing was changed.",
                remedy=f"See how it stands: counterfoil request show {first.request_id[:8]}",
            )
        made = ask(agent, RequestView, method, RequestId(request_id=first.request_id))

    def human() -> None:
        say_request(run, made)
        run.screen.say("It waits in the wallet's window for your approval and your passkey. Nothing is signed yet.")

    run.screen.show(made.model_dump(), human)
