"""Addresses with their checksum.   EIP-55"""

from __future__ import annotations

import re

from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidAddress

_FORM = re.compile(r"0x[0-9a-fA-F]{40}\Z")

ZERO = "0x" + "0" * 40


def address_of(public_key: bytes) -> str:
    """The address of a 33-byte compressed (or 65-byte) public key.

    Standard: Yellow Paper §4.3 and appendix F; EIP-55
    Raises:   InvalidAddress if the bytes are no point of secp256k1
    Vectors:  tests/vectors/addresses.json
    """
    from coincurve import PublicKey

    try:
        point = PublicKey(public_key).format(compressed=False)
    except ValueError:
        raise InvalidAddress("This is not a public key.", reason="public_key") from None
    return encode_address(keccak256(point[1:])[12:])


def encode_address(raw: bytes) -> str:
    """20 bytes with the checksum in their letters' case. Standard: EIP-55"""
    digits = raw.hex()
    checksum = keccak256(digits.encode()).hex()
    return "0x" + "".join(c.upper() if mark >= "8" else c for c, mark in zip(digits, checksum, strict=False))


def parse_address(text: object) -> str:
    """The checksummed spelling. All lower or all upper case carries no checksum; mixed case must be right.

    Standard: EIP-55
    Raises:   InvalidAddress(reason=form|checksum)
    """
    address = read_address(text)
    digits = str(text)[2:]
    if digits not in (digits.lower(), digits.upper()) and address[2:] != digits:
        raise InvalidAddress(
            "This address was mistyped: its capital letters don't fit.",
            remedy="Copy the address again from where it comes from.",
            reason="checksum",
        )
    return address


def read_address(text: object) -> str:
    """The checksummed spelling of an address in any case (typed data, whose senders mix cases at will).

    Raises: InvalidAddress(reason=form)
    """
    if not isinstance(text, str) or not _FORM.match(text):
        raise InvalidAddress(reason="form")
    return encode_address(bytes.fromhex(text[2:]))


def address_bytes(address: str) -> bytes:
    """The 20 bytes of an address that was parsed before."""
    return bytes.fromhex(address[2:])
