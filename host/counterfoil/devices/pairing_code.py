"""The code that one device shows and the other reads, as text, link or QR.

bytes = 1 ‖ secret(16) ‖ key hash(16) ‖ u40be expiry ‖ relay URL ‖ check(3), in base32 (RFC 4648 §6, no padding:
the letters a QR code packs best). The secret finds the mailboxes and hides the exchange from the relay; the key
hash binds the keys of the device that shows the code.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field

from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.devices.relay_client import check_relay_url
from counterfoil.errors import InputError, InvalidEncoding

VERSION = 1
SECRET_BYTES = 16
KEY_HASH_BYTES = 16
URI_PREFIX = "counterfoil:pair?code="
MAX_CODE_CHARACTERS = 600
_HEAD = 1 + SECRET_BYTES + KEY_HASH_BYTES + 5
_CHECK = 3
_BASE32 = re.compile(r"[A-Z2-7]+\Z")


@dataclass(frozen=True, slots=True)
class PairingCode:
    """What the other device needs to know; whoever has it may try to pair, once, until ``expires_at`` (unix seconds)."""

    secret: bytes = field(repr=False)
    key_hash: bytes
    expires_at: int
    relay_url: str

    @property
    def digest(self) -> bytes:
        """32 bytes that bind the whole code."""
        return framed_hash("counterfoil/pairing-code/1", encode_pairing_code(self).encode())

    @property
    def text(self) -> str:
        """The code in groups of five, for reading and typing."""
        code = encode_pairing_code(self)
        return "-".join(code[place : place + 5] for place in range(0, len(code), 5))

    @property
    def uri(self) -> str:
        """The code as a link, for a QR code."""
        return URI_PREFIX + encode_pairing_code(self)


def encode_pairing_code(code: PairingCode) -> str:
    """Base32 without padding. Standard: RFC 4648 §6"""
    data = (
        bytes([VERSION])
        + code.secret
        + code.key_hash
        + code.expires_at.to_bytes(5, "big")
        + code.relay_url.encode("ascii")
    )
    return base64.b32encode(data + _check(data)).decode().rstrip("=")


def parse_pairing_code(text: str) -> PairingCode:
    """Read a code as text, typed or pasted, or as a link.

    Standard: RFC 4648 §6
    Raises:   InvalidEncoding(reason=pairing_code)
    """
    wrong = InvalidEncoding("This is not a pairing code, or a letter of it is wrong.", reason="pairing_code")
    if len(text) > MAX_CODE_CHARACTERS:
        raise wrong
    letters = re.sub(r"[\s-]", "", text.strip().removeprefix(URI_PREFIX)).upper()
    if not _BASE32.match(letters):
        raise wrong
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        raise wrong from None
    body, check = data[:-_CHECK], data[-_CHECK:]
    if len(body) <= _HEAD or body[0] != VERSION or not is_equal(check, _check(body)):
        raise wrong
    try:
        url = check_relay_url(body[_HEAD:].decode("ascii"))
    except (InputError, UnicodeDecodeError):
        raise wrong from None
    code = PairingCode(body[1:17], body[17:33], int.from_bytes(body[33:38], "big"), url)
    if encode_pairing_code(code) != letters:
        raise wrong
    return code


def _check(data: bytes) -> bytes:
    return framed_hash("counterfoil/pairing-check/1", data, length=_CHECK)
