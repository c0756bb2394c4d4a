"""Records on their way between parties: signed by the one that made them, read strictly by the others."""

from __future__ import annotations

from typing import Any, Protocol

from counterfoil.codecs.canonical import Canonical
from counterfoil.codecs.strict_json import MAX_SAFE_INTEGER
from counterfoil.crypto.identity import verify_signature
from counterfoil.errors import InvalidMessage
from counterfoil.store import records
from counterfoil.store.records import Record, RecordKind
from counterfoil.store.vaults import Vault
from counterfoil.types import VaultId
from counterfoil.wallet.context import Wallet

_TAG = "counterfoil/record-signature/1"
_TEXTS = ("vault", "kind", "subject", "signer", "signature")
_NUMBERS = ("version", "epoch")


class Fact(Protocol):
    """What a record is made of: a passkey, a policy, a Safe."""

    @property
    def kind(self) -> RecordKind:
        """The record's kind in the store."""

    @property
    def subject(self) -> str:
        """What the record is filed under."""

    def as_dict(self) -> dict[str, Canonical]:
        """Canonical body of the record."""


def signed_record(wallet: Wallet, vault: Vault, fact: Fact, version: int, evidence: Any) -> Record:  # noqa: ANN401
    """This party's signed record of a fact."""
    record = Record(
        vault=VaultId(vault.id),
        kind=fact.kind,
        subject=fact.subject,
        version=version,
        epoch=vault.epoch,
        body=fact.as_dict(),
        signer=wallet.identity.public,
        evidence=evidence,
        received_at=wallet.now(),
    )
    return records.sign_record(record, lambda message: wallet.identity.sign(_TAG, message))


def verify_signed(record: Record) -> None:
    """The record's signer signed it. Raises InvalidMessage(reason=record_signature)."""
    records.verify_record(record, _is_signed)


def _is_signed(identity: bytes, message: bytes, signature: bytes) -> bool:
    try:
        verify_signature(identity, signature, _TAG, message)
    except InvalidMessage:
        return False
    return True


def record_as_dict(record: Record) -> dict[str, Any]:
    """For the link."""
    return {
        "vault": record.vault,
        "kind": record.kind.value,
        "subject": record.subject,
        "version": record.version,
        "epoch": record.epoch,
        "body": record.body,
        "signer": record.signer.hex(),
        "signature": record.signature.hex(),
        "evidence": record.evidence,
    }


def parse_record(value: object) -> Record:
    """Read a record of another party; its signature is not yet checked. Raises InvalidMessage."""
    if not isinstance(value, dict) or set(value) != {*_TEXTS, *_NUMBERS, "body", "evidence"}:
        raise InvalidMessage("This is not a record.")
    if not all(isinstance(value[name], str) for name in _TEXTS) or not isinstance(value["body"], dict):
        raise InvalidMessage("This is not a record.")
    if not all(type(value[name]) is int and 0 <= value[name] <= MAX_SAFE_INTEGER for name in _NUMBERS):
        raise InvalidMessage("This is not a record.")
    try:
        kind = RecordKind(value["kind"])
        signer, signature = bytes.fromhex(value["signer"]), bytes.fromhex(value["signature"])
    except ValueError:
        raise InvalidMessage("This is not a record.") from None
    if len(signer) != 32 or not value["version"]:
        raise InvalidMessage("This is not a record.")
    return Record(
        vault=VaultId(value["vault"]),
        kind=kind,
        subject=value["subject"],
        version=value["version"],
        epoch=value["epoch"],
        body=value["body"],
        signer=signer,
        signature=signature,
        evidence=value["evidence"],
    )
