"""Round 2 of key generation: openings.   threshold note 4.5, R2

- broadcast t, A_{i,0..t-1}, a proof of knowledge for every coefficient, the part of the chain code, the salt
- check of each: it opens the commitment; exactly t points and t proofs, never `zip`; all proofs hold
"""

from __future__ import annotations

from counterfoil.crypto.secp256k1 import Point
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.commit import SALT_LENGTH, is_opening
from counterfoil.threshold.dkls.keygen import round3
from counterfoil.threshold.dkls.keygen.dealing import Dealing
from counterfoil.threshold.machine import Fault, Round, Turn, ban
from counterfoil.threshold.proofs import PROOF_LENGTH, Proof, is_proof, parse_proof
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.wire import Layout, parse_points, split


def layout(threshold: int) -> Layout:
    """Fields of the broadcast. Standard: threshold note 4.5"""
    return (
        ("count", 1),
        ("coefficients", 33 * threshold),
        ("proofs", PROOF_LENGTH * threshold),
        ("chain_part", 32),
        ("salt", SALT_LENGTH),
    )


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
        self._openings: dict[int, tuple[bytes, bytes]] = {}
        self._proofs: dict[int, tuple[Proof, ...]] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Exactly t points and t proofs, all canonical."""
        threshold = self._dealing.setting.session.threshold
        count, points, proofs, chain_part, salt = split(layout(threshold), body)
        if count[0] != threshold:
            raise InvalidEncoding("The polynomial has another degree.", reason="count")
        self._dealing.commitments[sender] = parse_points(points)
        self._proofs[sender] = tuple(
            parse_proof(proofs[at : at + PROOF_LENGTH]) for at in range(0, len(proofs), PROOF_LENGTH)
        )
        self._dealing.chain_parts[sender] = chain_part
        self._openings[sender] = (body[:-SALT_LENGTH], salt)

    def advance(self) -> Turn[KeyShare]:
        """Check openings and proofs, then deal."""
        parties = self._dealing.parties
        closed = [party for party in parties.peers if not self._opens(party)]
        if closed:
            raise Fault(ban(parties, 2, closed, "commitment"))
        unproven = [party for party in parties.peers if not self._is_proven(party)]
        if unproven:
            raise Fault(ban(parties, 2, unproven, "proof"))
        return round3.send(self._dealing)

    def _opens(self, party: int) -> bool:
        content, salt = self._openings[party]
        return is_opening(self._commitments[party], self._dealing.parties.sid, party, content, salt)

    def _is_proven(self, party: int) -> bool:
        points: tuple[Point, ...] = self._dealing.commitments[party]
        sid = self._dealing.parties.sid
        return all(
            is_proof(proof, point, sid, party, k)
            for k, (point, proof) in enumerate(zip(points, self._proofs[party], strict=True))
        )
