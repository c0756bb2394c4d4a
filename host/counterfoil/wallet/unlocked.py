"""The storage key while this agent is unlocked, and the idle lock."""

from __future__ import annotations

from counterfoil.errors import Locked
from counterfoil.store.storage_key import StorageKey
from counterfoil.wallet.ports import Clock

IDLE_SECONDS = 15 * 60


class Unlocked:
    """Holds the storage key until ``lock`` or ``IDLE_SECONDS`` without use."""

    def __init__(self, now: Clock) -> None:
        self._now = now
        self._key: StorageKey | None = None
        self._last_use = 0

    @property
    def is_unlocked(self) -> bool:
        """Whether shares can be opened now."""
        return self._key is not None and not self.is_idle

    @property
    def is_idle(self) -> bool:
        """Whether a key is held that nobody used for so long that it has to go."""
        return self._key is not None and self._now() - self._last_use >= IDLE_SECONDS

    @property
    def idle_lock_at(self) -> int | None:
        """When it locks if nobody does anything."""
        return self._last_use + IDLE_SECONDS if self.is_unlocked else None

    def hold(self, key: StorageKey) -> None:
        """Unlocked from now on."""
        self.lock()
        self._key = key
        self.touch()

    def key(self) -> StorageKey:
        """Raises Locked."""
        if not self.is_unlocked or self._key is None:
            raise Locked
        self.touch()
        return self._key

    def touch(self) -> None:
        """Somebody is here."""
        self._last_use = self._now()

    def lock(self) -> None:
        """Forget the key."""
        key, self._key = self._key, None
        if key is not None:
            key.wipe()
