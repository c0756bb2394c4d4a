"""``device_*``: other agents that this one is paired with."""

from __future__ import annotations

from typing import Literal

from counterfoil.protocol.method import CLI_ONLY, MEMBERS, Method
from counterfoil.protocol.model import Base64Url, Empty, Message, Name, Seconds, Text


class JoinParams(Message):
    """The pairing code that another agent shows. Only a co-signer answers it without a person."""

    code: Text


class Device(Message):
    """A paired agent."""

    identity: Base64Url
    name: Name
    kind: Literal["device", "cosigner", "recovery_file"]
    relay_url: Text
    connected: bool
    paired_at: Seconds


class ReachParams(Message):
    """A paired agent is found at another relay now."""

    identity: Base64Url
    relay_url: Text


class DeviceList(Message):
    """All paired agents."""

    devices: list[Device]


METHODS = (
    Method("device_list", Empty, DeviceList, MEMBERS),
    Method("device_join", JoinParams, Device, CLI_ONLY, long=True),
    Method("device_reach", ReachParams, Empty, CLI_ONLY),
)
