"""``counterfoil backup verify`` and ``backup export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import PassphraseStdin, command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.files import read_file, refuse_existing, write_new_file
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.sealing import seal_for
from counterfoil.cli.terminal.words import time_in_words
from counterfoil.cli.vault import VaultName, find_vault

if TYPE_CHECKING:
    from counterfoil.protocol.vault import VerifyResult


@command("backup", "verify")
def verify(
    run: Run,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The recovery file.")],
    *,
    passphrase_stdin: PassphraseStdin = False,
) -> int:
    """Open a recovery file and say to which vault it belongs and whether it is current.

    Exit code 1 if it is of no vault here, or from before the vault was last renewed.
    """
    from counterfoil.codecs.base64url import encode_base64url
    from counterfoil.protocol.vault import VerifyParams, VerifyResult

    run.keyboard.passphrases_from_stdin = passphrase_stdin
    content = read_file(file)
    with run.agent() as agent:
        sealed = seal_for(agent, [("agent", run.keyboard.passphrase("Passphrase of the recovery file"))])[0]
        params = VerifyParams(content=encode_base64url(content), passphrase=sealed)
        found = ask(agent, VerifyResult, "backup_verify", params)
    run.screen.show(found.model_dump(), lambda: _say(run, found))
    return 0 if found.known and found.current else 1


@command("backup", "export")
def export(
    run: Run,
    vault: VaultName,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it.")],
    *,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Write this computer's own share of a vault as a recovery file under a passphrase of its own."""
    from counterfoil.codecs.base64url import parse_base64url
    from counterfoil.protocol.vault import BackupFile, ExportParams

    run.keyboard.passphrases_from_stdin = passphrase_stdin
    refuse_existing(file)
    with run.agent() as agent:
        found = find_vault(agent, vault)
        passphrase = run.keyboard.new_passphrase("Passphrase of the exported file")
        params = ExportParams(vault_id=found.vault_id, passphrase=seal_for(agent, [("agent", passphrase)])[0])
        exported = ask(agent, BackupFile, "backup_export", params)
    write_new_file(file, parse_base64url(exported.content))
    run.screen.show(
        {"vault_id": found.vault_id, "file": str(file)},
        lambda: run.screen.say(
            f"This computer's share of {found.name} was written to {file}.",
            f"With {found.threshold} such files and their passphrases anyone can put the whole key together:"
            " keep them in different places.",
        ),
    )


def _say(run: Run, found: VerifyResult) -> None:
    run.screen.say(
        f"This is a recovery file of {found.vault_name}.",
        f"  vault: {found.vault_id}, renewed {found.epoch} times",
        f"  share {found.party_index}; {found.threshold} are needed together",
        f"  written: {time_in_words(found.created_at)}",
    )
    if not found.known:
        run.screen.say("  No vault on this computer has this id.")
    elif not found.current:
        run.screen.say(
            "  It is out of date: the vault was renewed since. It can't be used together with current shares.",
            f"  What to do: write a new one and destroy this one: counterfoil backup export {found.vault_id[:8]} FILE",
        )
    else:
        run.screen.say("  It opens, it belongs to a vault here, and it is current.")
