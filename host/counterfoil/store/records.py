"""Records: facts that every party keeps for itself — passkeys, sites, policies, revocations.

Each is signed by a party's identity key and has a version; a lower version is refused and an equal
one with another content is a conflict, so that nobody can be talked back into an older truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from counterfoil.codecs.canonical import Canonical, encode_canonical
from counterfoil.crypto.hashes import framed_hash
from counterfoil.errors import InvalidMessage, StateConflict
from counterfoil.store.db import Database, Row
from counterfoil.store.json_columns import from_json, from_json_or_none, to_json
from counterfoil.types import VaultId


class RecordKind(StrEnum):
    """What a record is about. Its ``subject`` names the one: a credential id, an origin, an account."""

    HOME_PASSKEY = "home_passkey"
    SITE_PASSKEY = "site_passkey"
    POLICY = "policy"
    SITE = "site"
    REVOCATION = "revocation"
    SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Record:
    """One version of one fact. ``evidence`` proves itself (a passkey's assertion) and is not signed over."""

    vault: VaultId
    kind: RecordKind
    subject: str
    version: int
    epoch: int
    body: dict[str, Canonical]
    signer: bytes
    signature: bytes = b""
    evidence: Any = None
    received_at: int = 0


def record_bytes(record: Record) -> bytes:
    """The canonical statement that is signed: all that the record claims and who claims it."""
    return encode_canonical(
        {
            "vault": record.vault,
            "kind": record.kind.value,
            "subject": record.subject,
            "version": record.version,
            "epoch": record.epoch,
            "body": record.body,
            "signer": record.signer.hex(),
        }
    )


def record_hash(record: Record) -> bytes:
    """The 32 bytes that the signer's identity key signs."""
    return framed_hash("counterfoil/record/1", record_bytes(record))


def sign_record(record: Record, sign: Callable[[bytes], bytes]) -> Record:
    """The record with its signature; ``sign`` is the identity key of ``record.signer``."""
    return replace(record, signature=sign(record_hash(record)))


def verify_record(record: Record, verify: Callable[[bytes, bytes, bytes], bool]) -> None:
    """Check the signature with ``verify(identity, message, signature)``.

    Raises: InvalidMessage(reason=record_signature)
    """
    if not verify(record.signer, record_hash(record), record.signature):
        raise InvalidMessage("The record's signature is not its signer's.", reason="record_signature")


def put(db: Database, record: Record) -> bool:
    """Keep a verified record; True if it is news.

    Raises: StateConflict(reason=older_version|forked)
    """
    with db.transaction():
        known = current(db, record.vault, record.kind, record.subject)
        if known is not None and record.version < known.version:
            raise StateConflict("A newer version of this is known.", reason="older_version", known=known.version)
        if known is not None and record.version == known.version:
            if record_bytes(record) != record_bytes(known):
                raise StateConflict("Two contents claim the same version.", reason="forked", known=known.version)
            return False
        db.execute(
            "INSERT INTO records (vault, kind, subject, version, epoch, body, signer, signature, evidence, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.vault,
                record.kind.value,
                record.subject,
                record.version,
                record.epoch,
                encode_canonical(record.body).decode(),
                record.signer,
                record.signature,
                None if record.evidence is None else to_json(record.evidence),
                record.received_at,
            ),
        )
    return True


def current(db: Database, vault: str, kind: RecordKind, subject: str) -> Record | None:
    """The newest version of one fact."""
    row = db.one(
        "SELECT * FROM records WHERE vault = ? AND kind = ? AND subject = ? ORDER BY version DESC LIMIT 1",
        (vault, kind.value, subject),
    )
    return None if row is None else _record(row)


def all_current(db: Database, vault: str, kind: RecordKind | None = None) -> list[Record]:
    """The newest version of every fact of a vault, sorted by kind and subject."""
    rows = db.all(
        "SELECT r.* FROM records r WHERE r.vault = ?1 AND (?2 IS NULL OR r.kind = ?2) AND r.version = (SELECT max(version)"
        " FROM records WHERE vault = r.vault AND kind = r.kind AND subject = r.subject) ORDER BY r.kind, r.subject",
        (vault, None if kind is None else kind.value),
    )
    return [_record(row) for row in rows]


def digest(db: Database, vault: str) -> bytes:
    """32 bytes that two parties share exactly when they know the same facts of a vault."""
    return framed_hash("counterfoil/records/1", *(record_hash(record) for record in all_current(db, vault)))


def _record(row: Row) -> Record:
    return Record(
        vault=VaultId(row["vault"]),
        kind=RecordKind(row["kind"]),
        subject=row["subject"],
        version=row["version"],
        epoch=row["epoch"],
        body=from_json(row["body"]),
        signer=row["signer"],
        signature=row["signature"],
        evidence=from_json_or_none(row["evidence"]),
        received_at=row["received_at"],
    )
