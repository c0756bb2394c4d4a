"""What the browser says happened: the JSON that the authenticator signs.   WebAuthn L3 §5.8.1

Parsed, never compared with a template: Chrome adds members at random so that nobody does.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from counterfoil.codecs.base64url import parse_base64url
from counterfoil.codecs.strict_json import parse_json
from counterfoil.crypto.hashes import is_equal
from counterfoil.errors import InvalidEncoding, InvalidFrame
from counterfoil.webauthn.refusal import Check, refusal

CREATE = "webauthn.create"
GET = "webauthn.get"
MAX_CLIENT_DATA = 8192


@dataclass(frozen=True, slots=True)
class ClientData:
    """The parsed client data beside the exact bytes ``raw`` that were signed."""

    type: str
    challenge: bytes
    origin: str
    cross_origin: bool
    top_origin: str | None
    raw: bytes


def parse_client_data(raw: bytes) -> ClientData:
    """Parse client data JSON that has exactly one reading; members that we don't know are allowed.

    Standard: WebAuthn L3 §5.8.1, §7.2 steps 9-10; RFC 7493
    In:       the bytes as received
    Out:      ClientData; an absent ``crossOrigin`` reads as false
    Raises:   AssertionRefused(reason=ENCODING)
    Vectors:  tests/vectors/webauthn/assertion.json
    """
    if len(raw) > MAX_CLIENT_DATA:
        raise refusal(Check.ENCODING)
    try:
        members = parse_json(raw)
    except InvalidFrame:
        raise refusal(Check.ENCODING) from None
    if not isinstance(members, dict):
        raise refusal(Check.ENCODING)
    top_origin = members.get("topOrigin")
    cross_origin = members.get("crossOrigin", False)
    if not isinstance(cross_origin, bool) or ("topOrigin" in members and not isinstance(top_origin, str)):
        raise refusal(Check.ENCODING)
    try:
        challenge = parse_base64url(_text(members, "challenge"))
    except InvalidEncoding:
        raise refusal(Check.ENCODING) from None
    return ClientData(
        type=_text(members, "type"),
        challenge=challenge,
        origin=_text(members, "origin"),
        cross_origin=cross_origin,
        top_origin=top_origin,
        raw=raw,
    )


def verify_client_data(data: ClientData, *, kind: str, challenge: bytes, origins: Set[str]) -> None:
    """Check that the browser was asked for ``kind`` with our challenge, by a top-level page of one of ``origins``.

    Standard: WebAuthn L3 §7.1 steps 7-11, §7.2 steps 11-15
    In:       origins compared as whole strings: scheme, host and port
    Out:      None
    Raises:   AssertionRefused(reason=TYPE|CHALLENGE|ORIGIN|CROSS_ORIGIN)
    Vectors:  tests/vectors/webauthn/assertion.json
    """
    if data.type != kind:
        raise refusal(Check.TYPE)
    if not is_equal(data.challenge, challenge):
        raise refusal(Check.CHALLENGE)
    if data.origin not in origins:
        raise refusal(Check.ORIGIN)
    if data.cross_origin or data.top_origin is not None:
        raise refusal(Check.CROSS_ORIGIN)


def _text(members: dict[str, object], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise refusal(Check.ENCODING)
    return value
