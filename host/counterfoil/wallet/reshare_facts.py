"""What a party that is new to a vault learns of it: records, which all old parties vouch for, and addresses, which it derives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from counterfoil.chains.registry import family_of
from counterfoil.codecs.canonical import encode_canonical
from counterfoil.crypto.hashes import framed_hash, sha256
from counterfoil.errors import AlreadyExists, InvalidMessage
from counterfoil.store import accounts, records, settings
from counterfoil.store.accounts import Account
from counterfoil.store.db import Database
from counterfoil.store.records import Record, RecordKind
from counterfoil.store.vaults import Vault
from counterfoil.types import Caip2
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import parse_passkey
from counterfoil.wallet.record_wire import parse_record, record_as_dict, verify_signed
from counterfoil.wallet.review import account_address
from counterfoil.wallet.safe_create import keep_safe
from counterfoil.wallet.safe_records import parse_safe

_EVM = Caip2("eip155:1")
_PATH = re.compile(r"44/60/0/0/(0|[1-9][0-9]{0,8})", re.ASCII)
"""Of vault accounts on EVM chains; a key with another use is never taken for an account."""
MAX_ACCOUNTS = 256
PEER_PASSKEY = "peer_passkey/"
"""SHA-256 of the home passkey's public key, as a device introduced itself when it was paired."""


def records_digest(db: Database, vault: str) -> str:
    """The same at all parties that know the same facts, whoever signed them for each: a vault's first home passkeys are
    signed by every party for itself."""
    return _digest(records.all_current(db, vault))


def _digest(found: list[Record]) -> str:
    rows = sorted((record.kind.value, record.subject, record.version, record.body) for record in found)
    return framed_hash("counterfoil/reshare-records/1", *(encode_canonical(list(row)) for row in rows)).hex()


def facts_of(wallet: Wallet, vault: Vault) -> dict[str, Any]:
    """For the link, to a party that is new to the vault."""
    own = [account for account in accounts.listed(wallet.db) if account.vault == vault.id]
    return {
        "records": [record_as_dict(record) for record in records.all_current(wallet.db, vault.id)],
        "accounts": [
            {"path": account.path, "name": account.name}
            for account in own
            if _PATH.fullmatch(account.path) and account.address == _address(wallet, vault, account.path)
        ],
    }


def check_facts(value: object, vault: str, digest: str) -> dict[str, Any]:
    """As another agent sent them: exactly the records that every old party vouched for. Raises InvalidMessage."""
    match value:
        case {"records": list(found), "accounts": list(known), **rest} if not rest and len(known) <= MAX_ACCOUNTS:
            read = [parse_record(item) for item in found]
            for record in read:
                verify_signed(record)
            if any(record.vault != vault for record in read) or _digest(read) != digest:
                raise InvalidMessage("These are not the facts that the other devices know.", reason="records")
            for item in known:
                _read_account(item)
            return {"records": found, "accounts": known}
    raise InvalidMessage("The facts of the vault can't be read.", reason="facts")


def check_passkey(wallet: Wallet, sender: bytes, facts: Mapping[str, Any]) -> None:
    """The home passkey that the two people's words stood for is on the record. Raises InvalidMessage(reason=passkey)."""
    promised = settings.get(wallet.db, PEER_PASSKEY + sender.hex())
    if not promised:
        return
    read = [parse_record(item) for item in facts["records"]]
    keys = [parse_passkey(record.body).public_key for record in read if record.kind is RecordKind.HOME_PASSKEY]
    if not any(sha256(key).hex() == promised for key in keys):
        raise InvalidMessage(
            "This is not the passkey that was introduced when the devices were paired.", reason="passkey"
        )


def keep_facts(wallet: Wallet, vault: Vault, facts: Mapping[str, Any]) -> None:
    """In the transaction that makes this party one of the vault's. Addresses are derived here, never taken over."""
    for item in facts["records"]:
        record = parse_record(item)
        known = records.current(wallet.db, vault.id, record.kind, record.subject)
        if known is not None and known.version >= record.version:
            continue
        if record.kind is RecordKind.SAFE:
            keep_safe(wallet, record, parse_safe(record.body))
        else:
            records.put(wallet.db, record)
    for item in facts["accounts"]:
        path, name = _read_account(item)
        address = _address(wallet, vault, path)
        account = Account(wallet.rng(16).hex(), vault.id, "eip155", path, address, name, wallet.now())
        try:
            with wallet.db.transaction():
                accounts.insert(wallet.db, account)
        except AlreadyExists:
            continue


def _address(wallet: Wallet, vault: Vault, path: str) -> str:
    chain = wallet.networks.chain(_EVM)
    return account_address(vault, chain, family_of(chain), path)


def _read_account(value: object) -> tuple[str, str]:
    match value:
        case {"path": str(path), "name": str(name), **rest} if (
            not rest and 0 < len(name) <= 64 and _PATH.fullmatch(path)
        ):
            return path, name
    raise InvalidMessage("An account of the vault can't be read.", reason="facts")
