"""Where a passkey lives: from what it says of its copies, and the model number of what made it.

Nothing here is proven: attestation is not asked for (§8.7), so an authenticator may name itself what it
likes. It is good for advice, never for a decision about money.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

_CABLES = frozenset({"usb", "nfc", "ble", "smart-card"})


class Place(StrEnum):
    """Synced to other devices, on one device only, on a security key, or not said."""

    SYNCED = "synced"
    DEVICE = "device"
    HARDWARE = "hardware"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """``maker`` is None where the model number is not in our table."""

    place: Place
    maker: str | None


def whereabouts(*, aaguid: bytes, backup_eligible: bool, backed_up: bool, transports: Sequence[str]) -> Whereabouts:
    """Where the passkey most likely is.

    Standard: WebAuthn L3 §6.1.3 (backup state), §5.8.4 (transports), §6.5.1 (AAGUID)
    In:       what the passkey said when it was made, its backup state when it was last touched
    Out:      Whereabouts; a passkey that may be copied and is not yet counts as on this device
    Vectors:  tests/unit/webauthn/test_whereabouts.py
    """
    maker, form = _table().get(aaguid, (None, None))
    return Whereabouts(_place(form, backup_eligible, backed_up, frozenset(transports)), maker)


def _place(form: str | None, backup_eligible: bool, backed_up: bool, transports: frozenset[str]) -> Place:
    if backed_up:
        return Place.SYNCED
    if form == "key" or (transports and transports <= _CABLES and not backup_eligible):
        return Place.HARDWARE
    if form in {"platform", "software"} or "internal" in transports:
        return Place.DEVICE
    return Place.UNKNOWN


@cache
def _table() -> dict[bytes, tuple[str, str]]:
    """Model numbers as makers publish them: name, and whether it is a key, a part of the computer, or software."""
    text = (resources.files("counterfoil.webauthn") / "authenticators.json").read_text(encoding="utf-8")
    return {bytes.fromhex(name.replace("-", "")): (maker, form) for name, (maker, form) in json.loads(text).items()}
