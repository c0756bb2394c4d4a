"""A person on this device let another device change who shares a vault's key.   DESIGN §6, administration

Kept in memory: an agreement is for something that happens now, and a restart ends it.
"""

from __future__ import annotations


class Agreements:
    """One agreement for each asking device: for one change of one vault, or for any vault's first share here."""

    def __init__(self) -> None:
        self._given: dict[bytes, tuple[str | None, int]] = {}

    def give(self, asking: bytes, *, vault: str | None, until: int) -> None:
        """This device's person says yes to the device with this identity. ``vault`` None: to a vault new to this device."""
        self._given[asking] = (vault, until)

    def holds(self, asking: bytes, *, vault: str | None, now: int) -> bool:
        """Whether its person said yes to this."""
        agreed = self._given.get(asking)
        return agreed is not None and agreed[0] == vault and now < agreed[1]

    def spend(self, asking: bytes) -> None:
        """It was for one time."""
        self._given.pop(asking, None)
