"""The random key under which this agent's shares are sealed, while the wallet is unlocked."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, final

from counterfoil.crypto.aead import KEY_LENGTH, open_aead, seal_aead, wipe
from counterfoil.crypto.hashes import framed_hash
from counterfoil.errors import Bug, Locked


@final
class StorageKey:
    """32 secret bytes that can be used and wiped, and neither read, printed, compared nor pickled."""

    __slots__ = ("_key",)

    def __init__(self, key: bytearray) -> None:
        """Takes the bytes over: the caller keeps no reference."""
        if len(key) != KEY_LENGTH:
            raise Bug("A storage key has 32 bytes.")
        self._key: bytearray | None = key

    def seal(self, plaintext: bytes | bytearray, aad: bytes, rng: Callable[[int], bytes]) -> bytes:
        """Seal something under this key. Raises Locked after ``wipe``."""
        return seal_aead(self._live(), plaintext, aad, rng)

    def open(self, sealed: bytes, aad: bytes) -> bytearray:
        """Open what ``seal`` made, for the caller to wipe. Raises InvalidEncoding, Locked."""
        return open_aead(self._live(), sealed, aad)

    def wrap(self, wrapping_key: bytes | bytearray, aad: bytes, rng: Callable[[int], bytes]) -> bytes:
        """This key, sealed under another one. Raises Locked."""
        return seal_aead(wrapping_key, self._live(), aad, rng)

    @classmethod
    def unwrap(cls, wrapping_key: bytes | bytearray, wrapped: bytes, aad: bytes) -> StorageKey:
        """The key that ``wrap`` sealed. Raises InvalidEncoding."""
        return cls(open_aead(wrapping_key, wrapped, aad))

    def check_value(self) -> bytes:
        """16 bytes that tell one storage key from another and say nothing about it."""
        return framed_hash("counterfoil/storage-key/1", bytes(self._live()), length=16)

    @property
    def is_wiped(self) -> bool:
        """Whether the key is gone."""
        return self._key is None

    def wipe(self) -> None:
        """Forget the key: the wallet is locked."""
        if self._key is not None:
            wipe(self._key)
            self._key = None

    def _live(self) -> bytearray:
        if self._key is None:
            raise Locked
        return self._key

    def __repr__(self) -> str:
        return "StorageKey(redacted)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A storage key is never pickled or copied.")
