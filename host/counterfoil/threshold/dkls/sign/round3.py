"""Round 3 of signing: the parts of the signature.   2023/765 Protocol 3.6

- phi' = phi_i + Σ psi_ji; u_i = r_i·phi' + Σ(c_u + d_u); v_i = sk_i·phi' + Σ(c_v + d_v)
- w_i = H(m)·phi_i + r_x·v_i; broadcast u_i, w_i and a hash of all earlier broadcasts
- with this message a signature may come to exist: the caller persists RELEASED first
"""

from __future__ import annotations

from functools import reduce
from operator import add

from counterfoil.crypto.hashes import is_equal
from counterfoil.crypto.secp256k1 import N, Point, Scalar
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.dkls.sign import finish
from counterfoil.threshold.dkls.sign.signing import Signing
from counterfoil.threshold.machine import Fault, Round, Turn, unnamed
from counterfoil.threshold.wire import Layout, parse_public_scalar, split
from counterfoil.types import Signature

BROADCAST: Layout = (("u", 32), ("w", 32), ("echo", 32))


def send(
    signing: Signing, nonce_points: list[Point], psi: list[Scalar], shares: tuple[list[Scalar], list[Scalar]]
) -> Turn[Signature]:
    """This party's part. Standard: 2023/765 Protocol 3.6, step 3"""
    parties = signing.parties
    try:
        nonce = Point.sum([signing.nonce_point, *nonce_points])
    except InvalidEncoding:
        raise Fault(unnamed(parties, 2, "nonce")) from None
    r_x = nonce.x % N
    if r_x == 0:
        raise Fault(unnamed(parties, 2, "nonce"))
    phi = reduce(add, psi, signing.phi)
    u = reduce(add, shares[0], signing.r * phi)
    v = reduce(add, shares[1], signing.sk * phi)
    w = v * Scalar.of_public(r_x)
    if signing.m % N:
        w = w + signing.phi * Scalar.of_public(signing.m)
    echo = parties.transcript.digest(2)
    part = (int.from_bytes(u.reveal(), "big"), int.from_bytes(w.reveal(), "big"))
    return Turn(broadcast=u.reveal() + w.reveal() + echo, next=Round3(signing, nonce, part, echo), release=True)


class Round3(Round[Signature]):
    """Waits for the other parts. Nothing here is secret any more."""

    number = 3

    def __init__(self, signing: Signing, nonce: Point, part: tuple[int, int], echo: bytes) -> None:
        self._parties = signing.parties
        self._public = signing.public
        self._digest = signing.digest
        self._nonce = nonce
        self._parts = [part]
        self._echo = echo
        self._echoes: list[bytes] = []
        self.broadcasters = frozenset(signing.parties.peers)

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """Two canonical scalars."""
        u, w, echo = split(BROADCAST, body)
        self._parts.append((parse_public_scalar(u), parse_public_scalar(w)))
        self._echoes.append(echo)

    def advance(self) -> Turn[Signature]:
        """Put the signature together; it is checked before anyone sees it."""
        if not all(is_equal(echo, self._echo) for echo in self._echoes):
            raise Fault(unnamed(self._parties, 3, "equivocation"))
        signature = finish.assemble(self._parts, self._nonce, self._public, self._digest)
        if signature is None:
            raise Fault(unnamed(self._parties, 3, "signature"), poison=self._parties.peers)
        return Turn(result=signature)
