"""Round 4 of key generation: everyone signs the same transcript.   threshold note 4.5, R4"""

from __future__ import annotations

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.crypto.secret import Secret
from counterfoil.threshold.dkls.keygen.dealing import Dealing
from counterfoil.threshold.dkls.sharing import confirm
from counterfoil.threshold.machine import Turn
from counterfoil.threshold.public_share import PublicShare
from counterfoil.threshold.share import KeyShare, PeerState

LAYOUT = confirm.LAYOUT


def send(
    dealing: Dealing, secret: Scalar, peers: dict[int, PeerState], group_key: Point, points: dict[int, Point]
) -> Turn[KeyShare]:
    """Confirm. Standard: threshold note 4.5, R4"""
    session, parties = dealing.setting.session, dealing.parties
    chain_parts = (dealing.chain_parts[index] for index in session.indices)
    public = PublicShare(
        vault=session.vault,
        epoch=session.epoch,
        threshold=session.threshold,
        parties=session.indices,
        identities=tuple(join.identity for join in session.joins),
        points=tuple(points[index].encode() for index in session.indices),
        group_key=group_key.encode(),
        chain_code=framed_hash("counterfoil/keygen/chain-code", parties.sid, *chain_parts),
        transcript=parties.transcript.digest(2),
        confirmations=(),
    )
    kept = Secret(secret.reveal())
    return confirm.send(dealing.setting, public, lambda confirmed: KeyShare(confirmed, parties.me, kept, peers))
