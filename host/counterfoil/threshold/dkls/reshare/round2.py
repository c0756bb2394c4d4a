"""Round 2 of a reshare: the dealers' openings.   threshold note 4.7; 4.5, R2

- a dealer broadcasts t', A_{i,0..t'-1}, a proof of knowledge for every coefficient, the salt
- check of each: it opens the commitment; exactly t' points and t' proofs; all proofs hold; A_{i,0} = λ_i·X_i
"""

from __future__ import annotations

from counterfoil.threshold.dkls.reshare import round3
from counterfoil.threshold.dkls.reshare.dealing import Dealing, Reshared
from counterfoil.threshold.dkls.sharing import opening
from counterfoil.threshold.dkls.sharing.opening import Opening, check_openings, parse_opening
from counterfoil.threshold.machine import Fault, Round, Turn, ban

layout = opening.layout


def send(dealing: Dealing, commitments: dict[int, bytes]) -> Turn[Reshared]:
    """Open, where this party deals. Standard: threshold note 4.7"""
    return Turn(broadcast=(dealing.opening + dealing.salt) or None, next=Round2(dealing, commitments))


class Round2(Round[Reshared]):
    """Waits for the dealers' openings."""

    number = 2

    def __init__(self, dealing: Dealing, commitments: dict[int, bytes]) -> None:
        self._dealing = dealing
        self._commitments = commitments
        self.broadcasters = dealing.others_that_deal()
        self._openings: dict[int, Opening] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Exactly t' points and t' proofs, all canonical."""
        self._openings[sender] = parse_opening(self._dealing.setting.session.threshold, body)

    def advance(self) -> Turn[Reshared]:
        """Check openings, proofs and constants, then deal."""
        check_openings(self._dealing.parties, self._openings, self._commitments)
        roster = self._dealing.roster
        strange = [seat for seat, opened in self._openings.items() if opened.points[0] != roster.dealt_point(seat)]
        if strange:
            raise Fault(ban(self._dealing.parties, 2, strange, "constant"))
        for seat, opened in self._openings.items():
            self._dealing.rows[seat] = opened.points
        return round3.send(self._dealing)
