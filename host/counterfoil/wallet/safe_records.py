"""Safes as signed records that every party keeps, each having derived the address for itself.   DESIGN §3, §7.2

A Safe's record never changes: its address follows from the owner key, the passkey and the salt. It is
filed under that address; the owner key's index is used for no other Safe.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from counterfoil.chains.evm.safe.account import Passkey, SafeAccount, plan_account
from counterfoil.chains.evm.safe.contracts import VERIFIERS
from counterfoil.chains.evm.safe.creation_code import CreationCodes
from counterfoil.chains.evm.safe.requests import safe_account
from counterfoil.codecs.canonical import Canonical
from counterfoil.codecs.strict_json import MAX_SAFE_INTEGER
from counterfoil.errors import InvalidMessage, WalletError
from counterfoil.store import records
from counterfoil.store.db import Database
from counterfoil.store.records import RecordKind
from counterfoil.wallet.passkey_records import PasskeyRecord
from counterfoil.webauthn.cose import parse_cose_key

OWNER_PATH: Final = "44/60/0/1/"
"""A Safe's owner: one index for each Safe, never shown to sites."""

MAX_OWNERS: Final = 1000
_TEXTS: Final = ("address", "owner", "signer", "name", "passkey_role", "passkey_origin", "credential_id")
_WHOLE: Final = ("x", "y", "verifiers", "salt_nonce")
_NUMBERS: Final = ("owner_index", "created_at")
_CODES: Final = ("safe_proxy", "signer_proxy")
_DECIMAL: Final = re.compile(r"(0|[1-9][0-9]{0,77})\Z")


@dataclass(frozen=True, slots=True)
class SafeRecord:
    """What parties know of a Safe. ``codes`` prove themselves: they are what its address is derived with."""

    account: SafeAccount
    owner_index: int
    credential_id: bytes
    passkey_role: str
    passkey_origin: str
    name: str
    created_at: int
    codes: CreationCodes

    @property
    def owner_path(self) -> str:
        """Where the owner key is derived."""
        return f"{OWNER_PATH}{self.owner_index}"

    @property
    def kind(self) -> RecordKind:
        """The record's kind in the store."""
        return RecordKind.SAFE

    @property
    def subject(self) -> str:
        """What the record is filed under."""
        return self.account.address

    def as_dict(self) -> dict[str, Canonical]:
        """Canonical body of the record."""
        account, key = self.account, self.account.passkey
        return {
            "address": account.address,
            "owner": account.owner,
            "signer": account.signer,
            "x": str(key.x),
            "y": str(key.y),
            "verifiers": str(key.verifiers),
            "salt_nonce": str(account.salt_nonce),
            "owner_index": self.owner_index,
            "credential_id": self.credential_id.hex(),
            "passkey_role": self.passkey_role,
            "passkey_origin": self.passkey_origin,
            "name": self.name,
            "created_at": self.created_at,
            "safe_proxy": self.codes.safe_proxy.hex(),
            "signer_proxy": self.codes.signer_proxy.hex(),
        }


def safe_on_record(db: Database, vault: str, address: str) -> SafeRecord | None:
    """The Safe of this address, if this party put it on record."""
    record = records.current(db, vault, RecordKind.SAFE, address)
    return None if record is None else parse_safe(record.body)


def safes_on_record(db: Database, vault: str) -> list[SafeRecord]:
    """Every Safe of a vault."""
    return [parse_safe(record.body) for record in records.all_current(db, vault, RecordKind.SAFE)]


def parse_safe(body: Any) -> SafeRecord:  # noqa: ANN401 - from another agent
    """Read a record's body and derive its address anew; whose owner key it is, is for the caller to check.

    Raises: InvalidMessage
    """
    if not isinstance(body, dict) or set(body) != {*_TEXTS, *_WHOLE, *_NUMBERS, *_CODES}:
        raise InvalidMessage("This is not a Safe's record.")
    whole = all(isinstance(body[name], str) and _DECIMAL.match(body[name]) for name in _WHOLE)
    numbers = all(type(body[name]) is int and 0 <= body[name] <= MAX_SAFE_INTEGER for name in _NUMBERS)
    texts = all(isinstance(body[name], str) and len(body[name]) <= 2048 for name in (*_TEXTS, *_CODES))
    if (
        not (whole and numbers and texts and body["passkey_role"] in {"home", "site"})
        or not 0 < len(body["name"]) <= 64
    ):
        raise InvalidMessage("This is not a Safe's record.")
    try:
        key = Passkey(int(body["x"]), int(body["y"]), int(body["verifiers"]))
        codes = CreationCodes(*(bytes.fromhex(body[name]) for name in _CODES))
        planned = plan_account(codes, body["owner"], key, int(body["salt_nonce"]))
        given = safe_account(body["address"], body["owner"], body["signer"], key, int(body["salt_nonce"]))
        credential_id = bytes.fromhex(body["credential_id"])
    except (ValueError, WalletError):
        raise InvalidMessage("This is not a Safe's record.") from None
    if given != planned or key.verifiers != VERIFIERS:
        raise InvalidMessage("The Safe's address is not that of its keys.", reason="safe_address")
    return SafeRecord(
        account=planned,
        owner_index=body["owner_index"],
        credential_id=credential_id,
        passkey_role=body["passkey_role"],
        passkey_origin=body["passkey_origin"],
        name=body["name"],
        created_at=body["created_at"],
        codes=codes,
    )


def plan_safe(
    codes: CreationCodes,
    owner: str,
    owner_index: int,
    passkey: PasskeyRecord,
    *,
    name: str,
    now: int,
    salt_nonce: int,
) -> SafeRecord:
    """The record of a new Safe. Raises InvalidTransaction."""
    point = parse_cose_key(passkey.public_key)
    return SafeRecord(
        account=plan_account(codes, owner, Passkey(point.x, point.y), salt_nonce),
        owner_index=owner_index,
        credential_id=passkey.credential_id,
        passkey_role=passkey.role,
        passkey_origin=passkey.origin,
        name=name,
        created_at=now,
        codes=codes,
    )
