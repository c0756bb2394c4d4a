"""Resharing as one machine: four rounds, then a new share that all old dealers and new parties have confirmed."""

from __future__ import annotations

from collections.abc import Callable

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import Rng
from counterfoil.errors import InputError
from counterfoil.threshold.dkls.reshare import round1
from counterfoil.threshold.dkls.reshare.dealing import Reshared
from counterfoil.threshold.dkls.reshare.roster import Roster, check_roster
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Parties, RoundMachine, Turn
from counterfoil.threshold.session import Session
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.transcript import Transcript
from counterfoil.threshold.wire import Ceremony

__all__ = ["ReshareMachine", "Reshared"]


class ReshareMachine(RoundMachine[Reshared]):
    """One party of a reshare; a refresh is a reshare to the same set.

    Standard: threshold note 4.7
    In:       ``session.threshold`` and ``session.epoch`` are the new ones; ``share`` is the old share of a dealer and
              None for any other; ``ot_parties`` are the new parties that will sign
    Out:      Reshared, only after every dealer's and new party's valid confirmation of the same transcript
    Raises:   InputError, InvalidEncoding for a set that can't work; aborts come as effects
    """

    rounds = 4
    ahead = 3  # who leaves waits for no share, and a recovery file for no set-up

    def __init__(
        self,
        session: Session,
        roster: Roster,
        share: KeyShare | None,
        *,
        ot_parties: frozenset[int],
        sign_identity: Callable[[bytes], bytes],
        verify_identity: Callable[[bytes, bytes, bytes], None],
        rng: Rng,
    ) -> None:
        check_roster(roster, session, verify_identity)
        if not ot_parties <= set(roster.seats()) or len(ot_parties) < session.threshold:
            raise InputError("Fewer parties would be able to sign than are needed.", reason="party_set")
        _check_share(session.me, roster, share)
        sid = framed_hash("counterfoil/threshold/reshare", session.sid, roster.digest(), bytes(sorted(ot_parties)))
        parties = Parties(Ceremony.RESHARE, sid, session.me, session.peers, Transcript(sid))
        super().__init__(parties)
        self._setting = Setting(session, parties, ot_parties, sign_identity, verify_identity, rng)
        self._roster = roster
        self._share = share

    def _begin(self) -> Turn[Reshared]:
        return round1.send(self._setting, self._roster, self._share)


def _check_share(me: int, roster: Roster, share: KeyShare | None) -> None:
    if (share is not None) != (me in roster.dealers):
        raise InputError("A dealer brings its share, and nobody else does.", reason="share")
    if share is not None and (share.me != roster.dealers[me] or share.public.encode() != roster.old.encode()):
        raise InputError("The share is not of the key that is dealt.", reason="share")
