"""``counterfoil passkey list``."""

from __future__ import annotations

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import time_in_words, yes_no


@command("passkey", "list")
def list_passkeys(run: Run) -> None:
    """List the passkeys on record: your own of the wallet, and one for each site that has one."""
    from counterfoil.protocol.passkey import PasskeyList

    with run.agent() as agent:
        found = ask(agent, PasskeyList, "passkey_list")

    def human() -> None:
        if not found.passkeys:
            run.screen.say(
                "There is no passkey yet. The first is made in the browser, when you open Counterfoil there."
            )
            return
        rows = [
            (
                p.name,
                "the wallet" if p.role == "home" else p.origin,
                yes_no(p.can_unlock),
                yes_no(p.synced),
                time_in_words(p.created_at),
                time_in_words(p.last_used_at),
            )
            for p in found.passkeys
        ]
        run.screen.table(("Name", "For", "Unlocks", "Synced", "Made", "Last used"), rows)

    run.screen.show(found.model_dump(), human)
