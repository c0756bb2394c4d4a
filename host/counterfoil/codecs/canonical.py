"""The one encoding of structured data that we hash or sign.

JSON restricted until one value has one spelling: keys sorted by code point, no white space, UTF-8
unescaped where JSON allows it, integers only within ±(2^53 - 1), bytes never (callers write hex).
A subset of RFC 8785 (JCS) for objects whose keys are ASCII.
"""

from __future__ import annotations

import json
from typing import TypeAlias

from counterfoil.codecs.strict_json import MAX_SAFE_INTEGER, parse_json
from counterfoil.errors import InvalidEncoding

Canonical: TypeAlias = "bool | int | str | list[Canonical] | dict[str, Canonical] | None"


def encode_canonical(value: Canonical) -> bytes:
    """The canonical bytes of ``value``: injective, so that a hash of them binds every field.

    Standard: RFC 8785, restricted as the module says
    Raises:   InvalidEncoding for a float, bytes, a large integer, a non-ASCII or non-string key
    """
    _check(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode()


def parse_canonical(data: bytes) -> Canonical:
    """Parse canonical bytes and refuse any other spelling of the same value.

    Raises: InvalidFrame, InvalidEncoding
    """
    value: Canonical = parse_json(data)
    if encode_canonical(value) != data:
        raise InvalidEncoding("The data is not in canonical form.", reason="not_canonical")
    return value


def _check(value: object) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise InvalidEncoding("The text contains half a character.", reason="surrogate") from None
        return
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise InvalidEncoding("Large integers are written as strings.", reason="number")
        return
    if isinstance(value, list):
        for item in value:
            _check(item)
        return
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not key.isascii():
                raise InvalidEncoding("Keys are ASCII strings.", reason="key")
            _check(item)
        return
    raise InvalidEncoding(f"{type(value).__name__} has no canonical form.", reason="type")
