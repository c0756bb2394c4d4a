"""Changes that need more than a touch: every party holds them until a person agreed elsewhere, or a day went by.   DESIGN §6

Each party counts for itself from when it heard, and believes only signatures of parties of the vault.
A co-signer shares the screen of the device it belongs to, so its word is nobody's: where a vault has no
other device, the window's person is the only one there is, and counts.
"""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.identity import verify_signature
from counterfoil.errors import InvalidMessage, StateConflict
from counterfoil.store import changes, log, reshares, vaults
from counterfoil.store.changes import Change, ChangeState
from counterfoil.store.records import Record, record_hash
from counterfoil.store.vaults import Vault
from counterfoil.types import PartyKind
from counterfoil.wallet.acts import act_of, check_act
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkey, read_passkey
from counterfoil.wallet.put_on_record import put_on_record
from counterfoil.wallet.record_wire import parse_record, record_as_dict

WAIT_SECONDS = 24 * 60 * 60
GIVEN_UP_SECONDS = 7 * WAIT_SECONDS
_TAG = "counterfoil/change-consent/1"


def change_id(record: Record) -> str:
    """The same on every party: 16 bytes over the signed record, in hex."""
    return framed_hash("counterfoil/change/1", record_hash(record))[:16].hex()


def hold(wallet: Wallet, record: Record, *, initiator: int, approver: bytes) -> Change:
    """Keep a change that was checked, until it may be put on record. Raises AlreadyExists."""
    now = wallet.now()
    change = Change(
        id=change_id(record),
        vault=record.vault,
        record=record_as_dict(record),
        initiator=initiator,
        approver=approver,
        heard_at=now,
        ready_at=now + WAIT_SECONDS,
    )
    act = act_of(read_passkey(record)).value
    with wallet.db.transaction():
        changes.insert(wallet.db, change)
        log.append(wallet.db, "change_waits", {"change": change.id, "act": act}, now)
    wallet.events.state_changed()
    return change


def passkey_of(change: Change) -> PasskeyRecord:
    """The passkey that a change is about."""
    return read_passkey(parse_record(dict(change.record)))


def agreeing_devices(vault: Vault, change: Change) -> frozenset[int]:
    """Devices with a screen of their own, whose person can agree: all but the one that asks."""
    return frozenset(p.index for p in vault.parties if p.kind is PartyKind.DEVICE and p.index != change.initiator)


def may_keep(wallet: Wallet, change: Change) -> bool:
    """A person agreed on another device; or there is none; or it has waited for a day. Never while the vault's parties
    change: one that joins would miss it."""
    if change.state is not ChangeState.WAITING or reshares.waiting(wallet.db, change.vault) is not None:
        return False
    devices = agreeing_devices(vaults.get(wallet.db, change.vault), change)
    return not devices or bool(devices & change.consents.keys()) or wallet.now() >= change.ready_at


def keep(wallet: Wallet, change: Change) -> None:
    """Put it on record, if it still fits what is known; what no longer fits is over.

    Raises: StateConflict, InvalidMessage
    """
    record = parse_record(dict(change.record))
    passkey = read_passkey(record)
    try:
        with wallet.db.transaction():
            check_still_fits(wallet, change)
            put_on_record(wallet, record, passkey)
            changes.end(wallet.db, change.id, ChangeState.KEPT, wallet.now())
    except (StateConflict, InvalidMessage):
        call_off(wallet, change)
        raise


def check_still_fits(wallet: Wallet, change: Change) -> None:
    """What was true when it was asked for still is. Raises StateConflict, InvalidMessage."""
    record = parse_record(dict(change.record))
    if vaults.get(wallet.db, change.vault).epoch != record.epoch:
        raise StateConflict("The vault was set up afresh meanwhile.", reason="epoch")
    if home_passkey(wallet.db, change.vault, change.approver) is None:
        raise StateConflict("The passkey that approved it was removed meanwhile.", reason="approver")
    check_act(wallet.db, change.vault, read_passkey(record))


def call_off(wallet: Wallet, change: Change) -> None:
    """It will never be put on record here. Does nothing where it is over."""
    with wallet.db.transaction():
        if changes.end(wallet.db, change.id, ChangeState.CANCELLED, wallet.now()):
            log.append(wallet.db, "change_called_off", {"change": change.id}, wallet.now())
    wallet.events.state_changed()


def consent_to(wallet: Wallet, change: Change) -> bytes:
    """This device's signed word that its person agreed."""
    return wallet.identity.sign(_TAG, bytes.fromhex(change.id))


def note_consents(wallet: Wallet, change: Change, given: Mapping[int, bytes]) -> Change:
    """Keep the signed consents of other parties. Raises InvalidMessage for one that its party did not sign."""
    parties = {party.index: party for party in vaults.get(wallet.db, change.vault).parties}
    for index, signature in given.items():
        if index not in parties:
            raise InvalidMessage("This is no party of that vault.")
        verify_signature(parties[index].identity, signature, _TAG, bytes.fromhex(change.id))
        if index not in change.consents:
            change = changes.agree(wallet.db, change.id, index, signature)
    return change
