"""``counterfoil account safe create``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.run import Run
from counterfoil.errors import Cancelled, WindowNeeded

if TYPE_CHECKING:
    from counterfoil.protocol.request import RequestView

POLL_SECONDS = 1.0


@command("account", "safe", "create")
def create_safe(
    run: Run,
    *,
    site: Annotated[
        str | None,
        typer.Option(
            metavar="ORIGIN", help="Owned by the passkey of this connected site, instead of your home passkey."
        ),
    ] = None,
    chain: Annotated[
        str | None, typer.Option(metavar="CHAIN", help="A network where Safe's contracts stand; else the current one.")
    ] = None,
) -> None:
    """Make a Safe account: the chain itself checks your passkey beside a key of your vault.

    Each act of a Safe publishes on the chain what its passkey signed: the site's address in clear, and
    the passkey's public key. It is decided in the wallet's window, with the home passkey.
    """
    from counterfoil.protocol.model import Empty
    from counterfoil.protocol.profile import ProfileList
    from counterfoil.protocol.request import RequestView
    from counterfoil.protocol.safe import ProposeParams

    with run.agent() as agent:
        if not ask(agent, ProfileList, "profile_list", Empty()).profiles:
            raise WindowNeeded("This takes your home passkey, and no browser is paired. Nothing was made.")
        view = ask(agent, RequestView, "safe_propose", ProposeParams(site=site, chain=chain))
        run.screen.note(f"Go on in the wallet's window: request {' '.join(view.words)}.")
        view = _decided(agent, view)
    if view.state != "final":
        raise Cancelled("It was not made. Nothing was signed.")
    run.screen.show(view.model_dump(), lambda: run.screen.say("Your Safe is made. See `counterfoil account list`."))


def _decided(agent: Agent, view: RequestView) -> RequestView:
    """The request once it is over; at the latest when it expires."""
    import time

    from counterfoil.protocol.request import RequestId, RequestView

    while view.state in {"proposed", "consented", "approved"}:
        time.sleep(POLL_SECONDS)
        view = ask(agent, RequestView, "request_get", RequestId(request_id=view.request_id))
    return view
