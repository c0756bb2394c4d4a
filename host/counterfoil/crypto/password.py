"""A key from a passphrase: slow and hungry on purpose."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from counterfoil.errors import InvalidEncoding

SALT_LENGTH = 16
_MOST_MEMORY_KIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """Kept beside each wrapped key, so that they can be raised later. The defaults: RFC 9106 §4, second choice."""

    memory_kib: int = 64 * 1024
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        """Refuse what would stall this computer or protect nothing."""
        fits = (
            8 * self.lanes <= self.memory_kib <= _MOST_MEMORY_KIB and 1 <= self.passes <= 64 and 1 <= self.lanes <= 16
        )
        if not fits:
            raise InvalidEncoding("These parameters of a passphrase are out of range.", reason="argon2")


def derive_key(passphrase: bytes | bytearray, salt: bytes, parameters: Argon2Parameters) -> bytearray:
    """32 bytes of Argon2id for the caller to wipe.

    Standard: RFC 9106
    In:       the passphrase in UTF-8; compatibility forms of one character are the same passphrase (NFKC),
              because two keyboards may write "é" differently
    Raises:   InvalidEncoding(reason=passphrase) when it is not UTF-8
    """
    try:
        text = unicodedata.normalize("NFKC", passphrase.decode())
    except UnicodeDecodeError:
        raise InvalidEncoding("The passphrase is not text.", reason="passphrase") from None
    argon2 = Argon2id(
        salt=salt, length=32, iterations=parameters.passes, lanes=parameters.lanes, memory_cost=parameters.memory_kib
    )
    key = bytearray(32)
    argon2.derive_into(text.encode(), key)
    return key
