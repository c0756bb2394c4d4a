"""``counterfoil backup save``: write a vault's recovery file and prove it, where set-up was interrupted before that."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import PassphraseStdin, command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.files import read_file, refuse_existing, write_new_file
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.sealing import seal_for
from counterfoil.cli.vault import VaultName, find_vault

if TYPE_CHECKING:
    from counterfoil.protocol.vault import Vault


@command("backup", "save")
def save(
    run: Run,
    vault: VaultName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the recovery file.")],
    *,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Save a vault's recovery file and reopen it, if that was not done when the vault was made."""
    run.keyboard.passphrases_from_stdin = passphrase_stdin
    refuse_existing(file)
    with run.agent() as agent:
        found = find_vault(agent, vault)
        proven = save_and_prove(run, agent, found, file, run.keyboard.passphrase("Passphrase of the recovery file"))
    run.screen.show(
        {"vault": proven.model_dump(), "recovery_file": str(file)},
        lambda: run.screen.say(f"The recovery file of {proven.name} was saved and reopened: {file}"),
    )


def default_file(run: Run, name: str) -> Path:
    """Ask where the recovery file shall go. Raises: InputError without a terminal"""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "vault"
    answer = run.keyboard.text(
        "Where to write the recovery file?", f"counterfoil-{plain}-recovery.age", instead="--recovery-file FILE"
    )
    return Path(answer).expanduser()


def save_and_prove(run: Run, agent: Agent, vault: Vault, path: Path, passphrase: str) -> Vault:
    """Write the file, read it back from the disk, and have it opened. A failure leaves the vault and says how to go on."""
    from counterfoil.codecs.base64url import encode_base64url, parse_base64url
    from counterfoil.errors import WalletError
    from counterfoil.protocol.vault import BackupFile, ProveParams, Vault, VaultId

    try:
        file = ask(agent, BackupFile, "backup_download", VaultId(vault_id=vault.vault_id))
        write_new_file(path, parse_base64url(file.content))
        params = ProveParams(
            vault_id=vault.vault_id,
            content=encode_base64url(read_file(path)),
            passphrase=seal_for(agent, [("agent", passphrase)])[0],
        )
        return ask(agent, Vault, "backup_prove", params)
    except WalletError as error:
        if not vault.recovery_proven:
            run.screen.note(f"The vault stays. To go on: counterfoil backup save {vault.vault_id[:8]} FILE")
        raise error from None
