"""What two parties that will sign together set up: a zero seed and base oblivious transfer both ways.   threshold note 4.1, 4.4

Always fresh, at key generation and at every reshare: nothing of an older set-up is used again.
"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.crypto.secret import Secret
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Fault, ban
from counterfoil.threshold.ot import endemic
from counterfoil.threshold.ot.endemic import Chooser
from counterfoil.threshold.session import pair_sid
from counterfoil.threshold.share import PeerState
from counterfoil.threshold.wire import Layout, split

LAYOUT: Layout = (("zero_seed", 32), ("request", endemic.REQUEST_LENGTH), ("offer", endemic.OFFER_LENGTH))
COMMITMENT_LENGTH = 32


@dataclass(frozen=True, slots=True, repr=False)
class _Sent:
    """This party's half of the set-up with one peer, between sending and receiving it."""

    delta: bytes
    chooser: Chooser
    exponents: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True, repr=False)
class _Got:
    """A peer's half."""

    zero_seed: bytes
    request: tuple[tuple[Point, Point], ...]
    offer: tuple[Point, ...]


class Pairings:
    """The set-up with every later co-signer: commit to half a zero seed each, send, then put both halves together."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._me = setting.parties.me
        self._zero_seeds = {peer: setting.rng(32) for peer in setting.peers_of(self._me)}
        self._commitments: dict[int, bytes] = {}
        self._sent: dict[int, _Sent] = {}
        self._got: dict[int, _Got] = {}

    def commitments(self) -> bytes:
        """One for each co-signer, ascending. Standard: threshold note 4.4"""
        pairs = self._zero_seeds.items()
        return b"".join(self._commit(self._me, peer, seed) for peer, seed in pairs)

    def keep_commitments(self, sender: int, commitments: bytes) -> None:
        """Of the sender's commitments the one that is for this party."""
        if self._setting.does_transfer_with(sender):
            at = COMMITMENT_LENGTH * self._setting.peers_of(sender).index(self._me)
            self._commitments[sender] = commitments[at : at + COMMITMENT_LENGTH]

    def half_for(self, peer: int) -> bytes:
        """Fields of `LAYOUT`. Standard: threshold note 4.1, 4.4"""
        rng = self._setting.rng
        delta = rng(endemic.COUNT // 8)
        chooser, request = endemic.choose(pair_sid(self._setting.parties.sid, self._me, peer), delta, rng)
        exponents, offer = endemic.offer(rng)
        self._sent[peer] = _Sent(delta, chooser, exponents)
        return self._zero_seeds[peer] + request + offer

    def read_half(self, sender: int, data: bytes) -> None:
        """384 points and half a seed. Raises: InvalidEncoding"""
        seed, request, offer = split(LAYOUT, data)
        self._got[sender] = _Got(seed, endemic.parse_request(request), endemic.parse_offer(offer))

    def states(self) -> dict[int, PeerState]:
        """What to keep, by peer. Check: each seed opens its commitment; no key of the OT is the identity. Raises: Fault"""
        states, broken = {}, []
        for peer in self._got:
            try:
                states[peer] = self._state(peer)
            except InvalidEncoding:
                broken.append(peer)
        if broken:
            raise Fault(ban(self._setting.parties, 3, broken, "setup"))
        return states

    def _state(self, peer: int) -> PeerState:
        sid, me, sent, got = self._setting.parties.sid, self._me, self._sent[peer], self._got[peer]
        if not is_equal(self._commit(peer, me, got.zero_seed), self._commitments[peer]):
            raise InvalidEncoding("The seed does not open its commitment.", reason="zero_seed")
        chosen = endemic.seeds_of_chooser(pair_sid(sid, me, peer), sent.chooser, got.offer)
        offered = endemic.seeds_of_offerer(pair_sid(sid, peer, me), sent.exponents, got.request)
        halves = {me: self._zero_seeds[peer], peer: got.zero_seed}
        zero_seed = framed_hash("counterfoil/threshold/zero-seed-pair", *(halves[index] for index in sorted(halves)))
        return PeerState(
            index=peer,
            setup=sid,
            zero_seed=Secret(zero_seed),
            delta=Secret(sent.delta),
            chosen=Secret.take(chosen),
            offered=(Secret.take(offered[0]), Secret.take(offered[1])),
        )

    def _commit(self, sender: int, receiver: int, seed: bytes) -> bytes:
        """32 bytes; the seed itself is random enough to hide."""
        pair = bytes([sender, receiver])
        return framed_hash("counterfoil/threshold/zero-seed", self._setting.parties.sid, pair, seed)
