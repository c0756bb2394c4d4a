"""Round 2 of signing: multiply, open the nonce.   2023/765 Protocol 3.6, threshold note 4.3, 4.6

- as S toward each j with (r_i, sk_i): ã, eta, H(mu); Gu = c_u·G, Gv = c_v·G; psi_ij = phi_i - chi_ij
- broadcast R_i, salt, pk_i = sk_i·G and a hash of all broadcasts of round 1
- checks, per j: commitment opens; ã is consistent; chi·R_j - Gu = d_u·G; chi·pk_j - Gv = d_v·G;
  then everyone saw the same round 1, and Σ pk = pk(path)
"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.crypto.hashes import is_equal, sha256
from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.commit import SALT_LENGTH, is_opening
from counterfoil.threshold.dkls.sign import round3
from counterfoil.threshold.dkls.sign.signing import Signing
from counterfoil.threshold.machine import Fault, Round, Turn, ban, unnamed
from counterfoil.threshold.ot import extension, rvole
from counterfoil.threshold.session import pair_sid
from counterfoil.threshold.wire import Layout, split
from counterfoil.types import Signature

BROADCAST: Layout = (("nonce_point", 33), ("salt", SALT_LENGTH), ("public", 33), ("echo", 32))
DIRECT: Layout = (*rvole.LAYOUT, ("gamma_u", 33), ("gamma_v", 33), ("psi", 32))


@dataclass(frozen=True, slots=True)
class Opened:
    """A peer's broadcast: R_j, salt, pk_j, echo."""

    nonce_point: Point
    salt: bytes
    public: Point
    echo: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Multiplied:
    """A peer's message as S."""

    product: tuple[bytes, bytes, bytes]
    gamma_u: Point
    gamma_v: Point
    psi: Scalar


def send(signing: Signing, commitments: dict[int, bytes], rows: dict[int, tuple[bytes, bytes]]) -> Turn[Signature]:
    """Multiply toward each peer and open. Standard: 2023/765 Protocol 3.6, step 2"""
    parties, direct = signing.parties, {}
    c_u, c_v = [], []
    for index, peer in signing.peers.items():
        sid, setup = pair_sid(parties.sid, parties.me, index), pair_sid(peer.setup, parties.me, index)
        (u, v), fields = rvole.multiply(sid, setup, (signing.r, signing.sk), rows[index], signing.rng)
        psi = signing.phi - signing.chi[index]
        direct[index] = b"".join([*fields, u.point().encode(), v.point().encode(), psi.reveal()])
        c_u.append(u)
        c_v.append(v)
    public = signing.sk.point()
    echo = parties.transcript.digest(1)
    body = signing.nonce_point.encode() + signing.salt + public.encode() + echo
    return Turn(broadcast=body, direct=direct, next=Round2(signing, commitments, public, echo, (c_u, c_v)))


class Round2(Round[Signature]):
    """Waits for openings and for S's messages."""

    number = 2

    def __init__(
        self,
        signing: Signing,
        commitments: dict[int, bytes],
        public: Point,
        echo: bytes,
        shares: tuple[list[Scalar], list[Scalar]],
    ) -> None:
        self._signing = signing
        self._commitments = commitments
        self._public = public
        self._echo = echo
        self._shares = shares
        self.broadcasters = self.directs = frozenset(signing.parties.peers)
        self._opened: dict[int, Opened] = {}
        self._multiplied: dict[int, Multiplied] = {}

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Canonical points and scalars, all 1 248 of them."""
        if broadcast:
            nonce_point, salt, public, echo = split(BROADCAST, body)
            self._opened[sender] = Opened(Point.parse(nonce_point), salt, Point.parse(public), echo)
        else:
            a_tilde, eta, mu, gamma_u, gamma_v, psi = split(DIRECT, body)
            rvole.check_schema(a_tilde, eta)
            self._multiplied[sender] = Multiplied(
                (a_tilde, eta, mu), Point.parse(gamma_u), Point.parse(gamma_v), Scalar(psi)
            )

    def advance(self) -> Turn[Signature]:
        """All checks toward all peers first; then the last message may be made."""
        parties = self._signing.parties
        closed = [index for index in parties.peers if not self._opens(index)]
        failed = [index for index in parties.peers if index not in closed and not self._multiplies(index)]
        if failed:
            raise Fault(ban(parties, 2, [*closed, *failed], "multiplication"), poison=failed)
        if closed:
            raise Fault(ban(parties, 2, closed, "commitment"))
        if not all(is_equal(opened.echo, self._echo) for opened in self._opened.values()):
            raise Fault(unnamed(parties, 2, "equivocation"))
        if not self._is_public_key_right():
            raise Fault(unnamed(parties, 2, "public_key"), poison=parties.peers)
        return round3.send(
            self._signing,
            [opened.nonce_point for opened in self._opened.values()],
            [message.psi for message in self._multiplied.values()],
            self._shares,
        )

    def _opens(self, index: int) -> bool:
        opened, sid = self._opened[index], self._signing.parties.sid
        return is_opening(self._commitments[index], sid, index, opened.nonce_point.encode(), opened.salt)

    def _multiplies(self, index: int) -> bool:
        """4.3's check, and that S multiplied by the logarithms of R_j and pk_j and nothing else."""
        signing, message, opened = self._signing, self._multiplied[index], self._opened[index]
        sid = pair_sid(signing.parties.sid, index, signing.parties.me)
        setup = pair_sid(signing.peers[index].setup, index, signing.parties.me)
        try:
            d_u, d_v = rvole.receive(sid, setup, signing.extended[index], message.product)
        except extension.CheckFailed:
            return False
        chi = signing.chi[index]
        if not _is_product(chi, opened.nonce_point, message.gamma_u, d_u):
            return False
        if not _is_product(chi, opened.public, message.gamma_v, d_v):
            return False
        self._shares[0].append(d_u)
        self._shares[1].append(d_v)
        return True

    def _is_public_key_right(self) -> bool:
        points = [self._public, *(opened.public for opened in self._opened.values())]
        try:
            return Point.sum(points) == self._signing.public
        except InvalidEncoding:
            return False


def _is_product(chi: Scalar, point: Point, gamma: Point, d: Scalar) -> bool:
    """chi·P = d·G + gamma, compared under SHA-256: `ecdh` is the flat way to multiply a point by a secret."""
    try:
        expected = d.point() + gamma
    except InvalidEncoding:
        return False
    return is_equal(chi.ecdh(point), sha256(expected.encode()))
