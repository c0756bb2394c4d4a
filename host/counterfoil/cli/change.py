"""``counterfoil change``: what was asked for on another device, or here, and waits for a person or a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import Yes, command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.names import choose
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import time_in_words
from counterfoil.errors import Cancelled

if TYPE_CHECKING:
    from counterfoil.protocol.change import Change

ChangeName = Annotated[
    str, typer.Argument(metavar="CHANGE", help="The beginning of its id, as `change list` shows it.")
]


@command("change", "list")
def list_changes(run: Run) -> None:
    """List the changes that wait: who asked, what for, and until when anybody can call them off."""
    with run.agent() as agent:
        found = _listed(agent)

    def human() -> None:
        if not found:
            run.screen.say("No change waits.")
        for change in found:
            _say(run, change)

    run.screen.show({"changes": [change.model_dump() for change in found]}, human)


@command("change", "agree")
def agree(run: Run, change: ChangeName, *, yes: Yes = False) -> None:
    """Agree, as the person at this device, to a change that another device asked for."""
    from counterfoil.protocol.change import Change, ChangeId

    with run.agent() as agent:
        found = _chosen(agent, change)
        if not yes:
            _say(run, found)
            if not run.keyboard.confirm("Did you ask for this yourself, on the other device?", instead="--yes"):
                raise Cancelled("You did not agree. The change still waits; `counterfoil change cancel` ends it.")
        done = ask(agent, Change, "change_agree", ChangeId(change_id=found.change_id))
    run.screen.show(done.model_dump(), lambda: run.screen.say("You agreed. The other device carries it out."))


@command("change", "cancel")
def cancel(run: Run, change: ChangeName) -> None:
    """Call a change off, on every device."""
    from counterfoil.protocol.change import Change, ChangeId

    with run.agent() as agent:
        found = _chosen(agent, change)
        done = ask(agent, Change, "change_cancel", ChangeId(change_id=found.change_id))
    run.screen.show(done.model_dump(), lambda: run.screen.say("It is called off. Nothing was changed."))


def _listed(agent: Agent) -> list[Change]:
    from counterfoil.protocol.change import ChangeList

    return list(ask(agent, ChangeList, "change_list").changes)


def _chosen(agent: Agent, wanted: str) -> Change:
    """Raises: NotFound, InputError"""
    return choose(
        wanted,
        _listed(agent),
        kind="change",
        listed_by="counterfoil change list",
        id_of=lambda change: change.change_id,
        name_of=lambda change: change.sentence,
    )


def _say(run: Run, change: Change) -> None:
    run.screen.say(f"{change.change_id[:8]}  {change.sentence}")
    run.screen.say(
        f"  asked for by {'this device' if change.asked_here else change.asked_by}, {time_in_words(change.heard_at)}"
    )
    if change.waits_for:
        run.screen.say(
            f"  waits for a person at {', '.join(change.waits_for)}, or until {time_in_words(change.ready_at)}"
        )
    run.screen.say("  If you did not ask for it: `counterfoil change cancel " + change.change_id[:8] + "`")
