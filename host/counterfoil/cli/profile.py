"""``counterfoil profile list``, ``profile confirm`` and ``profile revoke``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import Yes, command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.names import choose
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import time_in_words
from counterfoil.errors import Cancelled, InputError

if TYPE_CHECKING:
    from counterfoil.protocol.profile import Profile


@command("profile", "list")
def list_profiles(run: Run) -> None:
    """List the browser profiles that are paired with this computer."""
    from counterfoil.protocol.profile import ProfileList

    with run.agent() as agent:
        found = ask(agent, ProfileList, "profile_list")

    def human() -> None:
        if not found.profiles:
            run.screen.say("No browser is paired yet. Open Counterfoil in the browser, then run `counterfoil pair`.")
            return
        rows = [
            (p.name, p.browser, p.profile_id, time_in_words(p.created_at), time_in_words(p.last_seen_at))
            for p in found.profiles
        ]
        run.screen.table(("Name", "Browser", "Id", "Paired", "Last seen"), rows)

    run.screen.show(found.model_dump(), human)


@command("profile", "confirm")
def confirm(run: Run, code: Annotated[str, typer.Argument(help="The six digits that the browser shows.")]) -> None:
    """Pair the browser that shows this code. Only type a code that you see in your own browser."""
    with run.agent() as agent:
        profile = confirm_code(agent, code)
    run.screen.show(profile.model_dump(), lambda: run.screen.say(f"{profile.name} is paired with this computer."))


@command("profile", "revoke")
def revoke(
    run: Run,
    profile: Annotated[str, typer.Argument(metavar="PROFILE", help="Its id, the beginning of it, or its name.")],
    *,
    yes: Yes = False,
) -> None:
    """Forget a browser profile; its open connections end at once."""
    from counterfoil.protocol.model import Empty
    from counterfoil.protocol.profile import ProfileId, ProfileList

    with run.agent() as agent:
        found = choose(
            profile,
            ask(agent, ProfileList, "profile_list").profiles,
            kind="browser profile",
            listed_by="counterfoil profile list",
            id_of=lambda p: p.profile_id,
            name_of=lambda p: p.name,
        )
        if not yes and not run.keyboard.confirm(f"Forget {found.name} ({found.browser})?", instead="--yes"):
            raise Cancelled("The browser stays paired. Nothing was changed.")
        ask(agent, Empty, "profile_revoke", ProfileId(profile_id=found.profile_id))
    run.screen.show(
        {"profile_id": found.profile_id, "revoked": True},
        lambda: run.screen.say(f"{found.name} is no longer paired. It has to be paired again to be used."),
    )


def confirm_code(agent: Agent, code: str) -> Profile:
    """Pair whoever waits with this code. Raises: InputError, NotFound"""
    from counterfoil.protocol.profile import ConfirmParams, Profile

    digits = code.replace(" ", "").replace("-", "")
    if len(digits) != 6 or not (digits.isascii() and digits.isdigit()):
        raise InputError("A pairing code has six digits. Nothing was changed.", reason="code")
    return ask(agent, Profile, "profile_confirm", ConfirmParams(code=digits))
