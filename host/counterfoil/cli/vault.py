"""``counterfoil vault list`` and ``vault show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.names import choose
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import time_in_words, yes_no

if TYPE_CHECKING:
    from counterfoil.protocol.vault import Vault

KINDS = {"device": "device", "cosigner": "co-signer", "recovery_file": "recovery file"}
VaultName = Annotated[str, typer.Argument(metavar="VAULT", help="Its name, its id, or the beginning of its id.")]


@command("vault", "list")
def list_vaults(run: Run) -> None:
    """List the vaults on this computer."""
    from counterfoil.protocol.vault import VaultList

    with run.agent() as agent:
        found = ask(agent, VaultList, "vault_list")

    def human() -> None:
        if not found.vaults:
            run.screen.say("There is no vault yet. Make one in the browser, or with `counterfoil vault create`.")
            return
        rows = [
            (v.name, v.vault_id, f"{v.threshold} of {len(v.parties)}", _state(v), yes_no(v.recovery_proven))
            for v in found.vaults
        ]
        run.screen.table(("Name", "Id", "Needs", "State", "Recovery file proven"), rows)

    run.screen.show(found.model_dump(), human)


@command("vault", "show")
def show_vault(run: Run, vault: VaultName) -> None:
    """Show a vault: who holds its shares, and whether it can receive."""
    with run.agent() as agent:
        found = find_vault(agent, vault)
    run.screen.show(found.model_dump(), lambda: say_vault(run, found))


def find_vault(agent: Agent, wanted: str) -> Vault:
    """Raises: NotFound, InputError"""
    from counterfoil.protocol.vault import VaultList

    return choose(
        wanted,
        ask(agent, VaultList, "vault_list").vaults,
        kind="vault",
        listed_by="counterfoil vault list",
        id_of=lambda v: v.vault_id,
        name_of=lambda v: v.name,
    )


def say_vault(run: Run, vault: Vault) -> None:
    """For people."""
    run.screen.say(
        f"{vault.name} ({_state(vault)})",
        f"  id: {vault.vault_id}",
        f"  made: {time_in_words(vault.created_at)}",
        f"  renewed: {vault.epoch} times",
        f"  {vault.threshold} of these {len(vault.parties)} sign together:",
    )
    for party in vault.parties:
        notes = [KINDS[party.kind], *(["this computer"] if party.is_this else [])]
        if party.poisoned:
            notes.append("failed a check: must be set up afresh before it signs again")
        run.screen.say(f"    {party.name} ({', '.join(notes)})")
    if vault.receive_ready:
        run.screen.say("  It can receive.")
    elif not vault.recovery_proven:
        run.screen.say(
            "  It shows no address to receive yet: its recovery file has not been saved and reopened.",
            f"  What to do: counterfoil backup save {vault.vault_id[:8]} FILE",
        )


def _state(vault: Vault) -> str:
    return "ready" if vault.state == "ready" else "being made"
