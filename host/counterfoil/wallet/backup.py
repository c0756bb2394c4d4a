"""Recovery files: handed out once made, proven by being opened again, told apart by what is inside.   DESIGN §9"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from counterfoil.codecs.base64url import parse_base64url
from counterfoil.crypto.hashes import is_equal
from counterfoil.errors import BackupUnreadable, NotFound
from counterfoil.store import log, reshares, settings, shares, vaults
from counterfoil.store.recovery_file import RecoveryFile, open_recovery, seal_recovery
from counterfoil.store.reshares import Reshare
from counterfoil.store.vaults import Vault
from counterfoil.threshold.share import KeyShare, RecoveryShare
from counterfoil.types import PartyKind
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import RECOVERY_PREFIX
from counterfoil.wallet.reshare_commit import commit

_SECOND_FILE = "second_file/"


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A recovery file as it is saved; still sealed."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a recovery file says of itself, and whether it fits a vault here."""

    file: RecoveryFile
    known: bool
    current: bool


def download(wallet: Wallet, vault_id: str) -> SealedFile:
    """The sealed recovery file that the vault's set-up, or a change of its parties, made. Raises NotFound once it was proven and forgotten here."""
    vault = vaults.get(wallet.db, vault_id)
    change = reshares.waiting(wallet.db, vault_id)
    if change is not None and change.recovery_file is not None:
        return SealedFile(_file_name(reshares.as_vault(change)), change.recovery_file)
    text = settings.get(wallet.db, RECOVERY_PREFIX + vault_id)
    if not isinstance(text, str):
        raise NotFound("The recovery file was handed over already; this computer keeps no copy.")
    return SealedFile(_file_name(vault), parse_base64url(text))


async def prove(wallet: Wallet, vault_id: str, content: bytes, passphrase: str) -> Vault:
    """Open the file as the person saved it. From here on this computer keeps no copy, and addresses are shown; a change of
    the vault's parties that waited for it is committed.

    Raises: WrongPassphrase, BackupUnreadable(reason=other_vault|stale|wrong_party|…)
    """
    vault = vaults.get(wallet.db, vault_id)
    file = await asyncio.to_thread(open_recovery, content, passphrase)
    change = reshares.waiting(wallet.db, vault_id)
    if change is not None and change.recovery_file is not None:
        return await _prove_new(wallet, change, file)
    _check_fits(file, vault)
    with wallet.db.transaction():
        vaults.prove_recovery(wallet.db, vault.id, wallet.now())
        settings.remove(wallet.db, RECOVERY_PREFIX + vault_id)
        log.append(wallet.db, "recovery_file_proven", {"vault": vault.id, "check": file.check_value()}, wallet.now())
    wallet.events.state_changed()
    return vaults.get(wallet.db, vault_id)


async def _prove_new(wallet: Wallet, change: Reshare, file: RecoveryFile) -> Vault:
    """The new file's acknowledgement, the last one that was missing."""
    _check_fits(file, reshares.as_vault(change))
    with wallet.db.durable():
        reshares.prove(wallet.db, change.vault, change.epoch)
        log.append(
            wallet.db, "recovery_file_proven", {"vault": change.vault, "check": file.check_value()}, wallet.now()
        )
    return await commit(wallet, change.vault)


async def verify(wallet: Wallet, content: bytes, passphrase: str) -> Verdict:
    """Open any recovery file and say what it is. Raises WrongPassphrase, BackupUnreadable."""
    file = await asyncio.to_thread(open_recovery, content, passphrase)
    RecoveryShare.parse(file.share)
    for vault in vaults.listed(wallet.db):
        if vault.id == file.vault:
            current = vault.epoch == file.epoch and is_equal(file.group_key, vault.group_key)
            if current and file.party_index == vault.my_index:
                _note_second_file(wallet, vault)
            return Verdict(file, known=True, current=current)
    return Verdict(file, known=False, current=False)


def is_file_to_be_saved(wallet: Wallet, vault: Vault) -> bool:
    """Whether a change of the vault's parties waits for its new recovery file to be saved and reopened."""
    change = reshares.waiting(wallet.db, vault.id)
    return change is not None and change.recovery_file is not None


def is_second_file_proven(wallet: Wallet, vault: Vault) -> bool:
    """Whether this computer's own share was saved as a file, and that file opened again."""
    return bool(settings.get(wallet.db, _SECOND_FILE + vault.id) == vault.epoch)


def _note_second_file(wallet: Wallet, vault: Vault) -> None:
    if is_second_file_proven(wallet, vault):
        return
    settings.put(wallet.db, _SECOND_FILE + vault.id, vault.epoch)
    log.append(wallet.db, "second_file_proven", {"vault": vault.id}, wallet.now())
    wallet.events.state_changed()


async def export(wallet: Wallet, vault_id: str, passphrase: str) -> SealedFile:
    """This computer's own share as a recovery file. Raises Locked, ShareUnreadable."""
    vault = vaults.get(wallet.db, vault_id)
    opened = shares.load(wallet.db, wallet.unlocked.key(), vault.id, vault.epoch)
    file = RecoveryFile(
        vault=vault.id,
        vault_name=vault.name,
        epoch=vault.epoch,
        threshold=vault.threshold,
        parties=vault.parties,
        party_index=vault.my_index,
        group_key=vault.group_key,
        chain_code=vault.chain_code,
        share=KeyShare.parse(bytes(opened)).recovery().encode(),
        created_at=wallet.now(),
    )
    content = await asyncio.to_thread(seal_recovery, file, passphrase)
    log.append(wallet.db, "share_exported", {"vault": vault.id}, wallet.now())
    return SealedFile(_file_name(vault, vault.my_index), content)


def _check_fits(file: RecoveryFile, vault: Vault) -> None:
    if file.vault != vault.id or not is_equal(file.group_key, vault.group_key):
        raise BackupUnreadable("This recovery file belongs to another vault.", reason="other_vault")
    if file.epoch != vault.epoch:
        raise BackupUnreadable("This recovery file is of an older set-up of the vault.", reason="stale")
    kinds = {party.index: party.kind for party in vault.parties}
    if kinds.get(file.party_index) is not PartyKind.RECOVERY_FILE:
        raise BackupUnreadable("This is the copy of a device, not the recovery file.", reason="wrong_party")
    share = RecoveryShare.parse(file.share)
    if share.me != file.party_index or not is_equal(share.public.group_key, vault.group_key):
        raise BackupUnreadable("The recovery file contradicts itself.", reason="content")


def _file_name(vault: Vault, index: int | None = None) -> str:
    safe = "".join(char if char.isalnum() else "-" for char in vault.name.lower())[:24].strip("-") or "vault"
    kind = "recovery" if index is None else "second-file"
    later = f"-{vault.epoch + 1}" if vault.epoch else ""  # the first set-up needs no number
    return f"counterfoil-{safe}-{kind}{later}.age"
