"""``counterfoil backup combine``: the whole private key from enough recovery files. Works without anything else running."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from counterfoil.cli.terminal.command import PassphraseStdin, command
from counterfoil.cli.terminal.files import read_file, refuse_existing, write_new_file
from counterfoil.cli.terminal.run import Run
from counterfoil.errors import BackupUnreadable, Cancelled, InputError, InvalidEncoding

if TYPE_CHECKING:
    from counterfoil.store.recovery_file import RecoveryFile
    from counterfoil.threshold.share import RecoveryShare

FORMAT = "counterfoil combined key"
SENTENCE = "I understand"
_WARNING = (
    "This puts the whole private key of the vault into one place. From then on whoever reads it owns everything"
    " in the vault, with no passkey and no second device. Do it only to move everything away at once."
)


@command("backup", "combine")
def combine_files(
    run: Run,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="As many recovery files as the vault needs.")],
    *,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the key into this new age file, under a passphrase.")
    ] = None,
    print_private_key: Annotated[
        bool, typer.Option("--print-private-key", help="Print the key on standard output, in clear.")
    ] = False,
    accounts: Annotated[int, typer.Option(min=1, max=100, metavar="NUMBER", help="How many accounts to derive.")] = 1,
    i_understand: Annotated[bool, typer.Option("--i-understand", help="Do not ask to type the confirmation.")] = False,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Put a vault's private key together from recovery files. For disasters only; works offline.

    Asks for each file's passphrase in the order of the files, then, with --out, for that of the new file.
    """
    run.keyboard.passphrases_from_stdin = passphrase_stdin
    if (out is None) == (not print_private_key):
        raise InputError(
            "Say where the key shall go: --out FILE, or --print-private-key. Nothing was read.", reason="usage"
        )
    if out is not None:
        refuse_existing(out)
    run.screen.note(_WARNING)
    if not i_understand and not run.keyboard.typed("Do you want that?", SENTENCE, instead="--i-understand"):
        raise Cancelled("Not confirmed. No file was opened, and no key was put together.")
    opened = [_open(run, file) for file in files]
    key = combined_key(opened, accounts)
    if out is None:
        _print(run, key)
        return
    _write(run, out, key)
    public = {**_without_secrets(key), "file": str(out)}
    run.screen.show(public, lambda: run.screen.say(*_where_it_is(public)))


def combined_key(opened: list[tuple[RecoveryFile, RecoveryShare]], accounts: int) -> dict[str, Any]:
    """The key and its first accounts. Raises: InputError for files that do not belong together"""
    from counterfoil.chains.evm.address import address_of
    from counterfoil.crypto.secp256k1 import N
    from counterfoil.threshold.combine import combine
    from counterfoil.threshold.derive import derive_public

    private = combine([share for _, share in opened])
    file, share = opened[0]
    children = []
    for number in range(accounts):
        path = (44, 60, 0, 0, number)
        public, tweak = derive_public(share.public.group_key, share.public.chain_code, path)
        child = (int.from_bytes(private, "big") + tweak) % N
        children.append(
            {
                "path": "/".join(map(str, path)),
                "address": address_of(public),
                "private_key": "0x" + child.to_bytes(32, "big").hex(),
            }
        )
    return {
        "format": FORMAT,
        "vault_id": file.vault,
        "vault_name": file.vault_name,
        "group_key": share.public.group_key.hex(),
        "chain_code": share.public.chain_code.hex(),
        "private_key": "0x" + private.hex(),
        "accounts": children,
    }


def _open(run: Run, path: Path) -> tuple[RecoveryFile, RecoveryShare]:
    from counterfoil.store.recovery_file import open_recovery
    from counterfoil.threshold.share import RecoveryShare

    data = read_file(path)
    file = open_recovery(data, run.keyboard.passphrase(f"Passphrase of {path}"))
    try:
        share = RecoveryShare.parse(file.share)
    except InvalidEncoding:
        raise BackupUnreadable(f"The share in {path} can't be read.", reason="content") from None
    public = share.public
    if (public.vault, public.epoch, share.me, public.group_key, public.chain_code) != (
        file.vault,
        file.epoch,
        file.party_index,
        file.group_key,
        file.chain_code,
    ):
        raise BackupUnreadable(f"{path} contradicts itself.", reason="content")
    run.screen.note(f"{path}: share {share.me} of {file.vault_name}, renewed {file.epoch} times")
    return file, share


def _print(run: Run, key: dict[str, Any]) -> None:
    def human() -> None:
        run.screen.say(f"{key['vault_name']} ({key['vault_id']})", f"  private key of the vault: {key['private_key']}")
        run.screen.say(f"  chain code: {key['chain_code']}")
        for account in key["accounts"]:
            run.screen.say(f"  {account['path']}  {account['address']}", f"    private key: {account['private_key']}")
        run.screen.say("Move everything away now. Nothing was signed or sent by this.")

    run.screen.show(key, human)


def _write(run: Run, out: Path, key: dict[str, Any]) -> None:
    import pyrage

    passphrase = run.keyboard.new_passphrase("Passphrase of the new file")
    write_new_file(out, pyrage.passphrase.encrypt(json.dumps(key, indent=2).encode(), passphrase, armored=True))


def _without_secrets(key: dict[str, Any]) -> dict[str, Any]:
    accounts = [{name: account[name] for name in ("path", "address")} for account in key["accounts"]]
    return {name: key[name] for name in ("vault_id", "vault_name", "group_key")} | {"accounts": accounts}


def _where_it_is(public: dict[str, Any]) -> list[str]:
    return [
        f"The private key of {public['vault_name']} is in {public['file']}, under the passphrase you chose.",
        f"Any age tool opens it: age --decrypt {public['file']}",
        *(f"  {account['path']}  {account['address']}" for account in public["accounts"]),
        "Move everything away now, then destroy that file. Nothing was signed or sent by this.",
    ]
