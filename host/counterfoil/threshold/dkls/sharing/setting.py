"""What the caller brings to a ceremony that makes shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from counterfoil.crypto.secp256k1 import Rng
from counterfoil.threshold.machine import Parties
from counterfoil.threshold.session import Session


@dataclass(frozen=True, slots=True, repr=False)
class Setting:
    """``ot_parties`` will sign and set up oblivious transfer; this party is among them only if it will."""

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
