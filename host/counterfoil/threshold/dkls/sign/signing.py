"""What one party keeps while it signs; dropped with the machine, single-use, never stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import Point, Rng, Scalar
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.machine import Parties
from counterfoil.threshold.ot.extension import Extended
from counterfoil.threshold.share import KeyShare, PeerState
from counterfoil.threshold.vss import lagrange


@dataclass(slots=True, repr=False)
class Signing:
    """State across rounds, with the paper's symbols: sk_i, r_i, phi_i; R_i is ``nonce_point``."""

    parties: Parties
    peers: dict[int, PeerState]
    public: Point
    digest: bytes
    rng: Rng
    sk: Scalar
    r: Scalar
    phi: Scalar
    nonce_point: Point
    salt: bytes
    extended: dict[int, Extended] = field(default_factory=dict)
    chi: dict[int, Scalar] = field(default_factory=dict)

    @property
    def m(self) -> int:
        """The digest as a number. Standard: SEC 1 §4.1.3"""
        return int.from_bytes(self.digest, "big")


def additive_share(share: KeyShare, indices: tuple[int, ...], tweak: int, sid: bytes) -> Scalar:
    """sk_i = λ_i·(s_i + τ) + ζ_i: a fresh additive share of the child key. Standard: 2023/765 §3.6; threshold note 4.6, 4.8"""
    with share.secret.open() as view:
        secret = Scalar(view)
    if tweak:
        secret = secret + Scalar.of_public(tweak)
    total = secret * Scalar.of_public(lagrange(share.me, indices))
    for index in indices:
        if index != share.me:
            part = _zero_part(share.peers[index], sid)
            total = total + part if share.me < index else total - part
    return total


def _zero_part(peer: PeerState, sid: bytes) -> Scalar:
    """PRF(seed_ij, sid), the same at both ends; a draw out of range (2^-128) is drawn again."""
    counter = 0
    while True:
        with peer.zero_seed.open() as seed:
            drawn = framed_hash("counterfoil/sign/zero", seed.tobytes(), sid, bytes([counter]))
        try:
            return Scalar(drawn)
        except InvalidEncoding:
            counter += 1
