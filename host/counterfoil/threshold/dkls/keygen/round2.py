"""Round 2 of key generation: openings.   threshold note 4.5, R2

- broadcast t, A_{i,0..t-1}, a proof of knowledge for every coefficient, the part of the chain code, the salt
- check of each: it opens the commitment; exactly t points and t proofs, never `zip`; all proofs hold
"""

from __future__ import annotations

from counterfoil.threshold.dkls.keygen import round3
from counterfoil.threshold.dkls.keygen.dealing import Dealing
from counterfoil.threshold.dkls.sharing import opening
from counterfoil.threshold.dkls.sharing.opening import Opening, check_openings, parse_opening
from counterfoil.threshold.machine import Round, Turn
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.wire import Layout

CHAIN_PART = 32


def layout(threshold: int) -> Layout:
    """Fields of the broadcast; its tail is the part of the chain code. Standard: threshold note 4.5"""
    return opening.layout(threshold, CHAIN_PART)


def send(dealing: Dealing, commitments: dict[int, bytes]) -> Turn[KeyShare]:
    """Open. Standard: threshold note 4.5, R2"""
    return Turn(broadcast=dealing.opening + dealing.salt, next=Round2(dealing, commitments))


class Round2(Round[KeyShare]):
    """Waits for everyone's openings."""

    number = 2

    def __init__(self, dealing: Dealing, commitments: dict[int, bytes]) -> None:
        self._dealing = dealing
        self._commitments = commitments
        self.broadcasters = frozenset(dealing.parties.peers)
        self._openings: dict[int, Opening] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Exactly t points and t proofs, all canonical."""
        self._openings[sender] = parse_opening(self._dealing.setting.session.threshold, body, CHAIN_PART)

    def advance(self) -> Turn[KeyShare]:
        """Check openings and proofs, then deal."""
        check_openings(self._dealing.parties, self._openings, self._commitments)
        for party, opened in self._openings.items():
            self._dealing.commitments[party] = opened.points
            self._dealing.chain_parts[party] = opened.tail
        return round3.send(self._dealing)
