"""``passkey_*``: the home passkey of the wallet's own pages, and what passkeys there are."""

from __future__ import annotations

from typing import Literal

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


class Passkey(Message):
    """A passkey as people see it."""

    credential_id: Base64Url
    role: Literal["home", "site"]
    origin: Text
    name: Name
    synced: bool
    can_unlock: bool
    created_at: Seconds
    last_used_at: Seconds | None
    record_version: Count


class PasskeyList(Message):
    """All passkeys on record."""

    passkeys: list[Passkey]


METHODS = (
    Method("passkey_beginHome", Empty, CreationOptions, PROFILE_ONLY),
    Method("passkey_finishHome", FinishHomeParams, Passkey, PROFILE_ONLY, long=True),
    Method("passkey_addSlots", AddSlotsParams, Empty, MEMBERS, long=True),
    Method("passkey_list", Empty, PasskeyList, MEMBERS),
)
