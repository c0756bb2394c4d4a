"""Round 1 of key generation: commitments.   threshold note 4.5, R1

- draw f_i of degree t-1, a part of the chain code and, for each later co-signer, half a zero seed
- broadcast a commitment to everything that round 2 will open, and one to each half seed
"""

from __future__ import annotations

from counterfoil.threshold.commit import COMMITMENT_LENGTH, SALT_LENGTH, commit
from counterfoil.threshold.dkls.keygen import round2
from counterfoil.threshold.dkls.keygen.dealing import Dealing
from counterfoil.threshold.dkls.sharing.opening import content_of
from counterfoil.threshold.dkls.sharing.pairing import Pairings
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Round, Turn
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.vss import Polynomial
from counterfoil.threshold.wire import Layout, split


def layout(seeds: int) -> Layout:
    """Fields of the broadcast of a party with this many co-signers. Standard: threshold note 4.5"""
    return (("commitment", COMMITMENT_LENGTH), ("seed_commitments", 32 * seeds))


def send(setting: Setting) -> Turn[KeyShare]:
    """Draw everything and commit to it. Standard: threshold note 4.5, R1"""
    rng, sid, me, threshold = setting.rng, setting.parties.sid, setting.parties.me, setting.session.threshold
    polynomial = Polynomial(threshold, rng)
    chain_part, salt = rng(32), rng(SALT_LENGTH)
    opening = content_of(setting, polynomial, chain_part)
    dealing = Dealing(setting, polynomial, salt, opening, Pairings(setting))
    dealing.commitments[me] = polynomial.commitments()
    dealing.chain_parts[me] = chain_part
    body = commit(sid, me, opening, salt) + dealing.pairings.commitments()
    return Turn(broadcast=body, next=Round1(dealing))


class Round1(Round[KeyShare]):
    """Waits for everyone's commitments."""

    number = 1

    def __init__(self, dealing: Dealing) -> None:
        self._dealing = dealing
        self.broadcasters = frozenset(dealing.parties.peers)
        self._commitments: dict[int, bytes] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Keep the commitment, and of the seeds' the one that is for this party."""
        commitment, seeds = split(layout(len(self._dealing.setting.peers_of(sender))), body)
        self._commitments[sender] = commitment
        self._dealing.pairings.keep_commitments(sender, seeds)

    def advance(self) -> Turn[KeyShare]:
        """Open what was committed to."""
        return round2.send(self._dealing, self._commitments)
