"""Children of the group key.   BIP32, public derivation of non-hardened children only"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

from counterfoil.crypto.secp256k1 import N, Point, Scalar
from counterfoil.errors import InputError, InvalidEncoding

MAX_DEPTH = 10
_HARDENED = 2**31
_STEP = re.compile(r"(0|[1-9][0-9]{0,9})(['hH]?)\Z")


def parse_path(text: str, *, drop_hardened: bool = False) -> tuple[int, ...]:
    """``44/60/0/0/0`` or ``m/44/60/0/0/0``; ``'`` is refused, or dropped only when the caller says so.

    Standard: BIP32 path notation
    Raises:   InputError(reason=path|hardened)
    """
    steps = text.split("/")
    if steps[0] == "m":
        steps = steps[1:]
    path = []
    for step in steps:
        match = _STEP.match(step)
        if not match:
            raise InputError("This is not a derivation path.", reason="path")
        if match[2] and not drop_hardened:
            raise InputError("A shared key has no hardened children.", reason="hardened")
        path.append(int(match[1]))
    check_path(path)
    return tuple(path)


def check_path(path: Sequence[int]) -> None:
    """Standard: BIP32. Raises: InputError(reason=path|hardened)"""
    if len(path) > MAX_DEPTH:
        raise InputError("The derivation path is too long.", reason="path")
    for number in path:
        if not 0 <= number < 2**32:
            raise InputError("A child number is out of range.", reason="path")
        if number >= _HARDENED:
            raise InputError("A shared key has no hardened children.", reason="hardened")


def derive_public(group_key: bytes, chain_code: bytes, path: Sequence[int]) -> tuple[bytes, int]:
    """The child's compressed key and the sum of tweaks that leads to it: child = tweak·G + group key.

    Standard: BIP32 CKDpub
    In:       33-byte key, 32-byte chain code, child numbers below 2^31
    Raises:   InputError(reason=path|hardened|no_such_child)
    Vectors:  tests/vectors/bip32/public.json
    """
    check_path(path)
    point, total = Point.parse(group_key), 0
    for number in path:
        digest = hmac.digest(chain_code, point.encode() + number.to_bytes(4, "big"), "sha512")
        point, tweak = _child(point, digest[:32])
        chain_code = digest[32:]
        total = (total + tweak) % N
    return point.encode(), total


def _child(parent: Point, left: bytes) -> tuple[Point, int]:
    """I_L ≥ n, zero and the identity have no child (probability below 2^-127)."""
    try:
        tweak = Scalar(left)
        return parent + tweak.point(), int.from_bytes(left, "big")
    except InvalidEncoding:
        raise InputError("This child number has no key; use the next one.", reason="no_such_child") from None
