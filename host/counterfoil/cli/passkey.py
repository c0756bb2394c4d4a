"""``counterfoil passkey``: list, name, and where to go to add or remove one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.names import choose
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import time_in_words
from counterfoil.errors import InputError, StateConflict, WindowNeeded

if TYPE_CHECKING:
    from counterfoil.protocol.passkey import Passkey

PLACES = {
    "synced": "synced",
    "device": "this device only",
    "hardware": "security key",
    "unknown": "unknown",
}
LONGEST_NAME = 64
PasskeyName = Annotated[
    str,
    typer.Argument(
        metavar="PASSKEY", help="Its name, its site, or the beginning of its id, as `passkey list` shows them."
    ),
]


@command("passkey", "list")
def list_passkeys(run: Run) -> None:
    """List the passkeys on record: where each lives and is used, what it may do, and what to make of that."""
    with run.agent() as agent:
        found = _listed(agent)

    def human() -> None:
        if not found:
            run.screen.say(
                "There is no passkey yet. The first is made in the browser, when you open Counterfoil there."
            )
        for passkey in found:
            _say(run, passkey)
        homes = [passkey for passkey in found if passkey.role == "home"]
        if len(homes) == 1:
            run.screen.say(
                "There is one home passkey. Add a second one, on another device: open Counterfoil in the browser."
            )

    run.screen.show({"passkeys": [passkey.model_dump() for passkey in found]}, human)


@command("passkey", "add")
def add(run: Run) -> None:
    """Say where to add a home passkey: in the browser. Always ends with exit code 6."""
    with run.agent() as agent:
        _listed(agent)
    raise WindowNeeded(
        "A passkey is made in the browser. Nothing was changed.",
        remedy="Open Counterfoil in the browser and press “Add a second passkey” under Passkeys.",
    )


@command("passkey", "remove")
def remove(run: Run, which: PasskeyName) -> None:
    """Say where to remove a passkey: in the browser, by a home passkey. Ends with exit code 6."""
    with run.agent() as agent:
        listed = _listed(agent)
        found = _chosen(listed, which)
    if found.role == "home" and sum(one.role == "home" for one in listed) == 1:
        raise StateConflict(
            "This is the last home passkey: without it nothing could be changed any more. Nothing was changed.",
            reason="last_home_passkey",
            remedy="Add another home passkey first.",
        )
    other = "another home passkey" if found.role == "home" else "your home passkey"
    raise WindowNeeded(
        f"To remove “{found.name}”, {other} has to be touched. Nothing was changed.",
        remedy="Open Counterfoil in the browser and press “Remove” beside it, under Passkeys.",
    )


@command("passkey", "rename")
def rename(
    run: Run,
    which: PasskeyName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called from now on, on this computer.")],
) -> None:
    """Give a passkey another name, on this computer only."""
    from counterfoil.protocol.model import Empty
    from counterfoil.protocol.passkey import RenameParams

    with run.agent() as agent:
        found = _chosen(_listed(agent), which)
        if not 0 < len(name.strip()) <= LONGEST_NAME:
            raise InputError(f"A name has 1 to {LONGEST_NAME} characters. Nothing was changed.", reason="name")
        ask(agent, Empty, "passkey_rename", RenameParams(credential_id=found.credential_id, name=name.strip()))
    run.screen.show(
        {"credential_id": found.credential_id, "name": name},
        lambda: run.screen.say(f"“{found.name}” is called “{name}” now."),
    )


def _listed(agent: Agent) -> list[Passkey]:
    from counterfoil.protocol.passkey import PasskeyList

    return list(ask(agent, PasskeyList, "passkey_list").passkeys)


def _chosen(found: list[Passkey], wanted: str) -> Passkey:
    """Raises: NotFound, InputError"""
    return choose(
        wanted,
        found,
        kind="passkey",
        listed_by="counterfoil passkey list",
        id_of=lambda passkey: passkey.credential_id,
        name_of=lambda passkey: passkey.name if passkey.role == "home" or passkey.name == wanted else passkey.origin,
    )


def _say(run: Run, passkey: Passkey) -> None:
    where = PLACES[passkey.place] + (f", {passkey.maker}" if passkey.maker else "")
    run.screen.say(f"{passkey.name}  ({'home' if passkey.role == 'home' else 'site'}; {where})")
    run.screen.say(
        f"  used for:   {', '.join(f'Safe {use.name}' if use.kind == 'safe' else use.name for use in passkey.uses)}"
    )
    for line in passkey.may:
        run.screen.say(f"  may:        {line}")
    run.screen.say(f"  last used:  {time_in_words(passkey.last_used_at)}; made {time_in_words(passkey.created_at)}")
    run.screen.say(f"  advice:     {passkey.advice}", f"  id:         {passkey.credential_id[:16]}", "")
