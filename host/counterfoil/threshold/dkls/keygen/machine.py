"""Key generation as one machine: four rounds, then a share that all parties have confirmed."""

from __future__ import annotations

from collections.abc import Callable

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import Rng
from counterfoil.errors import InputError
from counterfoil.threshold.dkls.keygen import round1
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Parties, RoundMachine, Turn
from counterfoil.threshold.session import Session
from counterfoil.threshold.share import KeyShare
from counterfoil.threshold.transcript import Transcript
from counterfoil.threshold.wire import Ceremony


class KeygenMachine(RoundMachine[KeyShare]):
    """One party of a key generation.

    Standard: threshold note 4.5
    In:       ``ot_parties`` will sign and set up oblivious transfer; the others (recovery files) get a
              bare share. ``sign_identity(message)`` gives 64 bytes; ``verify_identity(public, message,
              signature)`` raises where the signature is wrong.
    Out:      KeyShare, only after every party's valid confirmation of the same transcript
    Raises:   InputError for a set that can't work; aborts come as effects
    """

    rounds = 4

    def __init__(
        self,
        session: Session,
        *,
        ot_parties: frozenset[int],
        sign_identity: Callable[[bytes], bytes],
        verify_identity: Callable[[bytes, bytes, bytes], None],
        rng: Rng,
    ) -> None:
        if not ot_parties <= set(session.indices) or len(ot_parties) < session.threshold:
            raise InputError("Fewer parties would be able to sign than are needed.", reason="party_set")
        sid = framed_hash("counterfoil/threshold/keygen", session.sid, bytes(sorted(ot_parties)))
        parties = Parties(Ceremony.KEYGEN, sid, session.me, session.peers, Transcript(sid))
        super().__init__(parties)
        self._setting = Setting(session, parties, ot_parties, sign_identity, verify_identity, rng)

    def _begin(self) -> Turn[KeyShare]:
        return round1.send(self._setting)
