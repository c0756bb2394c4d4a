"""Round 3 of a reshare: new shares and fresh base oblivious transfer, pair by pair.   threshold note 4.7; 4.1, 4.5 R3

- a dealer sends f_i(j) to each new party j; later co-signers also set up oblivious transfer and zero seeds anew
- check of each: f_i(me)·G = Σ me^k·A_{i,k}; seeds open; no key of the OT is the identity; Σ A_{i,0} = pk
- s'_me = Σ f_i(me)
"""

from __future__ import annotations

from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.threshold.dkls.reshare import round4
from counterfoil.threshold.dkls.reshare.dealing import Dealing, Reshared
from counterfoil.threshold.dkls.sharing import pairing
from counterfoil.threshold.dkls.sharing.group import check_dealt, group_of
from counterfoil.threshold.machine import Fault, Round, Turn, unnamed
from counterfoil.threshold.wire import Layout, layout_length, split


def layout(*, deals: bool, transfers: bool) -> Layout:
    """Fields of the message to one new party. Standard: threshold note 4.7"""
    share: Layout = (("share", 32),) if deals else ()
    return share + pairing.LAYOUT if transfers else share


def send(dealing: Dealing) -> Turn[Reshared]:
    """Deal. Standard: threshold note 4.7"""
    direct = {}
    for peer in dealing.roster.seats():
        if peer == dealing.parties.me:
            continue
        share = dealing.polynomial.at(peer).reveal() if dealing.polynomial is not None else b""
        half = dealing.pairings.half_for(peer) if dealing.setting.does_transfer_with(peer) else b""
        if share or half:
            direct[peer] = share + half
    return Turn(direct=direct, next=Round3(dealing))


class Round3(Round[Reshared]):
    """Waits for every dealer's share and every co-signer's half of a set-up; one that leaves waits for nothing."""

    number = 3

    def __init__(self, dealing: Dealing) -> None:
        self._dealing = dealing
        me = dealing.parties.me
        if dealing.is_member:
            self.directs = dealing.others_that_deal() | frozenset(dealing.setting.peers_of(me))
        self._dealt: dict[int, Scalar] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """A canonical share from a dealer and, from a co-signer, 384 points."""
        deals = sender in self._dealing.roster.dealers
        transfers = self._dealing.setting.does_transfer_with(sender)
        half = layout_length(pairing.LAYOUT) if transfers else 0
        share, setup = split((("share", 32 if deals else 0), ("half", half)), body)
        if deals:
            self._dealt[sender] = Scalar(share)
        if transfers:
            self._dealing.pairings.read_half(sender, setup)

    def advance(self) -> Turn[Reshared]:
        """Check what was dealt, put the new share together and ask for everyone's confirmation."""
        dealing = self._dealing
        check_dealt(dealing.setting, dealing.rows, self._dealt)
        peers = dealing.pairings.states()
        group_key, points = group_of(dealing.setting, dealing.rows, dealing.roster.seats())
        if group_key != Point.parse(dealing.roster.old.group_key):
            raise Fault(unnamed(dealing.parties, 3, "group_key"))
        return round4.send(dealing, self._secret(), peers, points)

    def _secret(self) -> Scalar | None:
        """This party's new share, if it gets one."""
        if not self._dealing.is_member:
            return None
        shares = list(self._dealt.values())
        if self._dealing.polynomial is not None:
            shares.append(self._dealing.polynomial.at(self._dealing.parties.me))
        total = shares[0]
        for share in shares[1:]:
            total = total + share
        return total
