"""Round 3 of key generation: shares and base oblivious transfer, pair by pair.   threshold note 4.1, 4.5 R3

- send f_i(j) to each j; to a later co-signer also the half zero seed and both roles of the base OT
- check of each: f_j(i)·G = Σ i^k·A_{j,k}; the seed opens its commitment; no key of the OT is the identity
- pk = Σ A_{i,0}; X_j from the A's; s_i = Σ f_j(i)
"""

from __future__ import annotations

from counterfoil.crypto.secp256k1 import Scalar
from counterfoil.threshold.dkls.keygen import round4
from counterfoil.threshold.dkls.keygen.dealing import Dealing
from counterfoil.threshold.dkls.sharing import pairing
from counterfoil.threshold.dkls.sharing.group import check_dealt, group_of
from counterfoil.threshold.machine import Round, Turn
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.wire import Layout, layout_length, split


def layout(*, transfers: bool) -> Layout:
    """Fields of the message to one party. Standard: threshold note 4.5"""
    share: Layout = (("share", 32),)
    return share + pairing.LAYOUT if transfers else share


def send(dealing: Dealing) -> Turn[KeyShare]:
    """Deal. Standard: threshold note 4.5, R3"""
    direct = {}
    for peer in dealing.parties.peers:
        half = dealing.pairings.half_for(peer) if dealing.setting.does_transfer_with(peer) else b""
        direct[peer] = dealing.polynomial.at(peer).reveal() + half
    return Turn(direct=direct, next=Round3(dealing))


class Round3(Round[KeyShare]):
    """Waits for everyone's share for this party."""

    number = 3

    def __init__(self, dealing: Dealing) -> None:
        self._dealing = dealing
        self.directs = frozenset(dealing.parties.peers)
        self._dealt: dict[int, Scalar] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """A canonical share and, from a co-signer, 384 points."""
        transfers = self._dealing.setting.does_transfer_with(sender)
        half = layout_length(pairing.LAYOUT) if transfers else 0
        share, setup = split((("share", 32), ("half", half)), body)
        self._dealt[sender] = Scalar(share)
        if transfers:
            self._dealing.pairings.read_half(sender, setup)

    def advance(self) -> Turn[KeyShare]:
        """Check what was dealt, put the share together and ask for everyone's confirmation."""
        dealing = self._dealing
        check_dealt(dealing.setting, dealing.commitments, self._dealt)
        peers = dealing.pairings.states()
        group_key, points = group_of(dealing.setting, dealing.commitments, dealing.setting.session.indices)
        return round4.send(dealing, self._secret(), peers, group_key, points)

    def _secret(self) -> Scalar:
        total = self._dealing.polynomial.at(self._dealing.parties.me)
        for share in self._dealt.values():
            total = total + share
        return total
