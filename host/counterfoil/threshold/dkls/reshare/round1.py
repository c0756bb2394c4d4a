"""Round 1 of a reshare: commitments.   threshold note 4.7; 4.5, R1

- a dealer draws f_i of degree t'-1 with f_i(0) = λ_i·s_i and commits to everything that round 2 will open
- a new party that will sign draws half a zero seed for each co-signer and commits to each
"""

from __future__ import annotations

from counterfoil.crypto.secp256k1 import Scalar
from counterfoil.threshold.commit import COMMITMENT_LENGTH, SALT_LENGTH, commit
from counterfoil.threshold.dkls.reshare import round2
from counterfoil.threshold.dkls.reshare.dealing import Dealing, Reshared
from counterfoil.threshold.dkls.reshare.roster import Roster
from counterfoil.threshold.dkls.sharing.opening import content_of
from counterfoil.threshold.dkls.sharing.pairing import Pairings
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Round, Turn
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.vss import Polynomial
from counterfoil.threshold.wire import Layout, split


def layout(*, deals: bool, seeds: int) -> Layout:
    """Fields of the broadcast of a party that deals or not, with this many later co-signers. Standard: threshold note 4.7"""
    return (("commitment", COMMITMENT_LENGTH if deals else 0), ("seed_commitments", 32 * seeds))


def send(setting: Setting, roster: Roster, share: KeyShare | None) -> Turn[Reshared]:
    """Draw everything and commit to it. Standard: threshold note 4.7"""
    rng, sid, me = setting.rng, setting.parties.sid, setting.parties.me
    dealing = Dealing(setting, roster, None, b"", b"", Pairings(setting))
    body = b""
    if share is not None:
        dealing.polynomial = Polynomial(setting.session.threshold, rng, _constant(roster, me, share))
        dealing.salt = rng(SALT_LENGTH)
        dealing.opening = content_of(setting, dealing.polynomial)
        dealing.rows[me] = dealing.polynomial.commitments()
        body = commit(sid, me, dealing.opening, dealing.salt)
    body += dealing.pairings.commitments()
    return Turn(broadcast=body or None, next=Round1(dealing))


def _constant(roster: Roster, me: int, share: KeyShare) -> Scalar:
    """λ_i·s_i. Standard: threshold note 4.7"""
    with share.secret.open() as view:
        return Scalar(view.tobytes()) * Scalar.of_public(roster.factor(me))


class Round1(Round[Reshared]):
    """Waits for the commitments of dealers and later co-signers."""

    number = 1

    def __init__(self, dealing: Dealing) -> None:
        self._dealing = dealing
        me, ot_parties = dealing.parties.me, dealing.setting.ot_parties
        self.broadcasters = dealing.others_that_deal() | (ot_parties - {me})
        self._commitments: dict[int, bytes] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Keep a dealer's commitment, and of the seeds' the one that is for this party."""
        deals = sender in self._dealing.roster.dealers
        seeds = len(self._dealing.setting.peers_of(sender))
        commitment, seed_commitments = split(layout(deals=deals, seeds=seeds), body)
        if deals:
            self._commitments[sender] = commitment
        self._dealing.pairings.keep_commitments(sender, seed_commitments)

    def advance(self) -> Turn[Reshared]:
        """Dealers open what they committed to."""
        return round2.send(self._dealing, self._commitments)
