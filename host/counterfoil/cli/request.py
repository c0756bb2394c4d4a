"""``counterfoil request list``, ``request show`` and ``request refuse``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.names import choose
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import STATES, bytes_in_words, simulation_in_words, time_in_words
from counterfoil.errors import NotFound

if TYPE_CHECKING:
    from counterfoil.protocol.request import RequestList, RequestView

RequestName = Annotated[str, typer.Argument(metavar="REQUEST", help="Its id, or the beginning of it.")]
PAGE = 50
_PAGES = 20


@command("request", "list")
def list_requests(
    run: Run,
    *,
    everything: Annotated[bool, typer.Option("--all", help="The decided ones too.")] = False,
    before: Annotated[
        int | None, typer.Option(min=0, metavar="NUMBER", help="Only those with a smaller number.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=PAGE, metavar="NUMBER", help="How many at most.")] = 20,
) -> None:
    """List what waits for your decision, newest first."""
    with run.agent() as agent:
        found = _page(agent, pending=not everything, before=before, limit=limit)

    def human() -> None:
        if not found.requests:
            run.screen.say("There has been no request yet." if everything else "Nothing waits for you.")
            return
        rows = [(str(r.seq), r.request_id[:8], r.origin, r.sentence, STATES[r.state]) for r in found.requests]
        run.screen.table(("No.", "Id", "Who asks", "What", "State"), rows)
        if found.more:
            run.screen.say(f"There are more: --before {found.requests[-1].seq}")

    run.screen.show(found.model_dump(), human)


@command("request", "show")
def show_request(run: Run, request: RequestName) -> None:
    """Show a request: who asks, what its bytes do, and how it stands."""
    with run.agent() as agent:
        found = find_request(agent, request)
    run.screen.show(found.model_dump(), lambda: say_request(run, found))


@command("request", "refuse")
def refuse(run: Run, request: RequestName) -> None:
    """Refuse a request that waits. The site is told that you refused."""
    from counterfoil.protocol.request import RequestId, RequestView

    with run.agent() as agent:
        found = find_request(agent, request)
        ended = ask(agent, RequestView, "request_refuse", RequestId(request_id=found.request_id))
    run.screen.show(ended.model_dump(), lambda: run.screen.say("You refused it. Nothing was signed."))


def find_request(agent: Agent, wanted: str) -> RequestView:
    """Raises: NotFound, InputError"""
    from counterfoil.protocol.request import RequestId, RequestView

    if len(wanted) == 32 and all(c in "0123456789abcdef" for c in wanted):
        return ask(agent, RequestView, "request_get", RequestId(request_id=wanted))
    before: int | None = None
    seen: list[RequestView] = []
    for _ in range(_PAGES):
        page = _page(agent, pending=False, before=before, limit=PAGE)
        seen += page.requests
        if not page.more or not page.requests:
            break
        before = page.requests[-1].seq
    if not seen:
        raise NotFound("There has been no request yet.")
    return choose(
        wanted,
        seen,
        kind="request",
        listed_by="counterfoil request list --all",
        id_of=lambda r: r.request_id,
        name_of=lambda r: str(r.seq),
    )


def say_request(run: Run, view: RequestView) -> None:
    """All that the window shows, in the window's order."""
    say = run.screen.say
    say(f"{view.origin} asks:" if view.asked_by is None else f"{view.asked_by} asks you to agree, for {view.origin}:")
    say(*bytes_in_words(view))
    if view.kind == "administration":
        say(*(f"  {detail.label}: {detail.value}" for detail in view.details))
    if view.text is not None:
        say("  the text to sign:", *(f"    | {line}" for line in view.text.splitlines()))
    if view.simulation is not None:
        say(*simulation_in_words(view.simulation))
    if view.account_name is not None:
        say(f"  account: {view.account_name} {view.address or ''}".rstrip())
    if view.chain_name is not None:
        say(f"  network: {view.chain_name}" + (" (test network)" if view.testnet else ""))
    if view.words:
        say(f"  words, the same on every screen of yours: {' '.join(view.words)}")
    say(f"  state: {STATES[view.state]}", f"  asked: {time_in_words(view.created_at)}")
    if view.state in {"proposed", "consented"}:
        say(f"  expires: {time_in_words(view.expires_at)}")
    say(*_how_it_stands(view))
    for choice in view.account_choices:
        say(f"  account it may see if you choose so: {choice.name} {choice.address} (id {choice.account_id[:8]})")


def _how_it_stands(view: RequestView) -> list[str]:
    """What became of it, and what can still be done."""
    rows = [
        ("transaction", view.transaction_id),
        ("to look it up", view.explorer_url),
        ("how it ended", view.error.message if view.error else None),
        ("in the place of", view.parent_id[:8] if view.parent_id else None),
        ("note", view.note),
        ("what you can do", ", ".join(choice.replace("_", "-") for choice in view.choices)),
    ]
    return [f"  {label}: {text}" for label, text in rows if text]


def _page(agent: Agent, *, pending: bool, before: int | None, limit: int) -> RequestList:
    from counterfoil.protocol.request import ListParams, RequestList

    return ask(agent, RequestList, "request_list", ListParams(pending=pending, before=before, limit=limit))
