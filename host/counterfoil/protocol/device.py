"""``device_*``: other agents that this one is paired with."""

from __future__ import annotations

from typing import Literal

from counterfoil.protocol.method import CLI_ONLY, MEMBERS, Method
from counterfoil.protocol.model import Base64Url, Count, Empty, Fault, HexId, Message, Name, Seconds, Text


class OfferParams(Message):
    """Show a pairing code. ``relay_url`` null: this computer's own relay. ``name``: what this device is called elsewhere."""

    relay_url: Text | None
    name: Name | None


class JoinParams(Message):
    """The pairing code that another device shows. A co-signer answers it by itself (``cosigner``), for its own computer."""

    code: Text
    name: Name | None


class CosignerJoinParams(Message):
    """The code that the co-signer's own computer shows it."""

    code: Text


class PairingView(Message):
    """A pairing as it goes on. ``words`` are compared by the people at both devices while ``stage`` is ``compare``.
    ``confirmed``: here, and not yet there."""

    pairing_id: HexId
    stage: Literal["waiting", "compare", "confirmed", "paired", "failed"]
    code: Text | None
    uri: Text | None
    relay_url: Text
    expires_at: Seconds
    words: list[Text]
    peer_name: Text
    identity: Base64Url | None
    """Of the other device, once it is paired."""
    error: Fault | None


class PairingParams(Message):
    """Which pairing, and the stage that the client knows: the answer comes when there is another, or after a while."""

    pairing_id: HexId
    seen: Text


class WordsParams(Message):
    """Whether both devices show the same words. ``accepts_share``: the other device may then give this one its first
    share of a vault, within half an hour."""

    pairing_id: HexId
    same: bool
    accepts_share: bool


class PairingRef(Message):
    """Which pairing."""

    pairing_id: HexId


class AgreeParams(Message):
    """This device's person lets another one change the parties of a vault; null: give this device its first share."""

    identity: Base64Url
    vault_id: HexId | None


class DeviceIdentity(Message):
    """Which device."""

    identity: Base64Url


class ListenParams(Message):
    """An address of this computer that other devices reach; port 0 takes a free one."""

    host: Text
    port: Count


class RelayView(Message):
    """Where this computer's relay listens; ``shared_url`` null: for this computer alone."""

    own_url: Text | None
    shared_url: Text | None


class Device(Message):
    """A paired agent."""

    identity: Base64Url
    name: Name
    kind: Literal["device", "cosigner", "recovery_file"]
    relay_url: Text
    connected: bool
    paired_at: Seconds
    restored: bool
    """It was put back to an older copy; nothing is signed with it before the vault's keys were made anew."""


class ReachParams(Message):
    """A paired agent is found at another relay now."""

    identity: Base64Url
    relay_url: Text


class DeviceList(Message):
    """All paired agents."""

    devices: list[Device]


METHODS = (
    Method("device_list", Empty, DeviceList, MEMBERS),
    Method("device_offer", OfferParams, PairingView, MEMBERS),
    Method("device_join", JoinParams, PairingView, MEMBERS),
    Method("device_pairing", PairingParams, PairingView, MEMBERS, long=True),
    Method("device_confirm", WordsParams, PairingView, MEMBERS),
    Method("device_cancel", PairingRef, Empty, MEMBERS),
    Method("device_agree", AgreeParams, Empty, MEMBERS, unlocked=True),
    Method("device_forget", DeviceIdentity, Empty, MEMBERS),
    Method("device_joinAsCosigner", CosignerJoinParams, Device, CLI_ONLY, long=True),
    Method("relay_state", Empty, RelayView, MEMBERS),
    Method("relay_listen", ListenParams, RelayView, CLI_ONLY),
    Method("relay_unlisten", Empty, RelayView, CLI_ONLY),
    Method("device_reach", ReachParams, Empty, CLI_ONLY),
)
