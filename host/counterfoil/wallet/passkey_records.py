"""Passkeys as signed, versioned records that every party of a vault keeps.   DESIGN §6, §7.2

Site passkeys are filed under their site's origin, one at a time; home passkeys under their
credential id in hex. A revoked passkey is a newer version of its record, never a missing one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.codecs.canonical import Canonical
from counterfoil.codecs.strict_json import MAX_SAFE_INTEGER
from counterfoil.errors import InvalidMessage
from counterfoil.store import records
from counterfoil.store.db import Database
from counterfoil.store.records import Record, RecordKind
from counterfoil.webauthn.cose import parse_cose_key
from counterfoil.webauthn.registration import Passkey

_FIELDS = {
    "role", "credential_id", "public_key", "rp_id", "origin", "aaguid", "backup_eligible", "backed_up",
    "transports", "name", "accounts", "can_unlock", "created_at", "is_revoked", "user_handle",
    "sign_count",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PasskeyRecord:
    """What parties know of a passkey. ``accounts``: addresses a site passkey may approve for; empty for home.
    ``user_handle`` is the ``user.id`` that it was made with."""

    role: str
    credential_id: bytes
    public_key: bytes
    rp_id: str
    origin: str
    aaguid: bytes
    backup_eligible: bool
    backed_up: bool
    transports: tuple[str, ...]
    name: str
    accounts: tuple[str, ...]
    can_unlock: bool
    created_at: int
    user_handle: bytes
    is_revoked: bool = False
    sign_count: int = 0
    """What the passkey's counter showed when it was made: its first assertion has to be above that."""

    @property
    def subject(self) -> str:
        """What the record is filed under."""
        return self.origin if self.role == "site" else self.credential_id.hex()

    @property
    def kind(self) -> RecordKind:
        """The record's kind in the store."""
        return RecordKind.SITE_PASSKEY if self.role == "site" else RecordKind.HOME_PASSKEY

    def with_accounts(self, accounts: tuple[str, ...]) -> PasskeyRecord:
        """The same passkey, for these accounts."""
        return replace(self, accounts=accounts)

    def revoked(self) -> PasskeyRecord:
        """The same passkey, which from then on approves nothing."""
        return replace(self, is_revoked=True)

    def as_dict(self) -> dict[str, Canonical]:
        """Canonical body of the record."""
        return {
            "role": self.role,
            "credential_id": encode_base64url(self.credential_id),
            "public_key": encode_base64url(self.public_key),
            "rp_id": self.rp_id,
            "origin": self.origin,
            "aaguid": self.aaguid.hex(),
            "backup_eligible": self.backup_eligible,
            "backed_up": self.backed_up,
            "transports": list(self.transports),
            "name": self.name,
            "accounts": list(self.accounts),
            "can_unlock": self.can_unlock,
            "created_at": self.created_at,
            "is_revoked": self.is_revoked,
            "sign_count": self.sign_count,
            "user_handle": encode_base64url(self.user_handle),
        }


def passkey_record(
    passkey: Passkey,
    *,
    role: str,
    name: str,
    accounts: tuple[str, ...],
    can_unlock: bool,
    created_at: int,
    user_handle: bytes,
) -> PasskeyRecord:
    """The record of a passkey just verified."""
    return PasskeyRecord(
        role=role,
        credential_id=passkey.credential_id,
        public_key=passkey.public_key,
        rp_id=passkey.rp_id,
        origin=passkey.origin,
        aaguid=passkey.aaguid,
        backup_eligible=passkey.backup_eligible,
        backed_up=passkey.backed_up,
        transports=passkey.transports,
        name=name,
        accounts=accounts,
        can_unlock=can_unlock,
        created_at=created_at,
        sign_count=passkey.sign_count,
        user_handle=user_handle,
    )


def site_passkey(db: Database, vault: str, origin: str) -> PasskeyRecord | None:
    """The passkey of a site, unless there is none or it was revoked."""
    return _live(records.current(db, vault, RecordKind.SITE_PASSKEY, origin))


def home_passkey(db: Database, vault: str, credential_id: bytes) -> PasskeyRecord | None:
    """One home passkey, unless there is none or it was revoked."""
    return _live(records.current(db, vault, RecordKind.HOME_PASSKEY, credential_id.hex()))


def home_passkeys(db: Database, vault: str) -> list[PasskeyRecord]:
    """The home passkeys of a vault that were not revoked."""
    found = (_live(record) for record in records.all_current(db, vault, RecordKind.HOME_PASSKEY))
    return [passkey for passkey in found if passkey is not None]


def safes_owned(db: Database, vault: str, credential_id: bytes) -> list[str]:
    """Addresses of the Safes on record that this passkey owns."""
    return [
        record.subject
        for record in records.all_current(db, vault, RecordKind.SAFE)
        if record.body.get("credential_id") == credential_id.hex()
    ]


def _live(record: Record | None) -> PasskeyRecord | None:
    if record is None:
        return None
    passkey = read_passkey(record)
    return None if passkey.is_revoked else passkey


def read_passkey(record: Record) -> PasskeyRecord:
    """The passkey of a kept record."""
    return parse_passkey(record.body)


def parse_passkey(body: Any) -> PasskeyRecord:  # noqa: ANN401 - from another agent
    """Read a record's body; the key has to be a point of P-256.

    Raises: InvalidMessage, InvalidEncoding, AssertionRefused(reason=ENCODING)
    """
    if not isinstance(body, dict) or set(body) != _FIELDS:
        raise InvalidMessage("This is not a passkey's record.")
    sign_count = body["sign_count"]
    texts = ("role", "credential_id", "public_key", "rp_id", "origin", "aaguid", "name", "user_handle")
    flags = ("backup_eligible", "backed_up", "can_unlock", "is_revoked")
    lists = ("transports", "accounts")
    if not (
        all(isinstance(body[k], str) and len(body[k]) <= 2048 for k in texts)
        and all(isinstance(body[k], bool) for k in flags)
        and all(isinstance(body[k], list) and all(isinstance(i, str) for i in body[k]) for k in lists)
        and type(body["created_at"]) is int
        and 0 <= body["created_at"] <= MAX_SAFE_INTEGER
        and type(sign_count) is int
        and 0 <= sign_count < 2**32
        and _is_hex(body["aaguid"])
        and body["role"] in {"site", "home"}
    ):
        raise InvalidMessage("This is not a passkey's record.")
    public_key = parse_base64url(body["public_key"])
    parse_cose_key(public_key)
    return PasskeyRecord(
        role=body["role"],
        credential_id=parse_base64url(body["credential_id"]),
        public_key=public_key,
        rp_id=body["rp_id"],
        origin=body["origin"],
        aaguid=bytes.fromhex(body["aaguid"]),
        backup_eligible=body["backup_eligible"],
        backed_up=body["backed_up"],
        transports=tuple(body["transports"]),
        name=body["name"],
        accounts=tuple(body["accounts"]),
        can_unlock=body["can_unlock"],
        created_at=body["created_at"],
        is_revoked=body["is_revoked"],
        sign_count=sign_count,
        user_handle=parse_base64url(body["user_handle"]),
    )


def _is_hex(text: str) -> bool:
    try:
        return bytes.fromhex(text).hex() == text
    except ValueError:
        return False
