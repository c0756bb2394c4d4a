"""``counterfoil request approve``: the consent of the person at this device; it never stands in for the passkey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.request import RequestName, find_request, say_request
from counterfoil.cli.terminal.command import Yes, command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.names import choose
from counterfoil.cli.terminal.progress import shown_progress
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import STATES
from counterfoil.errors import AgentUnreachable, Cancelled, InputError, StateConflict, WindowNeeded

if TYPE_CHECKING:
    from counterfoil.protocol.request import Finished, RequestView


@command("request", "approve")
def approve(
    run: Run,
    request: RequestName,
    *,
    account: Annotated[
        list[str] | None,
        typer.Option(metavar="ACCOUNT", help="For a connection: an account that the site may see. May be repeated."),
    ] = None,
    yes: Yes = False,
) -> None:
    """Agree to a request as the person at this device.

    This never replaces the passkey: a request that needs one ends here with exit code 6, and goes on in
    the wallet's window.
    """
    from counterfoil.protocol.request import ApproveParams, Next

    with run.agent() as agent:
        view = find_request(agent, request)
        if view.state not in {"proposed", "consented"}:
            raise StateConflict(f"This request can't be approved any more: {STATES[view.state]}.")
        accounts = _chosen(view, account or [])
        if not yes:
            say_request(run, view)
            if not run.keyboard.confirm("Agree to this?", instead="--yes"):
                raise Cancelled("You did not agree. The request still waits. Nothing was signed.")
        params = ApproveParams(request_id=view.request_id, seq=view.seq, account_ids=accounts)
        with shown_progress(run.screen, "Telling your devices…") as on_progress:
            try:
                step = ask(agent, Next, "request_approve", params, on_progress).next
            except AgentUnreachable:
                raise AgentUnreachable(
                    "Counterfoil on this computer stopped answering. Your consent may have arrived; without the"
                    " passkey nothing is signed.",
                    remedy=f"See how it stands: counterfoil request show {view.request_id[:8]}",
                ) from None
    if step.step == "wait_for_others":
        names = ", ".join(party.name for party in step.request.parties if party.state != "agreed")
        raise WindowNeeded(
            f"Your consent is recorded. Now a person has to agree on {names}, and then a passkey has to be touched in the"
            " wallet's window. Nothing was signed.",
            request_id=view.request_id,
        )
    if step.step != "done":
        raise WindowNeeded(
            "Your consent is recorded. Now a passkey has to be touched, and only the wallet's window can ask for it."
            " Nothing was signed.",
            request_id=view.request_id,
        )
    run.screen.show(step.model_dump(), lambda: _say(run, step))


def _chosen(view: RequestView, wanted: list[str]) -> list[str]:
    """The accounts of a connection; nothing for other requests. Raises: InputError, NotFound"""
    if view.kind != "connect":
        if wanted:
            raise InputError("Only a connection takes --account.", reason="usage")
        return []
    if not wanted and len(view.account_choices) == 1:
        return [view.account_choices[0].account_id]
    if not wanted:
        raise InputError(
            "Say which of your accounts the site may see. Nothing was changed.",
            reason="usage",
            remedy=f"Add --account; the choices: counterfoil request show {view.request_id[:8]}",
        )
    return [
        choose(
            name,
            view.account_choices,
            kind="account",
            listed_by=f"counterfoil request show {view.request_id[:8]}",
            id_of=lambda c: c.account_id,
            name_of=lambda c: c.name,
        ).account_id
        for name in wanted
    ]


def _say(run: Run, step: Finished) -> None:
    if step.request.asked_by is not None and step.request.state == "consented":
        run.screen.say(f"You agreed. It goes on at {step.request.asked_by}, where the passkey is touched.")
        return
    run.screen.say(f"Done: {STATES[step.request.state]}.")
    if step.request.transaction_id is not None:
        run.screen.say(f"  transaction: {step.request.transaction_id}")
