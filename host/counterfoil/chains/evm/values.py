"""Numbers and bytes as JSON-RPC writes them.   EIP-1474"""

from __future__ import annotations

import re

from counterfoil.errors import InputError, InvalidAmount, InvalidEncoding

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}\Z")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*\Z")


def read_quantity(value: object, name: str, bits: int = 256) -> int:
    """A non-negative integer of at most ``bits`` bits, from ``0x``-hex or a JSON integer; never from decimal text.

    Standard: EIP-1474, Quantity (leading zeros are tolerated, as pages send them)
    Raises:   InvalidAmount
    """
    if isinstance(value, str) and _QUANTITY.match(value):
        number = int(value, 16)
    elif isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        raise InvalidAmount(f"“{name}” must be a hexadecimal number such as 0x5208.", reason="form", field=name)
    if not 0 <= number < 2**bits:
        raise InvalidAmount(f"“{name}” is out of range.", reason="range", field=name)
    return number


def read_data(value: object, name: str, limit: int = 131_072) -> bytes:
    """Bytes from ``0x``-hex of whole bytes, at most ``limit`` of them.

    Standard: EIP-1474, Data
    Raises:   InvalidEncoding, InputError
    """
    if not isinstance(value, str) or not _DATA.match(value):
        raise InvalidEncoding(f"“{name}” must be bytes in hexadecimal, starting with 0x.", reason="form", field=name)
    if len(value) > 2 + 2 * limit:
        raise InputError(f"“{name}” is too long.", reason="too_long", field=name)
    return bytes.fromhex(value[2:])
