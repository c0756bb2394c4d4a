"""``counterfoil vault create``: the starter vault from the terminal, with passphrases in place of a passkey."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.backup_save import default_file, save_and_prove
from counterfoil.cli.terminal.command import PassphraseStdin, command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.files import refuse_existing
from counterfoil.cli.terminal.progress import shown_progress
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.sealing import passphrase_slots, seal_for
from counterfoil.errors import InputError

if TYPE_CHECKING:
    from counterfoil.protocol.lock import Recipient
    from counterfoil.protocol.vault import Vault


@command("vault", "create")
def create(
    run: Run,
    *,
    name: Annotated[str, typer.Option(metavar="NAME", help="What to call it.")] = "My vault",
    recovery_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write its recovery file. Asked for if left out.")
    ] = None,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Make a vault shared by this computer, its co-signer and a recovery file; any two of them sign.

    Asks for three passphrases, in this order: of this computer, of its co-signer, of the recovery file.
    A wallet that already has passkeys or passphrases is asked for the last one only.
    The recovery file is written where you say, then read back and opened to prove it.
    """
    run.keyboard.passphrases_from_stdin = passphrase_stdin
    if not name.strip() or len(name) > 64:
        raise InputError("A vault's name has 1 to 64 characters.", reason="name")
    path = recovery_file or default_file(run, name)
    refuse_existing(path)
    with run.agent() as agent:
        secrets = _slot_passphrases(run, agent)
        recovery = run.keyboard.new_passphrase("Passphrase of the recovery file")
        refuse_doubles([*(secret for _, secret in secrets), recovery])
        vault = _create(run, agent, name, secrets, recovery)
        run.screen.note("The vault is made. Now its recovery file.")
        proven = save_and_prove(run, agent, vault, path, recovery)
    result = {"vault": proven.model_dump(), "recovery_file": str(path)}
    run.screen.show(result, lambda: _say(run, proven, path))


def refuse_doubles(passphrases: list[str]) -> None:
    """One passphrase for two halves would leave one thing to guess. Raises: InputError"""
    if len(set(passphrases)) < len(passphrases):
        raise InputError(
            "Two of the passphrases are the same. Nothing was made.",
            reason="same_passphrase",
            remedy="Use a different passphrase for each: whoever learns one must not have two halves.",
        )


def _slot_passphrases(run: Run, agent: Agent) -> list[tuple[Recipient, str]]:
    """New passphrases where this wallet can't be unlocked in any way yet; none where it can."""
    from counterfoil.protocol.lock import LockOptions

    options = ask(agent, LockOptions, "lock_options")
    if options.passphrase or options.request_options_json is not None:
        return []
    return [
        ("agent", run.keyboard.new_passphrase("Passphrase of Counterfoil on this computer")),
        ("cosigner", run.keyboard.new_passphrase("Passphrase of the co-signer on this computer")),
    ]


def _create(run: Run, agent: Agent, name: str, secrets: list[tuple[Recipient, str]], recovery: str) -> Vault:
    from counterfoil.protocol.vault import CreateParams, Vault

    slots = passphrase_slots(agent, secrets) if secrets else []
    params = CreateParams(name=name, slots=slots, recovery_passphrase=seal_for(agent, [("agent", recovery)])[0])
    with shown_progress(run.screen, "Making the keys together…") as on_progress:
        return ask(agent, Vault, "vault_create", params, on_progress)


def _say(run: Run, vault: Vault, path: Path) -> None:
    run.screen.say(
        f"{vault.name} is ready: any {vault.threshold} of its {len(vault.parties)} parties sign together.",
        f"Its recovery file was saved and reopened: {path}",
        "Keep a copy of that file somewhere else, and its passphrase apart from it.",
        "This computer and its co-signer share one disk. A second device of yours would be safer.",
    )
