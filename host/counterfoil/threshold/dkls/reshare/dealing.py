"""What one party keeps while a key is reshared; dropped with the machine, never stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from counterfoil.crypto.secp256k1 import Point
from counterfoil.threshold.dkls.reshare.roster import Roster
from counterfoil.threshold.dkls.sharing.pairing import Pairings
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Parties
from counterfoil.threshold.public_share import PublicShare
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.vss import Polynomial


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Reshared:
    """What all dealers and new parties confirmed; ``share`` is None for a dealer that leaves."""

    public: PublicShare
    share: KeyShare | None


@dataclass(slots=True, repr=False)
class Dealing:
    """State across rounds. ``polynomial`` is None for a party that deals nothing."""

    setting: Setting
    roster: Roster
    polynomial: Polynomial | None
    salt: bytes
    opening: bytes
    pairings: Pairings
    rows: dict[int, tuple[Point, ...]] = field(default_factory=dict)

    @property
    def parties(self) -> Parties:
        """The machine's parties."""
        return self.setting.parties

    @property
    def is_member(self) -> bool:
        """Whether this party gets a share."""
        return self.parties.me in self.roster.seats()

    def others_that_deal(self) -> frozenset[int]:
        """Seats of the other dealers."""
        return frozenset(self.roster.dealers) - {self.parties.me}
