"""Round 4 of key generation: everyone signs the same transcript.   threshold note 4.5, R4

- broadcast H(full transcript, pk, chain code, X_1…X_n) and a signature of it by the identity key
- check: all n are equal and all signatures valid; only then is there a share to save
"""

from __future__ import annotations

from dataclasses import replace

from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.crypto.secret import Secret
from counterfoil.errors import Bug
from counterfoil.threshold.dkls.keygen.dealing import Dealing
from counterfoil.threshold.machine import Fault, Round, Turn, ban, unnamed
from counterfoil.threshold.public_share import PublicShare
from counterfoil.threshold.share import KeyShare, PeerState
from counterfoil.threshold.wire import Layout, split

LAYOUT: Layout = (("digest", 32), ("signature", 64))


def send(
    dealing: Dealing, secret: Scalar, peers: dict[int, PeerState], group_key: Point, points: dict[int, Point]
) -> Turn[KeyShare]:
    """Confirm. Standard: threshold note 4.5, R4"""
    session, parties = dealing.setting.session, dealing.parties
    chain_parts = (dealing.chain_parts[index] for index in session.indices)
    chain_code = framed_hash("counterfoil/keygen/chain-code", parties.sid, *chain_parts)
    encoded = tuple(points[index].encode() for index in session.indices)
    public = PublicShare(
        vault=session.vault,
        epoch=session.epoch,
        threshold=session.threshold,
        parties=session.indices,
        identities=tuple(join.identity for join in session.joins),
        points=encoded,
        group_key=group_key.encode(),
        chain_code=chain_code,
        transcript=parties.transcript.digest(2),
        confirmations=(),
    )
    digest = public.confirmed_message()
    signature = dealing.setting.sign_identity(digest)
    if len(signature) != 64:
        raise Bug("An identity signature has 64 bytes.")
    return Turn(broadcast=digest + signature, next=Round4(dealing, public, secret, peers, signature))


class Round4(Round[KeyShare]):
    """Waits for everyone's confirmation."""

    number = 4

    def __init__(
        self, dealing: Dealing, public: PublicShare, secret: Scalar, peers: dict[int, PeerState], signature: bytes
    ) -> None:
        self._dealing = dealing
        self._public = public
        self._secret = secret
        self._peers = peers
        self._signatures = {dealing.parties.me: signature}
        self._digests: dict[int, bytes] = {}
        self.broadcasters = frozenset(dealing.parties.peers)

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """A digest and a signature."""
        self._digests[sender], self._signatures[sender] = split(LAYOUT, body)

    def advance(self) -> Turn[KeyShare]:
        """All equal, all signed: the share may be saved."""
        parties = self._dealing.parties
        forged = [party for party in parties.peers if not self._is_signed(party)]
        if forged:
            raise Fault(ban(parties, 4, forged, "confirmation"))
        digest = self._public.confirmed_message()
        if not all(is_equal(self._digests[party], digest) for party in parties.peers):
            raise Fault(unnamed(parties, 4, "equivocation"))
        confirmations = tuple(self._signatures[index] for index in self._public.parties)
        public = replace(self._public, confirmations=confirmations)
        return Turn(result=KeyShare(public, parties.me, Secret(self._secret.reveal()), self._peers))

    def _is_signed(self, party: int) -> bool:
        identity = self._dealing.setting.session.identities[party]
        try:
            self._dealing.setting.verify_identity(identity, self._digests[party], self._signatures[party])
        except Exception:  # noqa: BLE001 - whatever the caller's check raises, the signature is not verified
            return False
        return True
