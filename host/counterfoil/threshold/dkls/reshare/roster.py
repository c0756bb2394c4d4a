"""Who deals and who shares the key afterwards.   threshold note 4.7

A *seat* is a party's number in this ceremony. The new parties sit on 1..n', which are their new numbers;
dealers that leave sit behind them. So a party may have another number before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import Point
from counterfoil.errors import InputError
from counterfoil.threshold.public_share import PublicShare, verify_confirmations
from counterfoil.threshold.session import Session
from counterfoil.threshold.vss import lagrange

MAX_EPOCHS_AHEAD = 256
"""An attempt that failed uses up its epoch; nobody can use up all of them at once."""


@dataclass(frozen=True, slots=True)
class Roster:
    """``old`` is what all old parties confirmed; ``dealers`` maps seats to old numbers; seats 1..``members`` get shares."""

    old: PublicShare
    dealers: Mapping[int, int]
    members: int

    def seats(self) -> tuple[int, ...]:
        """All seats that get a share, ascending."""
        return tuple(range(1, self.members + 1))

    def factor(self, seat: int) -> int:
        """λ of a dealer among the dealers, to the secret. Standard: Shamir 1979"""
        return lagrange(self.dealers[seat], tuple(self.dealers.values()))

    def dealt_point(self, seat: int) -> Point:
        """A_{i,0} as it has to be: λ_i·X_i. Standard: threshold note 4.7"""
        return self.old.point_of(self.dealers[seat]).times_public(self.factor(seat))

    def digest(self) -> bytes:
        """32 bytes for the session's id."""
        pairs = b"".join(bytes([seat, self.dealers[seat]]) for seat in sorted(self.dealers))
        return framed_hash("counterfoil/reshare/roster", self.old.encode(), pairs, bytes([self.members]))


def check_roster(roster: Roster, session: Session, verify_identity: Callable[[bytes, bytes, bytes], None]) -> None:
    """The old parties confirmed what is dealt from, exactly t of them deal, and the new set can be.

    Standard: threshold note 4.7
    Raises:   InputError(reason=vault|epoch|party_set|threshold|dealers|identity), InvalidEncoding(reason=confirmation)
    """
    old = roster.old
    verify_confirmations(old, verify_identity)
    if session.vault != old.vault:
        raise InputError("The session is of another vault.", reason="vault")
    if not old.epoch < session.epoch <= old.epoch + MAX_EPOCHS_AHEAD:
        raise InputError("A reshare raises the epoch.", reason="epoch")
    if not 2 <= session.threshold <= roster.members:
        raise InputError("The threshold does not fit the number of parties.", reason="threshold")
    leaving = sorted(set(roster.dealers) - set(roster.seats()))
    if list(session.indices) != [*roster.seats(), *leaving]:
        raise InputError("Someone takes part who neither deals nor gets a share.", reason="party_set")
    _check_dealers(roster, session)


def _check_dealers(roster: Roster, session: Session) -> None:
    old, numbers = roster.old, list(roster.dealers.values())
    if len(numbers) != old.threshold or len(set(numbers)) != len(numbers) or not set(numbers) <= set(old.parties):
        raise InputError("Exactly as many of the old parties deal as sign.", reason="dealers")
    for seat, number in roster.dealers.items():
        if session.identities[seat] != old.identity_of(number):
            raise InputError("A dealer is not the party that it deals as.", reason="identity")
