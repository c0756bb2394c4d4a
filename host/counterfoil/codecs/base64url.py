"""base64url without padding, as WebAuthn and JOSE use it.   RFC 4648 §5"""

from __future__ import annotations

import base64
import re

from counterfoil.errors import InvalidEncoding

_ALPHABET = re.compile(r"[A-Za-z0-9_-]*\Z")


def encode_base64url(data: bytes) -> str:
    """Unpadded base64url. Standard: RFC 4648 §5"""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parse_base64url(text: str) -> bytes:
    """The bytes of unpadded base64url; any other spelling of the same bytes is refused.

    Standard: RFC 4648 §5
    Raises:   InvalidEncoding
    """
    if not _ALPHABET.match(text):
        raise InvalidEncoding("This is not base64url.", reason="alphabet")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise InvalidEncoding("This is not base64url.", reason="length") from None
    if encode_base64url(data) != text:
        raise InvalidEncoding("This base64url has stray bits.", reason="not_canonical")
    return data
