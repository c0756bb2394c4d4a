"""Round 3 of key generation: shares and base oblivious transfer, pair by pair.   threshold note 4.1, 4.5 R3

- send f_i(j) to each j; to a later co-signer also the half zero seed and both roles of the base OT
- check of each: f_j(i)·G = Σ i^k·A_{j,k}; the seed opens its commitment; no key of the OT is the identity
- pk = Σ A_{i,0}; X_j from the A's; s_i = Σ f_j(i)
"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.crypto.secret import Secret
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.dkls.keygen import round1, round4
from counterfoil.threshold.dkls.keygen.dealing import Dealing, Pairing
from counterfoil.threshold.machine import Fault, Round, Turn, ban, unnamed
from counterfoil.threshold.ot import endemic
from counterfoil.threshold.session import pair_sid
from counterfoil.threshold.share import KeyShare, PeerState
from counterfoil.threshold.vss import point_at
from counterfoil.threshold.wire import Layout, split


def layout(*, transfers: bool) -> Layout:
    """Fields of the message to one party. Standard: threshold note 4.5"""
    share: Layout = (("share", 32),)
    setup: Layout = (("zero_seed", 32), ("request", endemic.REQUEST_LENGTH), ("offer", endemic.OFFER_LENGTH))
    return share + setup if transfers else share


@dataclass(frozen=True, slots=True, repr=False)
class Dealt:
    """What a peer sent."""

    share: Scalar
    zero_seed: bytes
    request: tuple[tuple[Point, Point], ...]
    offer: tuple[Point, ...]


def send(dealing: Dealing) -> Turn[KeyShare]:
    """Deal. Standard: threshold note 4.5, R3"""
    parties = dealing.parties
    direct = {}
    for peer in parties.peers:
        body = dealing.polynomial.at(peer).reveal()
        if dealing.setting.does_transfer_with(peer):
            delta = dealing.setting.rng(endemic.COUNT // 8)
            chooser, request = endemic.choose(pair_sid(parties.sid, parties.me, peer), delta, dealing.setting.rng)
            exponents, offer = endemic.offer(dealing.setting.rng)
            dealing.pairings[peer] = Pairing(delta, chooser, exponents)
            body += dealing.zero_seeds[peer] + request + offer
        direct[peer] = body
    return Turn(direct=direct, next=Round3(dealing))


class Round3(Round[KeyShare]):
    """Waits for everyone's share for this party."""

    number = 3

    def __init__(self, dealing: Dealing) -> None:
        self._dealing = dealing
        self.directs = frozenset(dealing.parties.peers)
        self._dealt: dict[int, Dealt] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """A canonical share and, from a co-signer, 384 points."""
        transfers = self._dealing.setting.does_transfer_with(sender)
        share, *setup = split(layout(transfers=transfers), body)
        if setup:
            seed, request, offer = setup
            self._dealt[sender] = Dealt(Scalar(share), seed, endemic.parse_request(request), endemic.parse_offer(offer))
        else:
            self._dealt[sender] = Dealt(Scalar(share), b"", (), ())

    def advance(self) -> Turn[KeyShare]:
        """Check what was dealt, put the share together and ask for everyone's confirmation."""
        parties = self._dealing.parties
        wrong = [party for party in parties.peers if not self._is_on_polynomial(party)]
        if wrong:
            raise Fault(ban(parties, 3, wrong, "share"))
        peers, broken = {}, []
        for party in parties.peers:
            if not self._dealing.setting.does_transfer_with(party):
                continue
            if not self._opens_seed(party):
                broken.append(party)
                continue
            try:
                peers[party] = self._peer_state(party)
            except InvalidEncoding:
                broken.append(party)
        if broken:
            raise Fault(ban(parties, 3, broken, "setup"))
        return round4.send(self._dealing, self._secret(), peers, *self._group())

    def _is_on_polynomial(self, party: int) -> bool:
        try:
            expected = point_at(self._dealing.commitments[party], self._dealing.parties.me)
        except InvalidEncoding:
            return False
        return self._dealt[party].share.point() == expected

    def _opens_seed(self, party: int) -> bool:
        parties = self._dealing.parties
        opened = round1.commit_seed(parties.sid, party, parties.me, self._dealt[party].zero_seed)
        return is_equal(opened, self._dealing.seed_commitments[party])

    def _peer_state(self, party: int) -> PeerState:
        parties, pairing, dealt = self._dealing.parties, self._dealing.pairings[party], self._dealt[party]
        chosen = endemic.seeds_of_chooser(pair_sid(parties.sid, parties.me, party), pairing.chooser, dealt.offer)
        offered = endemic.seeds_of_offerer(pair_sid(parties.sid, party, parties.me), pairing.exponents, dealt.request)
        halves = {parties.me: self._dealing.zero_seeds[party], party: dealt.zero_seed}
        zero_seed = framed_hash("counterfoil/keygen/zero-seed-pair", *(halves[index] for index in sorted(halves)))
        return PeerState(
            index=party,
            setup=parties.sid,
            zero_seed=Secret(zero_seed),
            delta=Secret(pairing.delta),
            chosen=Secret.take(chosen),
            offered=(Secret.take(offered[0]), Secret.take(offered[1])),
        )

    def _secret(self) -> Scalar:
        total = self._dealing.polynomial.at(self._dealing.parties.me)
        for dealt in self._dealt.values():
            total = total + dealt.share
        return total

    def _group(self) -> tuple[Point, dict[int, Point]]:
        """The group key and X_j of everyone."""
        session, rows = self._dealing.setting.session, self._dealing.commitments
        try:
            sums = [Point.sum(rows[party][k] for party in session.indices) for k in range(session.threshold)]
            return sums[0], {party: point_at(sums, party) for party in session.indices}
        except InvalidEncoding:
            raise Fault(unnamed(self._dealing.parties, 3, "group_key")) from None
