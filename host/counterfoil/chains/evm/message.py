"""Plain messages.   EIP-191 version 0x45, ``personal_sign``"""

from __future__ import annotations

import re
from typing import Final

from counterfoil.chains.evm.address import read_address
from counterfoil.chains.evm.request import check_account
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InputError, InvalidAddress, InvalidTransaction
from counterfoil.types import Digest32

MAX_BYTES: Final = 65_536
_HEX = re.compile(r"(?:0x)?([0-9a-fA-F]+)\Z")


def read_message(account: str, params: object) -> bytes:
    """The message of ``personal_sign``: ``[message, account]``, or the two swapped as older pages send them.

    Hexadecimal digits mean bytes with or without 0x, as in MetaMask, so that a page gets the signature
    it expects; an odd number of digits could mean two things and is refused. Anything else is text.

    Standard: EIP-191
    Raises:   InputError, InvalidAddress
    """
    if not isinstance(params, list) or len(params) not in {2, 3}:
        raise InputError("The request needs a message and an account.", reason="params")
    message, address = params[0], params[1]
    if _is_address(message) and not _is_address(address):
        message, address = address, message
    check_account(address, account)
    if not isinstance(message, str):
        raise InputError("The message is not text.", reason="params")
    raw = _message_bytes(message)
    if len(raw) > MAX_BYTES:
        raise InputError("The message is too long.", reason="too_long")
    return raw


def parse_message(unsigned: bytes) -> bytes:
    """The message of unsigned bytes: they are the message itself. Raises InvalidTransaction if too long."""
    if len(unsigned) > MAX_BYTES:
        raise InvalidTransaction("The message is too long.", reason="too_long")
    return unsigned


def digest_message(message: bytes) -> Digest32:
    """keccak256(0x19 ‖ "Ethereum Signed Message:" ‖ newline ‖ length ‖ message). Standard: EIP-191, version 0x45"""
    return Digest32(keccak256(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message))


def message_text(message: bytes) -> str | None:
    """The message as text, where it is UTF-8."""
    try:
        return message.decode()
    except UnicodeDecodeError:
        return None


def _message_bytes(message: str) -> bytes:
    if message == "0x":
        return b""
    if digits := _HEX.match(message):
        if len(digits[1]) % 2:
            raise InputError(
                "The message is an odd number of hexadecimal digits, which wallets read in different ways.",
                remedy="Send the message as UTF-8 bytes in hexadecimal.",
                reason="ambiguous_message",
            )
        return bytes.fromhex(digits[1])
    try:
        return message.encode()
    except UnicodeEncodeError:
        raise InputError("The message contains half a character.", reason="encoding") from None


def _is_address(value: object) -> bool:
    try:
        read_address(value)
    except InvalidAddress:
        return False
    return True
