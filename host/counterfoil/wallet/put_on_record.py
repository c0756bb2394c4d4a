"""What goes with a new version of a passkey's record: a removed one opens nothing and its site is disconnected."""

from __future__ import annotations

from counterfoil.store import key_slots, log, records, sites
from counterfoil.store.records import Record
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import PasskeyRecord


def put_on_record(wallet: Wallet, record: Record, passkey: PasskeyRecord) -> None:
    """Keep a record that was approved. Raises StateConflict(reason=older_version|forked|last_key_slot)."""
    was_connected = passkey.is_revoked and sites.permission(wallet.db, passkey.origin) is not None
    with wallet.db.transaction():
        records.put(wallet.db, record)
        if passkey.is_revoked:
            _close_slots(wallet, passkey.credential_id)
        if was_connected:
            sites.revoke(wallet.db, passkey.origin)
        kind = "passkey_removed" if passkey.is_revoked else "passkey_enrolled"
        log.append(wallet.db, kind, {"origin": passkey.origin, "version": record.version}, wallet.now())
    if was_connected:
        wallet.events.provider(passkey.origin, "accountsChanged", [])
    wallet.events.state_changed()


def _close_slots(wallet: Wallet, credential_id: bytes) -> None:
    for slot in key_slots.slots(wallet.db):
        if slot.credential_id == credential_id:
            key_slots.remove_slot(wallet.db, slot.id)
