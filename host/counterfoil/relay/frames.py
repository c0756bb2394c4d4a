"""The frames of the relay, for the server and its client.   RFC 6455 messages

client → relay   01 post  u32be ref ‖ mailbox(32) ‖ box        02 ack  mailbox(32) ‖ u64be number (and all before it)
                 {"type": "subscribe" | "unsubscribe", "mailbox": hex}
relay → client   11 box   mailbox(32) ‖ u64be number ‖ box     12 posted  u32be ref
                 {"type": "welcome", "version": 1, "relay": hex}      first; another id is another relay's memory
                 {"type": "error", "reason": word, "ref": number | null}
                 {"type": "unsubscribed", "mailbox": hex}             someone else subscribed
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from counterfoil.codecs.strict_json import encode_json, parse_json
from counterfoil.errors import InvalidFrame

VERSION = 1
MAILBOX_BYTES = 32
BOX_BYTES = 2**20
MAX_FRAME_BYTES = BOX_BYTES + 64
MAX_CONTROL_BYTES = 1024

_POST, _ACK, _BOX, _POSTED = 0x01, 0x02, 0x11, 0x12
_HEX = re.compile(r"[0-9a-f]{64}\Z")
_WORD = re.compile(r"[a-z_]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Post:
    """Put a box into a mailbox; ``ref`` comes back in the answer."""

    ref: int
    mailbox: bytes
    box: bytes


@dataclass(frozen=True, slots=True)
class Ack:
    """Every box of ``mailbox`` up to ``number`` may be forgotten."""

    mailbox: bytes
    number: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Deliver the boxes of ``mailbox`` here."""

    mailbox: bytes


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Deliver them here no more (client), or: someone else took the mailbox over (relay)."""

    mailbox: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """A box; ``number`` grows over the whole life of a relay."""

    mailbox: bytes
    number: int
    box: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """The relay holds the box of this ``ref``."""

    ref: int


@dataclass(frozen=True, slots=True)
class Welcome:
    """The relay's random name for as long as it lives: a new one has lost every box."""

    relay: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """The relay did not do what was asked."""

    reason: str
    ref: int | None


ClientFrame: TypeAlias = Post | Ack | Subscribe | Unsubscribe
RelayFrame: TypeAlias = Delivery | Posted | Welcome | Failed | Unsubscribe


def encode_client_frame(frame: ClientFrame) -> bytes | str:
    """Bytes for a binary message, str for a text message."""
    match frame:
        case Post(ref, mailbox, box):
            return bytes([_POST]) + ref.to_bytes(4, "big") + mailbox + box
        case Ack(mailbox, number):
            return bytes([_ACK]) + mailbox + number.to_bytes(8, "big")
        case Subscribe(mailbox):
            return _control(type="subscribe", mailbox=mailbox.hex())
        case Unsubscribe(mailbox):
            return _control(type="unsubscribe", mailbox=mailbox.hex())


def parse_client_frame(data: bytes | str) -> ClientFrame:
    """Read what a client sent; anything else is refused.

    Raises: InvalidFrame
    """
    if isinstance(data, str):
        return _parse_client_control(data)
    kind = data[:1]
    if kind == bytes([_POST]):
        if len(data) < 5 + MAILBOX_BYTES:
            raise InvalidFrame("The post is cut short.", reason="truncated")
        return Post(int.from_bytes(data[1:5], "big"), data[5:37], data[37:])
    if kind == bytes([_ACK]):
        if len(data) != 1 + MAILBOX_BYTES + 8:
            raise InvalidFrame("The acknowledgement has a wrong length.", reason="truncated")
        return Ack(data[1:33], int.from_bytes(data[33:], "big"))
    raise InvalidFrame("The relay does not know this message.", reason="unknown_type")


def encode_relay_frame(frame: RelayFrame) -> bytes | str:
    """Bytes for a binary message, str for a text message."""
    match frame:
        case Delivery(mailbox, number, box):
            return bytes([_BOX]) + mailbox + number.to_bytes(8, "big") + box
        case Posted(ref):
            return bytes([_POSTED]) + ref.to_bytes(4, "big")
        case Welcome(relay):
            return _control(type="welcome", version=VERSION, relay=relay.hex())
        case Failed(reason, ref):
            return _control(type="error", reason=reason, ref=ref)
        case Unsubscribe(mailbox):
            return _control(type="unsubscribed", mailbox=mailbox.hex())


def parse_relay_frame(data: bytes | str) -> RelayFrame:
    """Read what a relay sent; the relay is not trusted either.

    Raises: InvalidFrame
    """
    if isinstance(data, str):
        return _parse_relay_control(data)
    kind = data[:1]
    if kind == bytes([_BOX]) and len(data) >= 1 + MAILBOX_BYTES + 8:
        return Delivery(data[1:33], int.from_bytes(data[33:41], "big"), data[41:])
    if kind == bytes([_POSTED]) and len(data) == 5:
        return Posted(int.from_bytes(data[1:], "big"))
    raise InvalidFrame("The relay sent something unknown.", reason="unknown_type")


def _control(**fields: str | int | None) -> str:
    return encode_json(fields).decode()


def _parse_control(text: str) -> dict[str, object]:
    if len(text) > MAX_CONTROL_BYTES:
        raise InvalidFrame("The message is too long.", reason="too_large")
    value = parse_json(text)
    if not isinstance(value, dict):
        raise InvalidFrame("The message is not an object.", reason="syntax")
    return value


def _parse_client_control(text: str) -> ClientFrame:
    value = _parse_control(text)
    if value.keys() != {"type", "mailbox"}:
        raise InvalidFrame("The message has other fields than agreed.", reason="fields")
    if value["type"] == "subscribe":
        return Subscribe(_parse_mailbox(value["mailbox"]))
    if value["type"] == "unsubscribe":
        return Unsubscribe(_parse_mailbox(value["mailbox"]))
    raise InvalidFrame("The relay does not know this message.", reason="unknown_type")


def _parse_relay_control(text: str) -> RelayFrame:
    value = _parse_control(text)
    match value:
        case {"type": "welcome", "version": 1, "relay": relay}:
            return Welcome(_parse_mailbox(relay))
        case {"type": "unsubscribed", "mailbox": mailbox}:
            return Unsubscribe(_parse_mailbox(mailbox))
        case {"type": "error", "reason": str(reason), "ref": ref} if _WORD.match(reason) and _is_ref(ref):
            return Failed(reason, ref if isinstance(ref, int) else None)
    raise InvalidFrame("The relay sent something unknown.", reason="unknown_type")


def _is_ref(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**32)


def _parse_mailbox(value: object) -> bytes:
    if not isinstance(value, str) or not _HEX.match(value):
        raise InvalidFrame("A mailbox is 32 bytes in lower-case hex.", reason="mailbox")
    return bytes.fromhex(value)
