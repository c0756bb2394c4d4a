"""The words that every namespace shares: one strict base, and the few shapes of text on the wire.

u256 are strings, times are unix seconds, bytes are base64url or 0x-hex as the name says. Nothing here
has a default that hides a missing field, and an unknown field is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field


class Message(BaseModel):
    """Base of all messages: strict types, no extra fields, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


U256 = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,77})$")]
"""A whole number in decimal digits, in base units."""

Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=262144)]
Hex = Annotated[str, Field(pattern=r"^0x([0-9a-f]{2})*$", max_length=524288)]
HexId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
ChainId = Annotated[str, Field(pattern=r"^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$")]
Text = Annotated[str, Field(max_length=4096)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
OriginText = Annotated[str, Field(min_length=3, max_length=512)]
Seconds = Annotated[int, Field(ge=0, le=2**53 - 1)]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
JsonText = Annotated[str, Field(max_length=1_000_000)]
"""JSON inside JSON, parsed again by whoever is meant to read it."""

JsonObject: TypeAlias = dict[str, Any]
"""A structure that a standard defines (WebAuthn options and responses); its reader checks it."""


class Empty(Message):
    """No parameters, or nothing to say."""


class Fault(Message):
    """An error as it crosses the wire. ``code`` and ``reason`` are stable."""

    code: int
    reason: str
    message: str
    remedy: str | None
    details: JsonObject


class SealedSecret(Message):
    """A secret sealed with HPKE to a key from ``seal_open``: ``box`` is enc ‖ ciphertext."""

    session_id: HexId
    box: Base64Url


PartyState = Literal["waiting", "joined", "working", "done", "failed", "asleep", "asked", "agreed"]
