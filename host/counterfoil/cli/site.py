"""``counterfoil site list`` and ``site revoke``."""

from __future__ import annotations

from typing import Annotated

import typer

from counterfoil.cli.terminal.command import Yes, command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import time_in_words, yes_no
from counterfoil.errors import Cancelled, NotFound


@command("site", "list")
def list_sites(run: Run) -> None:
    """List the sites that are connected, and what each may see."""
    from counterfoil.protocol.site import SiteList

    with run.agent() as agent:
        found = ask(agent, SiteList, "site_list")

    def human() -> None:
        if not found.sites:
            run.screen.say("No site is connected.")
            return
        rows = [
            (s.origin, ", ".join(s.accounts), s.chain, yes_no(s.has_passkey), time_in_words(s.connected_at))
            for s in found.sites
        ]
        run.screen.table(("Site", "Accounts", "Network", "Passkey", "Connected"), rows)

    run.screen.show(found.model_dump(), human)


@command("site", "revoke")
def revoke(
    run: Run,
    origin: Annotated[str, typer.Argument(help="The whole origin, as `site list` shows it: https://app.example")],
    *,
    yes: Yes = False,
) -> None:
    """Disconnect a site: it no longer sees your accounts and can't ask for anything."""
    from counterfoil.protocol.model import Empty
    from counterfoil.protocol.site import SiteList, SiteOrigin

    with run.agent() as agent:
        if origin not in {site.origin for site in ask(agent, SiteList, "site_list").sites}:
            raise NotFound(f"The site {origin} is not connected.", remedy="See `counterfoil site list`.")
        if not yes and not run.keyboard.confirm(f"Disconnect {origin}?", instead="--yes"):
            raise Cancelled("The site stays connected. Nothing was changed.")
        ask(agent, Empty, "site_revoke", SiteOrigin(origin=origin))
    run.screen.show(
        {"origin": origin, "revoked": True},
        lambda: run.screen.say(
            f"{origin} is disconnected.",
            "What it may already spend by permissions on a chain stays until you revoke those there.",
        ),
    )
