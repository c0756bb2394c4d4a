"""Round 1 of key generation: commitments.   threshold note 4.5, R1

- draw f_i of degree t-1, a part of the chain code and, for each later co-signer, half a zero seed
- broadcast a commitment to everything that round 2 will open, and one to each half seed
"""

from __future__ import annotations

from counterfoil.crypto.hashes import framed_hash
from counterfoil.threshold.commit import COMMITMENT_LENGTH, SALT_LENGTH, commit
from counterfoil.threshold.dkls.keygen import round2
from counterfoil.threshold.dkls.keygen.dealing import SEED_TAG, Dealing, Setting
from counterfoil.threshold.machine import Round, Turn
from counterfoil.threshold.proofs import prove
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.vss import Polynomial
from counterfoil.threshold.wire import Layout, encode_points, split


def layout(seeds: int) -> Layout:
    """Fields of the broadcast of a party with this many co-signers. Standard: threshold note 4.5"""
    return (("commitment", COMMITMENT_LENGTH), ("seed_commitments", 32 * seeds))


def send(setting: Setting) -> Turn[KeyShare]:
    """Draw everything and commit to it. Standard: threshold note 4.5, R1"""
    rng, sid, me, threshold = setting.rng, setting.parties.sid, setting.parties.me, setting.session.threshold
    polynomial = Polynomial(threshold, rng)
    points, chain_part, salt = polynomial.commitments(), rng(32), rng(SALT_LENGTH)
    proofs = [prove(coefficient, sid, me, k, rng).encode() for k, coefficient in enumerate(polynomial.coefficients)]
    opening = b"".join([bytes([threshold]), encode_points(points), *proofs, chain_part])
    zero_seeds = {peer: rng(32) for peer in setting.peers_of(me)}
    dealing = Dealing(setting, polynomial, salt, opening, zero_seeds)
    dealing.commitments[me] = points
    dealing.chain_parts[me] = chain_part
    seeds = [commit_seed(sid, me, peer, seed) for peer, seed in zero_seeds.items()]
    return Turn(broadcast=commit(sid, me, opening, salt) + b"".join(seeds), next=Round1(dealing))


def commit_seed(sid: bytes, sender: int, receiver: int, seed: bytes) -> bytes:
    """32 bytes; the seed itself is random enough to hide. Standard: threshold note 4.4"""
    return framed_hash(SEED_TAG, sid, bytes([sender, receiver]), seed)


class Round1(Round[KeyShare]):
    """Waits for everyone's commitments."""

    number = 1

    def __init__(self, dealing: Dealing) -> None:
        self._dealing = dealing
        self.broadcasters = frozenset(dealing.parties.peers)
        self._commitments: dict[int, bytes] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Keep the commitment, and of the seeds' the one that is for this party."""
        peers = self._dealing.setting.peers_of(sender)
        commitment, seeds = split(layout(len(peers)), body)
        self._commitments[sender] = commitment
        if self._dealing.setting.does_transfer_with(sender):
            at = 32 * peers.index(self._dealing.parties.me)
            self._dealing.seed_commitments[sender] = seeds[at : at + 32]

    def advance(self) -> Turn[KeyShare]:
        """Open what was committed to."""
        return round2.send(self._dealing, self._commitments)
