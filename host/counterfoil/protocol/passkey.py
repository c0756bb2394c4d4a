"""``passkey_*``: the home passkey of the wallet's own pages, and what passkeys there are."""

from __future__ import annotations

from typing import Literal

from counterfoil.protocol.change import AdminStep
from counterfoil.protocol.lock import SlotSecret
from counterfoil.protocol.method import MEMBERS, PROFILE_ONLY, Method
from counterfoil.protocol.model import (
    Base64Url,
    Count,
    Empty,
    HexId,
    JsonObject,
    JsonText,
    Message,
    Name,
    Seconds,
    Text,
)


class CreationOptions(Message):
    """For ``PublicKeyCredential.parseCreationOptionsFromJSON``."""

    ceremony_id: HexId
    options_json: JsonText


class FinishHomeParams(Message):
    """The answer of ``navigator.credentials.create`` (``toJSON()``, without PRF results) and, where the
    authenticator has PRF, its outputs as key slots: the first for the agent, the second for the co-signer.
    Empty ``slots`` where it has none: the page then asks for passphrases with ``passkey_addSlots``."""

    ceremony_id: HexId
    response: JsonObject
    name: Name
    slots: list[SlotSecret]


class AddSlotsParams(Message):
    """Key slots for the storage keys of the parties on this computer."""

    slots: list[SlotSecret]


class PasskeyUse(Message):
    """Where a passkey is used: the wallet itself, a site, a Safe account (its address)."""

    kind: Literal["home", "site", "safe"]
    name: Text


class Passkey(Message):
    """A passkey as people see it. ``place`` and ``maker`` are what it says of itself, not proven. ``may`` and ``advice``
    are sentences. ``can_unlock``: it has PRF; ``unlocks_here``: it has a key slot on this computer."""

    credential_id: Base64Url
    role: Literal["home", "site"]
    origin: Text
    name: Name
    place: Literal["synced", "device", "hardware", "unknown"]
    maker: Text | None
    uses: list[PasskeyUse]
    may: list[Text]
    advice: Text
    can_unlock: bool
    unlocks_here: bool
    created_at: Seconds
    last_used_at: Seconds | None
    record_version: Count


class PasskeyList(Message):
    """All passkeys on record."""

    passkeys: list[Passkey]


class AddHomeParams(Message):
    """Another home passkey, made with the options of ``passkey_beginHome``. Its key slots follow with
    ``passkey_addSlots`` once it is on record."""

    ceremony_id: HexId
    response: JsonObject
    name: Name
    can_unlock: bool


class PasskeyId(Message):
    """Which passkey."""

    credential_id: Base64Url


class RenameParams(Message):
    """Another name for a passkey, on this computer only."""

    credential_id: Base64Url
    name: Name


class SlotOptions(Message):
    """For ``navigator.credentials.get`` with PRF, of one passkey; approves nothing."""

    request_options_json: JsonText


METHODS = (
    Method("passkey_beginHome", Empty, CreationOptions, PROFILE_ONLY),
    Method("passkey_finishHome", FinishHomeParams, Passkey, PROFILE_ONLY, long=True),
    Method("passkey_addSlots", AddSlotsParams, Empty, MEMBERS, long=True),
    Method("passkey_list", Empty, PasskeyList, MEMBERS),
    Method("passkey_addHome", AddHomeParams, AdminStep, PROFILE_ONLY, unlocked=True, long=True),
    Method("passkey_remove", PasskeyId, AdminStep, PROFILE_ONLY, unlocked=True, long=True),
    Method("passkey_rename", RenameParams, Empty, MEMBERS),
    Method("passkey_slotOptions", PasskeyId, SlotOptions, PROFILE_ONLY, unlocked=True),
)
