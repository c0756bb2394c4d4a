"""What one party keeps while a key is generated; dropped with the machine, never stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from counterfoil.crypto.secp256k1 import Point, Rng, Scalar
from counterfoil.threshold.machine import Parties
from counterfoil.threshold.ot.endemic import Chooser
from counterfoil.threshold.session import Session
from counterfoil.threshold.vss import Polynomial

SEED_TAG = "counterfoil/keygen/zero-seed"


@dataclass(frozen=True, slots=True, repr=False)
class Pairing:
    """This party's half of the set-up with one peer, between sending and receiving round 3."""

    delta: bytes
    chooser: Chooser
    exponents: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Setting:
    """What the caller brought. ``ot_parties`` includes this party only if it will sign."""

    session: Session
    parties: Parties
    ot_parties: frozenset[int]
    sign_identity: Callable[[bytes], bytes]
    verify_identity: Callable[[bytes, bytes, bytes], None]
    rng: Rng

    def does_transfer_with(self, index: int) -> bool:
        """Whether this party and ``index`` both sign later."""
        return {self.parties.me, index} <= self.ot_parties

    def peers_of(self, index: int) -> list[int]:
        """With whom ``index`` sets up oblivious transfer, ascending."""
        return sorted(self.ot_parties - {index}) if index in self.ot_parties else []


@dataclass(slots=True, repr=False)
class Dealing:
    """State across rounds."""

    setting: Setting
    polynomial: Polynomial
    salt: bytes
    opening: bytes
    zero_seeds: dict[int, bytes]
    commitments: dict[int, tuple[Point, ...]] = field(default_factory=dict)
    chain_parts: dict[int, bytes] = field(default_factory=dict)
    seed_commitments: dict[int, bytes] = field(default_factory=dict)
    pairings: dict[int, Pairing] = field(default_factory=dict)

    @property
    def parties(self) -> Parties:
        """The machine's parties."""
        return self.setting.parties
