"""What one party keeps while a key is generated; dropped with the machine, never stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from counterfoil.crypto.secp256k1 import Point
from counterfoil.threshold.dkls.sharing.pairing import Pairings
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Parties
from counterfoil.threshold.vss import Polynomial


@dataclass(slots=True, repr=False)
class Dealing:
    """State across rounds."""

    setting: Setting
    polynomial: Polynomial
    salt: bytes
    opening: bytes
    pairings: Pairings
    commitments: dict[int, tuple[Point, ...]] = field(default_factory=dict)
    chain_parts: dict[int, bytes] = field(default_factory=dict)

    @property
    def parties(self) -> Parties:
        """The machine's parties."""
        return self.setting.parties
