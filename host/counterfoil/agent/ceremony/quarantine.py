"""When a party fails an oblivious-transfer check, every other ceremony with it ends too, in this very moment.

A check that may be tried again in a parallel session leaks the same secret as one that is tried again later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from counterfoil.errors import Poisoned, WalletError


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A ceremony that goes on now, and how to end it."""

    vault: str
    parties: frozenset[int]
    end: Callable[[WalletError], None]


class Quarantine:
    """The ceremonies of one agent, its own and those it helps in."""

    def __init__(self) -> None:
        self._live: list[Live] = []

    @contextmanager
    def watched(self, vault: str, parties: Iterable[int], end: Callable[[WalletError], None]) -> Iterator[Live]:
        """``end`` is called when one of ``parties`` is poisoned by another ceremony of that vault."""
        live = Live(vault, frozenset(parties), end)
        self._live.append(live)
        try:
            yield live
        finally:
            self._live.remove(live)

    def poisoned(self, by: Live, party: int) -> None:
        """``by`` has durably marked ``party``; it ends by itself."""
        for other in list(self._live):
            if other is not by and other.vault == by.vault and party in other.parties:
                other.end(Poisoned(culprits=[party]))
