"""Round 4 of a reshare: all dealers and new parties sign the same transcript.   threshold note 4.7; 4.5, R4

The chain code is carried, the epoch is the session's. Only the new parties' confirmations are kept with the share.
"""

from __future__ import annotations

from counterfoil.crypto.secp256k1 import Point, Scalar
from counterfoil.crypto.secret import Secret
from counterfoil.threshold.dkls.reshare.dealing import Dealing, Reshared
from counterfoil.threshold.dkls.sharing import confirm
from counterfoil.threshold.machine import Turn
from counterfoil.threshold.public_share import PublicShare
from counterfoil.threshold.share import KeyShare, PeerState

LAYOUT = confirm.LAYOUT


def send(
    dealing: Dealing, secret: Scalar | None, peers: dict[int, PeerState], points: dict[int, Point]
) -> Turn[Reshared]:
    """Confirm. Standard: threshold note 4.7"""
    session, parties, roster = dealing.setting.session, dealing.parties, dealing.roster
    seats = roster.seats()
    public = PublicShare(
        vault=session.vault,
        epoch=session.epoch,
        threshold=session.threshold,
        parties=seats,
        identities=tuple(session.identities[seat] for seat in seats),
        points=tuple(points[seat].encode() for seat in seats),
        group_key=roster.old.group_key,
        chain_code=roster.old.chain_code,
        transcript=parties.transcript.digest(2),
        confirmations=(),
    )
    kept = None if secret is None else Secret(secret.reveal())

    def finish(confirmed: PublicShare) -> Reshared:
        return Reshared(confirmed, None if kept is None else KeyShare(confirmed, parties.me, kept, peers))

    return confirm.send(dealing.setting, public, finish)
