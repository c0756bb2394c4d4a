"""``counterfoil account list``."""

from __future__ import annotations

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run


@command("account", "list")
def list_accounts(run: Run) -> None:
    """List your addresses. An address is shown only once every single loss has an answer."""
    from counterfoil.protocol.vault import AccountList

    with run.agent() as agent:
        found = ask(agent, AccountList, "account_list")

    def human() -> None:
        if not found.accounts:
            run.screen.say("There is no account yet: make a vault first.")
            return
        rows = [
            (a.name, a.namespace, a.address if a.address and a.receive_ready else "not yet: prove the recovery file")
            for a in found.accounts
        ]
        run.screen.table(("Name", "Kind", "Address"), rows)

    run.screen.show(found.model_dump(), human)
