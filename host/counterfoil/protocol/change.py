"""``change_*``: who shares a vault's key from now on. An act of administration: the home passkey, and the other person."""

from __future__ import annotations

from counterfoil.protocol.method import MEMBERS, Method
from counterfoil.protocol.model import Base64Url, HexId, JsonObject, JsonText, Message, Name, SealedSecret
from counterfoil.protocol.vault import PartyView, Vault


class BeginParams(Message):
    """``device``: the paired device that takes the co-signer's place; null: the same parties get new shares."""

    vault_id: HexId
    device: Base64Url | None


class ChangeView(Message):
    """What the home passkey is touched for. ``options_json`` null: this wallet has no passkey, and none is asked for."""

    change_id: HexId
    options_json: JsonText | None
    leaves: Name | None
    comes: Name | None
    parties: list[PartyView]


class CarryOutParams(Message):
    """The home passkey's answer, and the passphrase of the new recovery file. The old parties sign until that file was
    saved and proven (``backup_download``, ``backup_prove``)."""

    change_id: HexId
    response: JsonObject | None
    recovery_passphrase: SealedSecret


METHODS = (
    Method("change_begin", BeginParams, ChangeView, MEMBERS, unlocked=True, long=True),
    Method("change_carryOut", CarryOutParams, Vault, MEMBERS, unlocked=True, long=True),
)
