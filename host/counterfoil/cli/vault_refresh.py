"""``counterfoil vault refresh``: new shares of the same key for the same parties."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.backup_save import default_file, save_and_prove
from counterfoil.cli.terminal.command import PassphraseStdin, command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.files import refuse_existing
from counterfoil.cli.terminal.progress import shown_progress
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.sealing import seal_for
from counterfoil.cli.vault import VaultName, find_vault
from counterfoil.errors import WindowNeeded

if TYPE_CHECKING:
    from counterfoil.protocol.vault import Vault


@command("vault", "refresh")
def refresh(
    run: Run,
    vault: VaultName,
    *,
    recovery_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write the new recovery file. Asked for if left out.")
    ] = None,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Renew every share of a vault: addresses stay, old shares and old recovery files become worthless.

    Do it when a share may have been seen by someone, or after a device failed a check. Counterfoil and its
    co-signer have to be unlocked. The old shares sign until the new recovery file was saved and reopened.
    A wallet with a passkey is renewed in the browser, where its passkey can be touched.
    """
    from counterfoil.protocol.vault import ReshareParams, ReshareStep, Vault, VaultId

    run.keyboard.passphrases_from_stdin = passphrase_stdin
    if recovery_file is not None:
        refuse_existing(recovery_file)
    with run.agent() as agent:
        found = find_vault(agent, vault)
        step = ask(agent, ReshareStep, "vault_beginRefresh", VaultId(vault_id=found.vault_id))
        if step.request_options_json is not None:
            raise WindowNeeded(remedy="Open Counterfoil in the browser: under Vault, choose “Renew the keys”.")
        path = recovery_file or default_file(run, found.name)
        refuse_existing(path)
        passphrase = run.keyboard.new_passphrase("Passphrase of the new recovery file")
        sealed = seal_for(agent, [("agent", passphrase)])[0]
        params = ReshareParams(change_id=step.change_id, response=None, recovery_passphrase=sealed)
        with shown_progress(run.screen, "Renewing the keys together…") as on_progress:
            prepared = ask(agent, Vault, "vault_reshare", params, on_progress)
        run.screen.note("The new shares are ready and tested. Now the new recovery file.")
        renewed = save_and_prove(run, agent, prepared, path, passphrase)
    result = {"vault": renewed.model_dump(), "recovery_file": str(path)}
    run.screen.show(result, lambda: _say(run, renewed, path))


def _say(run: Run, vault: Vault, path: Path) -> None:
    run.screen.say(
        f"{vault.name} was renewed: its addresses are the same, all its shares are new.",
        f"Its new recovery file was saved and reopened: {path}",
        "Recovery files from before are worthless now. Delete them, so that you never reach for the wrong one.",
    )
    if not vault.second_file_proven:
        run.screen.say(
            "This computer's own share is new too. If you keep it as a second file, write it again:",
            f"  counterfoil backup export {vault.vault_id[:8]} FILE",
        )
