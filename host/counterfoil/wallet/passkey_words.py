"""A passkey in sentences: where it lives, what it may do, what to make of that."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.store import key_slots, passkey_counters
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import PasskeyRecord
from counterfoil.webauthn.whereabouts import Place, Whereabouts, whereabouts

_ADVICE = {
    (
        Place.SYNCED,
        "home",
    ): "It is copied to your other devices: whoever gets into {maker} has it too. Alone it moves nothing.",
    (
        Place.DEVICE,
        "home",
    ): "It lives on one device only and is lost with it. Have a second home passkey somewhere else.",
    (Place.HARDWARE, "home"): "It lives on a security key. Keep the key apart from this computer.",
    (Place.UNKNOWN, "home"): "It does not say where it lives. Count it as lost when the device is lost.",
    (Place.SYNCED, "site"): "It is copied to your other devices by {maker}. If it goes, the site makes a new one.",
    (Place.DEVICE, "site"): "It lives on one device only. If it goes, the site makes a new one; nothing else is lost.",
    (Place.HARDWARE, "site"): "It lives on a security key. If it goes, the site makes a new one; nothing else is lost.",
    (Place.UNKNOWN, "site"): "If it goes, the site makes a new one; nothing else is lost.",
}


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a person is told of a passkey. ``unlocks_here``: it has a key slot on this computer."""

    where: Whereabouts
    may: tuple[str, ...]
    advice: str
    unlocks_here: bool


def portrait(wallet: Wallet, passkey: PasskeyRecord) -> Portrait:
    """Of a passkey as it is now: whether it is copied is what it said when it was last touched."""
    seen = passkey_counters.backed_up(wallet.db, passkey.credential_id)
    where = whereabouts(
        aaguid=passkey.aaguid,
        backup_eligible=passkey.backup_eligible,
        backed_up=passkey.backed_up if seen is None else seen,
        transports=passkey.transports,
    )
    unlocks = any(slot.credential_id == passkey.credential_id for slot in key_slots.slots(wallet.db))
    maker = where.maker or "the account that copies it"
    return Portrait(where, _may(passkey, unlocks), _ADVICE[where.place, passkey.role].format(maker=maker), unlocks)


def place_in_words(where: Whereabouts) -> str:
    """Where it lives, in a few words."""
    words = {
        Place.SYNCED: "synced",
        Place.DEVICE: "on one device",
        Place.HARDWARE: "on a security key",
        Place.UNKNOWN: "it does not say where it is",
    }[where.place]
    return f"{where.maker}, {words}" if where.maker else words


def _may(passkey: PasskeyRecord, unlocks: bool) -> tuple[str, ...]:
    if passkey.role == "site":
        count = len(passkey.accounts)
        return (
            f"Approves what {passkey.origin} asks for, with {'one address' if count == 1 else f'{count} addresses'}",
            "Can't approve for another site, unlock or change anything",
        )
    return (
        *(["Unlocks Counterfoil on this computer"] if unlocks else []),
        "Lets sites in",
        "Approves where a site's own passkey can't",
        "Approves changes, together with a person on another device or a day's wait",
    )
