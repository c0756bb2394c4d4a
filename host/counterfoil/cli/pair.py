"""``counterfoil pair``: compare the code that waits and confirm it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.profile import confirm_code
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.run import Run
from counterfoil.errors import Cancelled, NotFound, WindowNeeded

if TYPE_CHECKING:
    from counterfoil.protocol.profile import Pairing, Profile

_POLL_SECONDS = 0.5
Wait = Annotated[int, typer.Option(min=0, metavar="SECONDS", help="How long to wait for a browser to ask.")]


@command("pair")
def pair(run: Run, *, wait: Wait = 120) -> None:
    """Pair a browser by comparing a code.

    Shows the code of the browser that waits, and asks you whether the browser shows the same.

    Scripts that know the code use `counterfoil profile confirm CODE`.
    """
    with run.agent() as agent:
        waiting = await_pairings(run, agent, wait)
        profile = compare(run, agent, waiting)
    run.screen.show(profile.model_dump(), lambda: run.screen.say(f"{profile.name} is paired with this computer."))


def await_pairings(run: Run, agent: Agent, seconds: int) -> list[Pairing]:
    """Browsers that wait to be paired, as soon as there is one. Raises: WindowNeeded"""
    from counterfoil.protocol.profile import PairingList

    deadline = run.now() + seconds
    told = False
    while not (found := ask(agent, PairingList, "profile_pending").pairings):
        if run.now() >= deadline:
            raise WindowNeeded(
                "No browser waits to be paired. Nothing was changed.",
                remedy="Open Counterfoil in the browser, then run `counterfoil pair` again.",
            )
        if not told:
            run.screen.note("Waiting for the browser. Open Counterfoil there.")
            told = True
        run.sleep(_POLL_SECONDS)
    return found


def compare(run: Run, agent: Agent, waiting: list[Pairing]) -> Profile:
    """The person says which of the codes is theirs. Raises: Cancelled"""
    for pairing in waiting:
        browser = "" if pairing.browser == pairing.name else f" ({pairing.browser})"
        question = (
            f"{pairing.name}{browser} asks to be paired and shows a code."
            f" Is it {spaced(pairing.code)} in your browser, too?"
        )
        if run.keyboard.confirm(question, instead="the code itself: `counterfoil profile confirm CODE`"):
            try:
                return confirm_code(agent, pairing.code)
            except NotFound:
                raise NotFound(
                    "This code is over. Nothing was changed.", remedy="Get a new one in the browser and try again."
                ) from None
    raise Cancelled(
        "No browser was paired. Nothing was changed.",
        remedy="If a code appeared that none of your browsers shows, another program on this computer asked for it.",
    )


def spaced(code: str) -> str:
    """``123 456``, easier to compare."""
    return f"{code[:3]} {code[3:]}"
