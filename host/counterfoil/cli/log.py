"""``counterfoil log show`` and ``log verify``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import time_in_words


@command("log", "show")
def show_log(
    run: Run,
    *,
    limit: Annotated[int, typer.Option(min=1, max=200, metavar="NUMBER", help="How many at most.")] = 20,
    before: Annotated[
        int | None, typer.Option(min=0, metavar="NUMBER", help="Only entries with a smaller number.")
    ] = None,
) -> None:
    """Show the log of decisions, newest first."""
    from counterfoil.protocol.log import LogPage, LogParams

    with run.agent() as agent:
        page = ask(agent, LogPage, "log_show", LogParams(before=before, limit=limit))

    def human() -> None:
        if not page.entries:
            run.screen.say("The log is empty.")
            return
        rows = [
            (str(e.seq), time_in_words(e.time), e.kind, json.dumps(e.body, ensure_ascii=False)) for e in page.entries
        ]
        run.screen.table(("No.", "When", "What", "Details"), rows)
        if page.more:
            run.screen.say(f"There are more: --before {page.entries[-1].seq}")

    run.screen.show(page.model_dump(), human)


@command("log", "verify")
def verify_log(run: Run) -> None:
    """Check that no entry of the log was altered, left out or reordered."""
    from counterfoil.protocol.log import LogHead

    with run.agent() as agent:
        head = ask(agent, LogHead, "log_verify")
    run.screen.show(
        head.model_dump(),
        lambda: run.screen.say(f"The log is whole: {head.seq} entries.", f"  its last hash: {head.hash}"),
    )
