"""``counterfoil account safe create`` and ``account safe set-up``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.names import choose
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


@command("account", "safe", "set-up")
def set_up(
    run: Run,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its id or name, as `account list` shows it.")],
    *,
    chain: Annotated[
        str | None, typer.Option(metavar="CHAIN", help="The network; else the one on which new sites start.")
    ] = None,
) -> None:
    """Create a Safe on a network with its 14-day lock, before it receives anything there.

    It is decided in the wallet's window, with the Safe's own passkey; your vault account pays the fee.
    """
    from counterfoil.protocol.request import RequestView
    from counterfoil.protocol.safe import SetUpParams
    from counterfoil.protocol.vault import AccountList

    with run.agent() as agent:
        found = choose(
            account,
            [one for one in ask(agent, AccountList, "account_list").accounts if one.kind == "safe"],
            kind="Safe",
            listed_by="counterfoil account list",
            id_of=lambda one: one.account_id,
            name_of=lambda one: one.name,
        )
        view = ask(agent, RequestView, "safe_setUp", SetUpParams(account_id=found.account_id, chain=chain))
        run.screen.note(f"Go on in the wallet's window: request {' '.join(view.words)}.")
        view = _decided(agent, view)
    if view.transaction_id is None:
        raise Cancelled("It was not set up. Nothing was signed.")
    run.screen.show(view.model_dump(), lambda: run.screen.say(f"On its way: {view.transaction_id}"))


def _decided(agent: Agent, view: RequestView) -> RequestView:
    """The request once it is over; at the latest when it expires."""
    import time

    from counterfoil.protocol.request import RequestId, RequestView

    while view.state in {"proposed", "consented", "approved", "released", "signed"}:
        time.sleep(POLL_SECONDS)
        view = ask(agent, RequestView, "request_get", RequestId(request_id=view.request_id))
    return view
