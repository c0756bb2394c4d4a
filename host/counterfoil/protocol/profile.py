"""``profile_*``: pairing a browser profile with this agent, once, by a code shown on both sides."""

from __future__ import annotations

from counterfoil.protocol.method import ANYONE, CLI_ONLY, MEMBERS, Method
from counterfoil.protocol.model import Base64Url, Empty, HexId, Message, Name, Seconds, Text


class BeginParams(Message):
    """A browser asks to be paired."""

    name: Name
    browser: Name


class Pairing(Message):
    """A pairing that waits for its code to be compared: six digits, on screen and in the terminal."""

    pairing_id: HexId
    code: Text
    name: Name
    browser: Name
    extension: Text
    expires_at: Seconds


class PairingId(Message):
    """Which pairing."""

    pairing_id: HexId


class Paired(Message):
    """The profile's lasting proof; the agent keeps only a hash of the token."""

    profile_id: HexId
    token: Base64Url


class PairingList(Message):
    """Pairings that wait."""

    pairings: list[Pairing]


class ConfirmParams(Message):
    """The person saw the same code in the browser."""

    code: Text


class Profile(Message):
    """A paired browser profile."""

    profile_id: HexId
    name: Name
    browser: Name
    created_at: Seconds
    last_seen_at: Seconds | None


class ProfileList(Message):
    """All that are paired."""

    profiles: list[Profile]


class ProfileId(Message):
    """Which profile."""

    profile_id: HexId


METHODS = (
    Method("profile_begin", BeginParams, Pairing, ANYONE),
    Method("profile_await", PairingId, Paired, ANYONE, long=True),
    Method("profile_pending", Empty, PairingList, CLI_ONLY),
    Method("profile_confirm", ConfirmParams, Profile, CLI_ONLY),
    Method("profile_list", Empty, ProfileList, MEMBERS),
    Method("profile_revoke", ProfileId, Empty, CLI_ONLY),
)
