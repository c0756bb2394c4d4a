"""Recovery files: one party's share in an ordinary age file, under a passphrase of its own.

Vault, epoch, party and a check value stand inside, so that a wrong, stale or doubled file is told by
its content. Both functions are pure and take seconds (scrypt): run them in a thread.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import pyrage

from counterfoil.codecs.canonical import encode_canonical, parse_canonical
from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.errors import BackupUnreadable, InputError, WrongPassphrase
from counterfoil.store.party_json import parties_from_json, parties_to_json
from counterfoil.types import Party, VaultId

FORMAT = "counterfoil recovery file"
VERSION = 1
_LARGEST = 1 << 20
_MOST_ATTEMPTS = 30
_SEALINGS = 3
_WORK_WANTED = 18
_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_INTRO = b"age-encryption.org/v1\n-> scrypt "


@dataclass(frozen=True, slots=True)
class RecoveryFile:
    """What a recovery file holds. ``share`` means nothing to this module."""

    vault: VaultId
    vault_name: str
    epoch: int
    threshold: int
    parties: tuple[Party, ...]
    party_index: int
    group_key: bytes
    chain_code: bytes
    share: bytes = field(repr=False)
    created_at: int

    def check_value(self) -> str:
        """16 bytes in hex: equal for two files of one share, different for any other share, epoch, party or vault."""
        return framed_hash(
            "counterfoil/recovery-file/1",
            encode_canonical({"vault": self.vault, "epoch": self.epoch, "party_index": self.party_index}),
            self.group_key,
            self.chain_code,
            self.share,
            length=16,
        ).hex()


def seal_recovery(content: RecoveryFile, passphrase: str) -> bytes:
    """An armored age file that any age tool opens with the passphrase. Takes seconds.

    Standard: age-encryption.org/v1, scrypt recipient
    """
    if not passphrase:
        raise BackupUnreadable("The passphrase is empty.", reason="passphrase")
    plaintext = encode_canonical(
        {
            "format": FORMAT,
            "version": VERSION,
            "vault": content.vault,
            "vault_name": content.vault_name,
            "epoch": content.epoch,
            "threshold": content.threshold,
            "parties": parties_to_json(content.parties),
            "party_index": content.party_index,
            "group_key": content.group_key.hex(),
            "chain_code": content.chain_code.hex(),
            "share": content.share.hex(),
            "check_value": content.check_value(),
            "created_at": content.created_at,
        }
    )
    return _encrypt(plaintext, passphrase)


def open_recovery(data: bytes, passphrase: str) -> RecoveryFile:
    """The content of a recovery file, whole and checked. Takes seconds.

    Raises: WrongPassphrase, BackupUnreadable(reason=size|not_age|damaged|too_slow|content|check_value|version)
    """
    if len(data) > _LARGEST:
        raise BackupUnreadable("This file is too large to be a recovery file.", reason="size")
    if not data.lstrip().startswith(_ARMOR) and not data.startswith(_INTRO):
        raise BackupUnreadable(reason="not_age")
    try:
        value = parse_canonical(_decrypt(data, passphrase))
    except InputError:
        raise BackupUnreadable(reason="content") from None
    return _content(value)


def _encrypt(plaintext: bytes, passphrase: str) -> bytes:
    """age takes a second of this computer as it is just now: of a few attempts, the one that is hardest to guess."""
    sealed: list[bytes] = []
    while len(sealed) < _SEALINGS and not (sealed and work_factor(sealed[-1]) >= _WORK_WANTED):
        sealed.append(pyrage.passphrase.encrypt(plaintext, passphrase, armored=True))
    return max(sealed, key=work_factor)


def work_factor(sealed: bytes) -> int:
    """log2 of scrypt's work, as an armored file says it; 0 where it does not.

    Standard: age-encryption.org/v1, "scrypt recipient stanza"
    """
    try:
        head = base64.b64decode(b"".join(sealed.split(b"\n")[1:3]))
        return int(head.split(b"\n")[1].split(b" ")[3])
    except (ValueError, IndexError):
        return 0


def _decrypt(data: bytes, passphrase: str) -> bytes:
    """age times this computer anew at each attempt and refuses what would take it too long; one that is busy for a
    moment must not make a good file look bad."""
    for _ in range(_MOST_ATTEMPTS):
        try:
            plaintext: bytes = pyrage.passphrase.decrypt(data, passphrase)
        except pyrage.DecryptError as error:
            if str(error).startswith("Excessive work"):
                continue
            if str(error) == "Decryption failed":
                raise WrongPassphrase("The passphrase does not open this recovery file.") from None
            raise BackupUnreadable("The recovery file is damaged.", reason="damaged") from None
        return plaintext
    raise BackupUnreadable(
        "This computer is too busy or too slow to open the recovery file. The file may be good.",
        reason="too_slow",
        remedy="Close other programs and try again.",
    )


def _content(value: Any) -> RecoveryFile:  # noqa: ANN401 - JSON is any
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise BackupUnreadable("This age file is not a recovery file of Counterfoil.", reason="content")
    if value.get("version") != VERSION:
        raise BackupUnreadable("This recovery file was written by a newer Counterfoil.", reason="version")
    try:
        content = RecoveryFile(
            vault=VaultId(_text(value["vault"])),
            vault_name=_text(value["vault_name"]),
            epoch=_count(value["epoch"]),
            threshold=_count(value["threshold"]),
            parties=parties_from_json(value["parties"]),
            party_index=_count(value["party_index"]),
            group_key=bytes.fromhex(value["group_key"]),
            chain_code=bytes.fromhex(value["chain_code"]),
            share=bytes.fromhex(value["share"]),
            created_at=_count(value["created_at"]),
        )
        check_value = bytes.fromhex(value["check_value"])
    except (KeyError, TypeError, ValueError):
        raise BackupUnreadable(reason="content") from None
    if not is_equal(bytes.fromhex(content.check_value()), check_value):
        raise BackupUnreadable("The recovery file contradicts itself.", reason="check_value")
    if content.party_index not in {party.index for party in content.parties}:
        raise BackupUnreadable("The recovery file names no party of its vault.", reason="content")
    return content


def _text(value: Any) -> str:  # noqa: ANN401 - JSON is any
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: Any) -> int:  # noqa: ANN401 - JSON is any
    if type(value) is not int or value < 0:
        raise ValueError
    return value
