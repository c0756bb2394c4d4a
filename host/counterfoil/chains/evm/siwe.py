"""Sign-in texts: read whole, or not at all.   ERC-4361

A text that asks to be a sign-in is either exactly what the standard describes or it is never signed: a site
that reads it more loosely than we do would take it for something that we did not show. Whether it is meant for the
one who asks, with what and when, is for `sign_in_refusals`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from counterfoil.chains.evm.address import parse_address
from counterfoil.chains.evm.text import is_hidden
from counterfoil.errors import InvalidAddress, InvalidEncoding

_PHRASE: Final = "wants you to sign in with your ethereum account"
_TEXT: Final = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<domain>[^\s/?#]+)"
    r" wants you to sign in with your Ethereum account:\n(?P<address>0x[0-9a-fA-F]{40})\n"
    r"\n(?:(?:(?P<statement>(?!URI: )[^\n]+)\n)?\n)?"
    r"URI: (?P<uri>[^\n]+)\n"
    r"Version: (?P<version>[^\n]+)\n"
    r"Chain ID: (?P<chain>[0-9]{1,78})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,256})\n"
    r"Issued At: (?P<issued>[^\n]+)"
    r"(?:\nExpiration Time: (?P<expires>[^\n]+))?"
    r"(?:\nNot Before: (?P<starts>[^\n]+))?"
    r"(?:\nRequest ID: (?P<request>[^\n]*))?"
    r"(?:\nResources:(?P<resources>(?:\n- [^\n]+)*))?"
    r"\Z"
)
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+\Z")
_REQUEST_ID: Final = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9a-fA-F]{2})*\Z")
_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))\Z", re.ASCII
)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in text. Times are unix seconds; ``address`` is checksummed."""

    scheme: str | None
    domain: str
    address: str
    statement: str | None
    uri: str
    chain_id: int
    nonce: str
    issued_at: int
    expires_at: int | None
    not_before: int | None
    request_id: str | None
    resources: tuple[str, ...]


def is_sign_in(message: bytes) -> bool:
    """Whether a message asks to be a sign-in: by the standard's own phrase, however it is spaced, cased or disguised."""
    text = unicodedata.normalize("NFKC", message.decode(errors="replace")).casefold()
    words = "".join(char for char in text if char.isspace() or not is_hidden(char)).split()
    return _PHRASE in " ".join(words)


def parse_sign_in(message: bytes) -> SignIn:
    """The sign-in of a message, which is nothing else.

    Standard: ERC-4361; a text without a statement may leave one empty line or two, as its own libraries do
    Raises:   InvalidEncoding(reason=form|version|uri|time|address|request_id)
    """
    try:
        match = _TEXT.match(message.decode())
    except UnicodeDecodeError:
        match = None
    if match is None:
        raise InvalidEncoding("The sign-in text does not have the form of the standard.", reason="form")
    if match["version"] != "1":
        raise InvalidEncoding("The sign-in text has another version than 1.", reason="version")
    resources = tuple((match["resources"] or "").split("\n- ")[1:])
    if not all(_URI.match(uri) for uri in (match["uri"], *resources)):
        raise InvalidEncoding("An address in the sign-in text can't be read.", reason="uri")
    if match["request"] is not None and not _REQUEST_ID.match(match["request"]):
        raise InvalidEncoding("The request id in the sign-in text can't be read.", reason="request_id")
    try:
        address = parse_address(match["address"])
    except InvalidAddress:
        raise InvalidEncoding("The account in the sign-in text is mistyped.", reason="address") from None
    return SignIn(
        scheme=match["scheme"],
        domain=match["domain"],
        address=address,
        statement=match["statement"],
        uri=match["uri"],
        chain_id=int(match["chain"]),
        nonce=match["nonce"],
        issued_at=_read_time(match["issued"]),
        expires_at=None if match["expires"] is None else _read_time(match["expires"]),
        not_before=None if match["starts"] is None else _read_time(match["starts"]),
        request_id=match["request"],
        resources=resources,
    )


def _read_time(text: str) -> int:
    """Unix seconds. Standard: RFC 3339, date-time. Raises InvalidEncoding."""
    match = _TIME.match(text)
    if match is None:
        raise InvalidEncoding("A time in the sign-in text can't be read.", reason="time")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    sign, hours, minutes = match[7], int(match[8] or 0), int(match[9] or 0)
    if hours > 23 or minutes > 59 or second > 60:
        raise InvalidEncoding("A time in the sign-in text can't be read.", reason="time")
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        raise InvalidEncoding("A time in the sign-in text can't be read.", reason="time") from None
    offset = (hours * 60 + minutes) * 60
    return int(moment.timestamp()) + (offset if sign == "-" else -offset)
