"""``seal_*`` and ``lock_*``: secrets reach the agent sealed, and shares stay sealed until it is unlocked."""

from __future__ import annotations

from typing import Literal

from counterfoil.protocol.method import MEMBERS, Method
from counterfoil.protocol.model import Base64Url, Empty, HexId, JsonText, Message, SealedSecret, Seconds

Recipient = Literal["agent", "cosigner"]


class SealOpenParams(Message):
    """For whom fresh keys are wanted."""

    recipients: list[Recipient]


class SealKey(Message):
    """A fresh X25519 key of one recipient; opens one box, once, and soon forgets it."""

    recipient: Recipient
    session_id: HexId
    public_key: Base64Url


class SealOpenResult(Message):
    """One key for each recipient asked for, in that order."""

    keys: list[SealKey]


class LockOptions(Message):
    """How this wallet can be unlocked. ``request_options_json`` is for ``navigator.credentials.get`` with PRF;
    its first output is for the agent, its second for the co-signer, so neither sees the other's."""

    request_options_json: JsonText | None
    passphrase: bool
    cosigner: bool


class SlotSecret(Message):
    """What opens (or makes) one key slot of one recipient."""

    recipient: Recipient
    kind: Literal["prf", "passphrase"]
    credential_id: Base64Url | None
    secret: SealedSecret


class UnlockParams(Message):
    """One secret for each party on this computer that is to be unlocked."""

    secrets: list[SlotSecret]


class LockState(Message):
    """Which parties on this computer have their share at hand, and until when if idle."""

    agent_unlocked: bool
    cosigner_unlocked: bool
    idle_lock_at: Seconds | None


METHODS = (
    Method("seal_open", SealOpenParams, SealOpenResult, MEMBERS),
    Method("lock_options", Empty, LockOptions, MEMBERS),
    Method("lock_unlock", UnlockParams, LockState, MEMBERS),
    Method("lock_lock", Empty, LockState, MEMBERS),
    Method("lock_state", Empty, LockState, MEMBERS),
)
