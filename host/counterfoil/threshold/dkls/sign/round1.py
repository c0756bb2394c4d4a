"""Round 1 of signing: commit to the nonce, start the multiplications.   2023/765 Protocol 3.6, threshold note 4.2

- draw r_i, phi_i; R_i = r_i·G; broadcast H("com", sid, i, R_i, salt)
- as V toward each j: extend the base OT with random bits; chi_ij is fixed by them
"""

from __future__ import annotations

from counterfoil.threshold.commit import COMMITMENT_LENGTH, commit
from counterfoil.threshold.dkls.sign import round2
from counterfoil.threshold.dkls.sign.signing import Signing
from counterfoil.threshold.machine import Fault, Round, Turn, ban
from counterfoil.threshold.ot import extension, rvole
from counterfoil.threshold.session import pair_sid
from counterfoil.threshold.wire import Layout, split
from counterfoil.types import Signature

BROADCAST: Layout = (("commitment", COMMITMENT_LENGTH),)
DIRECT: Layout = extension.LAYOUT


def send(signing: Signing) -> Turn[Signature]:
    """Commit and extend. Standard: 2023/765 Protocol 3.6, step 1"""
    parties, direct = signing.parties, {}
    for index, peer in signing.peers.items():
        with peer.offered[0].open() as zero, peer.offered[1].open() as one:
            extended, fields = extension.extend(pair_sid(parties.sid, index, parties.me), (zero, one), signing.rng)
        signing.extended[index] = extended
        signing.chi[index] = rvole.chi(pair_sid(peer.setup, index, parties.me), extended)
        direct[index] = b"".join(fields)
    commitment = commit(parties.sid, parties.me, signing.nonce_point.encode(), signing.salt)
    return Turn(broadcast=commitment, direct=direct, next=Round1(signing))


class Round1(Round[Signature]):
    """Waits for commitments and for V's messages."""

    number = 1

    def __init__(self, signing: Signing) -> None:
        self._signing = signing
        self.broadcasters = self.directs = frozenset(signing.parties.peers)
        self._commitments: dict[int, bytes] = {}
        self._extensions: dict[int, tuple[bytes, bytes, bytes]] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Fields of fixed length; any bytes are a bit matrix."""
        if broadcast:
            (self._commitments[sender],) = split(BROADCAST, body)
        else:
            u, x, theta = split(DIRECT, body)
            self._extensions[sender] = (u, x, theta)

    def advance(self) -> Turn[Signature]:
        """As S, check V's consistency toward every peer before anything is sent to anyone."""
        parties, rows, failed = self._signing.parties, {}, []
        for index, peer in self._signing.peers.items():
            sid = pair_sid(parties.sid, parties.me, index)
            with peer.delta.open() as delta, peer.chosen.open() as seeds:
                try:
                    rows[index] = extension.check_and_extend(sid, delta, seeds, self._extensions[index])
                except extension.CheckFailed:
                    failed.append(index)
        if failed:
            raise Fault(ban(parties, 1, failed, "ot_extension"), poison=failed)
        return round2.send(self._signing, self._commitments, rows)
