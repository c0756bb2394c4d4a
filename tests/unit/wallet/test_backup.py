from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from counterfoil.errors import BackupUnreadable, Locked, NotFound, WalletError, WrongPassphrase
from counterfoil.store import vaults
from counterfoil.store.recovery_file import open_recovery, seal_recovery
from counterfoil.wallet import backup
from tests.fakes.two_agent_person import RECOVERY, Someone


def altered(someone: Someone, **fields: Any) -> bytes:
    """The recovery file with other content, sealed anew."""
    return seal_recovery(dataclasses.replace(open_recovery(someone.recovery_file, RECOVERY), **fields), RECOVERY)


async def proven(someone: Someone, content: bytes, passphrase: str = RECOVERY) -> str:
    with pytest.raises(BackupUnreadable) as caught:
        await backup.prove(someone.wallet, someone.vault.id, content, passphrase)
    return caught.value.word


async def test_the_file_as_saved_proves_itself_and_is_kept_no_longer(someone: Someone) -> None:
    assert vaults.receive_ready(someone.vault)
    with pytest.raises(NotFound):
        backup.download(someone.wallet, someone.vault.id)
    await backup.prove(someone.wallet, someone.vault.id, someone.recovery_file, RECOVERY)
    verdict = await backup.verify(someone.wallet, someone.recovery_file, RECOVERY)
    assert (verdict.known, verdict.current, verdict.file.party_index) == (True, True, 3)


async def test_a_wrong_passphrase_opens_nothing(someone: Someone) -> None:
    with pytest.raises(WrongPassphrase):
        await backup.prove(someone.wallet, someone.vault.id, someone.recovery_file, "wrong")


async def test_a_damaged_file_is_told(someone: Someone) -> None:
    file = someone.recovery_file
    middle = len(file) // 2
    for damaged in (b"", b"age", file[:-200], file[:middle] + b"!" + file[middle + 1 :]):
        with pytest.raises(WalletError):
            await backup.prove(someone.wallet, someone.vault.id, damaged, RECOVERY)


async def test_files_of_another_vault_an_older_set_up_or_a_device_are_told_apart(someone: Someone) -> None:
    assert await proven(someone, altered(someone, vault="00" * 16)) == "other_vault"
    assert await proven(someone, altered(someone, group_key=b"\x02" + b"\x11" * 32)) == "other_vault"
    assert await proven(someone, altered(someone, epoch=1)) == "stale"
    own = await backup.export(someone.wallet, someone.vault.id, RECOVERY)
    assert await proven(someone, own.content) == "wrong_party"
    device = open_recovery(own.content, RECOVERY)
    assert await proven(someone, altered(someone, share=device.share)) == "content"
    assert (await backup.verify(someone.wallet, altered(someone, epoch=1), RECOVERY)).current is False
    assert (await backup.verify(someone.wallet, altered(someone, vault="00" * 16), RECOVERY)).known is False


async def test_a_locked_device_does_not_export_its_share(someone: Someone, tmp_path: Path) -> None:
    someone.wallet.unlocked.lock()
    with pytest.raises(Locked):
        await backup.export(someone.wallet, someone.vault.id, RECOVERY)
