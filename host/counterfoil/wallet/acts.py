"""What acts of administration on passkeys there are, and what each party checks of one before it takes part.   DESIGN §6

The act follows from the record that it makes, so that no party can be told another word for it.
"""

from __future__ import annotations

from enum import StrEnum

from counterfoil.errors import AssertionRefused, InvalidEncoding, InvalidMessage, StateConflict
from counterfoil.store import key_slots, records
from counterfoil.store.db import Database
from counterfoil.types import Origin
from counterfoil.wallet.passkey_records import PasskeyRecord, home_passkeys, read_passkey, safes_owned
from counterfoil.webauthn.origin import parse_extension_origin, rp_id_of

MAX_HOME_PASSKEYS = 16


class ActName(StrEnum):
    """The word in the challenge."""

    ENROL_SITE = "enrol_site_passkey"
    REVOKE_SITE = "revoke_site_passkey"
    ENROL_HOME = "enrol_home_passkey"
    REVOKE_HOME = "revoke_home_passkey"


NEEDS_PERSON = frozenset({ActName.ENROL_HOME, ActName.REVOKE_HOME})
"""More than the home passkey: a person on another party's screen, or a day in which any party can call it off.
A site's passkey has no administrative power: to enrol it or to take it away, the home passkey is enough."""


def act_of(passkey: PasskeyRecord) -> ActName:
    """The act that makes this record."""
    if passkey.role == "site":
        return ActName.REVOKE_SITE if passkey.is_revoked else ActName.ENROL_SITE
    return ActName.REVOKE_HOME if passkey.is_revoked else ActName.ENROL_HOME


def check_act(db: Database, vault: str, passkey: PasskeyRecord) -> None:
    """The act fits what this party knows. Raises InvalidMessage, StateConflict."""
    record = records.current(db, vault, passkey.kind, passkey.subject)
    known = None if record is None else read_passkey(record)
    if passkey.is_revoked:
        _check_removal(db, vault, passkey, known)
    elif passkey.role == "home":
        _check_new_home(db, vault, passkey, known)
    elif passkey.rp_id != _host(passkey):
        raise InvalidMessage("This passkey is not of its site's own host.")


def check_approver(passkey: PasskeyRecord, approver: bytes) -> None:
    """A home passkey is taken away by one that stays: so it is known that the one that stays works.

    Raises: AssertionRefused(reason=CREDENTIAL)
    """
    if act_of(passkey) is ActName.REVOKE_HOME and passkey.credential_id == approver:
        raise AssertionRefused(
            "This is the passkey that is to be removed: touch another home passkey.", reason="CREDENTIAL"
        )


def _check_removal(db: Database, vault: str, passkey: PasskeyRecord, known: PasskeyRecord | None) -> None:
    if known is None or known.revoked() != passkey:
        raise InvalidMessage("This is not the passkey that is on record.")
    if known.is_revoked:
        raise StateConflict("This passkey was removed already.", reason="removed")
    if owned := safes_owned(db, vault, passkey.credential_id):
        raise StateConflict(
            f"This passkey owns the Safe {owned[0]}: without it that Safe could not move anything.",
            reason="owns_safe",
            remedy="Make another passkey the Safe's owner first.",
        )
    if passkey.role != "home":
        return
    if len(home_passkeys(db, vault)) < 2:
        raise StateConflict(
            "This is the last home passkey: without it nothing could be changed any more.",
            reason="last_home_passkey",
            remedy="Add another home passkey first.",
        )
    slots = key_slots.slots(db)
    if slots and all(slot.credential_id == passkey.credential_id for slot in slots):
        raise StateConflict(
            "Only this passkey unlocks Counterfoil on this computer.",
            reason="last_key_slot",
            remedy="Let another home passkey unlock it first.",
        )


def _check_new_home(db: Database, vault: str, passkey: PasskeyRecord, known: PasskeyRecord | None) -> None:
    if passkey.accounts or not _is_ours(passkey):
        raise InvalidMessage("This is not a passkey of the wallet's own pages.")
    if known is not None:
        raise StateConflict("This passkey is on record, or was removed from it.", reason="known_passkey")
    if len(home_passkeys(db, vault)) >= MAX_HOME_PASSKEYS:
        raise StateConflict("There are enough home passkeys.", reason="many_passkeys", remedy="Remove one first.")


def _is_ours(passkey: PasskeyRecord) -> bool:
    try:
        return passkey.rp_id == rp_id_of(parse_extension_origin(passkey.origin))
    except InvalidEncoding:
        return False


def _host(passkey: PasskeyRecord) -> str | None:
    try:
        return rp_id_of(Origin(passkey.origin))
    except InvalidEncoding:
        return None
