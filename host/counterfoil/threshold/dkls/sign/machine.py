"""Signing as one machine: three rounds, one signature, no presignatures."""

from __future__ import annotations

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import Point, Rng, Scalar
from counterfoil.errors import InputError, Poisoned
from counterfoil.threshold.derive import derive_public
from counterfoil.threshold.dkls.sign import round1
from counterfoil.threshold.dkls.sign.signing import Signing, additive_share
from counterfoil.threshold.machine import Parties, RoundMachine, Turn
from counterfoil.threshold.session import Session
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.transcript import Transcript
from counterfoil.threshold.wire import Ceremony
from counterfoil.types import Signature


class SignMachine(RoundMachine[Signature]):
    """One party of a signature by exactly t parties.

    Standard: 2023/765 Protocol 3.6; BIP32 non-hardened
    In:       the digest and path are fixed here and bound into the session's id before round 1;
              ``poisoned`` are the parties whose oblivious-transfer state once failed a check
    Out:      Signature, low s, checked by libsecp256k1; ``Release`` comes before round 3 leaves
    Raises:   Poisoned; InputError where session and share do not fit
    """

    rounds = 3

    def __init__(
        self,
        session: Session,
        share: KeyShare,
        *,
        path: tuple[int, ...],
        digest: bytes,
        poisoned: frozenset[int],
        rng: Rng,
    ) -> None:
        locked = sorted(poisoned.intersection(session.peers))
        if locked:
            raise Poisoned(culprits=locked)
        _check_fits(session, share, digest)
        public = share.public
        child, tweak = derive_public(public.group_key, public.chain_code, path)
        steps = b"".join(number.to_bytes(4, "big") for number in path)
        sid = framed_hash("counterfoil/threshold/sign", session.sid, public.encode(), steps, digest)
        super().__init__(Parties(Ceremony.SIGN, sid, session.me, session.peers, Transcript(sid)))
        self._inputs = (session, share, digest, rng, child, tweak)

    def _begin(self) -> Turn[Signature]:
        session, share, digest, rng, child, tweak = self._inputs
        del self._inputs
        r = Scalar.random(rng)
        signing = Signing(
            parties=self._parties,
            peers={index: share.peers[index] for index in session.peers},
            public=Point.parse(child),
            digest=digest,
            rng=rng,
            sk=additive_share(share, session.indices, tweak, self._parties.sid),
            r=r,
            phi=Scalar.random(rng),
            nonce_point=r.point(),
            salt=rng(32),
        )
        return round1.send(signing)


def _check_fits(session: Session, share: KeyShare, digest: bytes) -> None:
    public = share.public
    if len(digest) != 32:
        raise InputError("A digest has 32 bytes.", reason="digest")
    if (session.vault, session.epoch) != (public.vault, public.epoch) or session.me != share.me:
        raise InputError("The session is of another vault, epoch or party.", reason="session")
    if session.threshold != public.threshold or len(session.indices) != public.threshold:
        raise InputError("Exactly as many parties sign as the threshold says.", reason="party_set")
    if not set(session.peers) <= set(share.peers):
        raise InputError("A party of the session can't sign with this one.", reason="party_set")
    if any(public.identity_of(index) != key for index, key in session.identities.items()):
        raise InputError("A party's identity key is not the one that the vault knows.", reason="identity")
