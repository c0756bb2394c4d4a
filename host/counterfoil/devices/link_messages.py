"""What passes inside a link's sealed boxes: strict JSON, one kind of object for each purpose.

hello    {"type", "instance": hex, "confirm": hex, "hello": object}     first in every session, both ways
call     {"type", "id": n, "kind": word, "body": object}                answer {"type", "id": n, "body": object}
note     {"type", "kind": word, "body": object}                         no answer
error    {"type", "id": n, "error": {code, reason, message, remedy, details}}
refused  {"type", "error": …}      the hello was not acceptable
ready    {"type"}                  the one that offered accepts: from here on both may call
bye      {"type"}                  the sender closes
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from counterfoil.codecs.strict_json import encode_json, parse_json
from counterfoil.errors import Bug, InvalidMessage, WalletError, error_from_dict
from counterfoil.relay.frames import BOX_BYTES

MAX_MESSAGE_BYTES = BOX_BYTES - 1024
Body: TypeAlias = dict[str, Any]
_KIND = re.compile(r"[a-z][a-z0-9_.]{0,63}\Z")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Hello:
    """Opens a session: proof of identity over it, and what the caller wants to say at once."""

    instance: bytes
    confirm: bytes
    hello: Body


@dataclass(frozen=True, slots=True)
class Call:
    """Wants an answer."""

    number: int
    kind: str
    body: Body


@dataclass(frozen=True, slots=True)
class Note:
    """Wants none."""

    kind: str
    body: Body


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a call."""

    number: int
    body: Body


@dataclass(frozen=True, slots=True)
class Failure:
    """A call ended in an error of the other side."""

    number: int
    error: WalletError


@dataclass(frozen=True, slots=True)
class HelloRefused:
    """The other side does not go on after our hello."""

    error: WalletError


@dataclass(frozen=True, slots=True)
class Ready:
    """Both hellos are accepted."""


@dataclass(frozen=True, slots=True)
class Bye:
    """The other side closes."""


Message: TypeAlias = Hello | Call | Note | Answer | Failure | HelloRefused | Ready | Bye


def encode_message(message: Message) -> bytes:
    """Strict JSON of at most MAX_MESSAGE_BYTES that ``parse_message`` reads back.

    Raises: InvalidMessage(reason=too_large|kind|body)
    """
    try:
        data = encode_json(_fields(message))
        parse_json(data)
    except (TypeError, ValueError) as error:
        raise InvalidMessage(f"This message can't be written: {error}.", reason="body") from None
    if len(data) > MAX_MESSAGE_BYTES:
        raise InvalidMessage("This message is too large.", reason="too_large")
    return data


def parse_message(data: bytes) -> Message:  # noqa: PLR0911 - one for each kind of message
    """Read what an authenticated peer sent; it is checked all the same.

    Raises: InvalidFrame, InvalidMessage
    """
    match parse_json(data):
        case {"type": "hello", "instance": str(instance), "confirm": str(confirm), "hello": dict(hello), **rest} if (
            not rest
        ):
            return Hello(_parse_hex(instance, 16), _parse_hex(confirm, 64), hello)
        case {"type": "call", "id": int(number), "kind": str(kind), "body": dict(body), **rest} if not rest:
            return Call(_check_number(number), _check_kind(kind), body)
        case {"type": "note", "kind": str(kind), "body": dict(body), **rest} if not rest:
            return Note(_check_kind(kind), body)
        case {"type": "answer", "id": int(number), "body": dict(body), **rest} if not rest:
            return Answer(_check_number(number), body)
        case {"type": "error", "id": int(number), "error": dict(error), **rest} if not rest:
            return Failure(_check_number(number), parse_error(error))
        case {"type": "refused", "error": dict(error), **rest} if not rest:
            return HelloRefused(parse_error(error))
        case {"type": "ready", **rest} if not rest:
            return Ready()
        case {"type": "bye", **rest} if not rest:
            return Bye()
    raise InvalidMessage("The other device sent something unknown.", reason="unknown_type")


def parse_error(fields: Body) -> WalletError:
    """The other side's error as the class of ours with that code; anything unknown is a refusal.

    What it says is bounded and marked: it is the other device's word, not our own finding.
    """
    reason, details = fields.get("reason"), fields.get("details")
    error = error_from_dict(
        {
            "code": None if fields.get("code") == Bug.code else fields.get("code"),
            "reason": reason if isinstance(reason, str) and _WORD.match(reason) else None,
            "message": _clip(fields.get("message")),
            "remedy": _clip(fields.get("remedy")),
            "details": {key: item for key, item in details.items() if _is_short(key, item)}
            if isinstance(details, dict)
            else {},
        }
    )
    error.details["said_by"] = "peer"
    return error


def _fields(message: Message) -> Body:  # noqa: PLR0911 - one for each kind of message
    match message:
        case Hello(instance, confirm, hello):
            return {"type": "hello", "instance": instance.hex(), "confirm": confirm.hex(), "hello": hello}
        case Call(number, kind, body):
            return {"type": "call", "id": number, "kind": _check_kind(kind), "body": body}
        case Note(kind, body):
            return {"type": "note", "kind": _check_kind(kind), "body": body}
        case Answer(number, body):
            return {"type": "answer", "id": number, "body": body}
        case Failure(number, error):
            return {"type": "error", "id": number, "error": error.as_dict()}
        case HelloRefused(error):
            return {"type": "refused", "error": error.as_dict()}
        case Ready():
            return {"type": "ready"}
        case Bye():
            return {"type": "bye"}


def _check_number(number: int) -> int:
    if isinstance(number, bool) or number < 0:
        raise InvalidMessage("A call's number is a whole number.", reason="id")
    return number


def _check_kind(kind: str) -> str:
    if not _KIND.match(kind):
        raise InvalidMessage("This is no kind of message.", reason="kind")
    return kind


def _parse_hex(text: str, length: int) -> bytes:
    if len(text) != 2 * length or re.fullmatch(r"[0-9a-f]*", text) is None:
        raise InvalidMessage("This is not the agreed hex.", reason="hex")
    return bytes.fromhex(text)


def _clip(text: object) -> str | None:
    if not isinstance(text, str):
        return None
    return "".join(char for char in text[:300] if char.isprintable()) or None


def _is_short(key: str, value: object) -> bool:
    """A word, and a short text, a number or a short list of such."""
    items = value if isinstance(value, list) else [value]
    return bool(_WORD.match(key)) and len(items) <= 64 and all(len(i) <= 300 for i in items if isinstance(i, str))
