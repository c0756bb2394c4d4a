"""The last round: everyone signs the same transcript.   threshold note 4.5, R4

- broadcast H(full transcript, pk, chain code, X_1…X_n) and a signature of it by the identity key
- check: all are equal and all signatures valid; only then is there a share to save
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from counterfoil.crypto.hashes import is_equal
from counterfoil.errors import Bug
from counterfoil.threshold.dkls.sharing.setting import Setting
from counterfoil.threshold.machine import Fault, Round, Turn, ban, unnamed
from counterfoil.threshold.public_share import PublicShare
from counterfoil.threshold.wire import Layout, split

T = TypeVar("T")
LAYOUT: Layout = (("digest", 32), ("signature", 64))


def send(setting: Setting, public: PublicShare, finish: Callable[[PublicShare], T]) -> Turn[T]:
    """Confirm. ``finish`` makes the result of the confirmed public share. Standard: threshold note 4.5, R4"""
    digest = public.confirmed_message()
    signature = setting.sign_identity(digest)
    if len(signature) != 64:
        raise Bug("An identity signature has 64 bytes.")
    return Turn(broadcast=digest + signature, next=Confirm(setting, public, signature, finish))


class Confirm(Round[T]):
    """Waits for everyone's confirmation, those included that get no share."""

    number = 4

    def __init__(
        self, setting: Setting, public: PublicShare, signature: bytes, finish: Callable[[PublicShare], T]
    ) -> None:
        self._setting = setting
        self._public = public
        self._finish = finish
        self._signatures = {setting.parties.me: signature}
        self._digests: dict[int, bytes] = {}
        self.broadcasters = frozenset(setting.parties.peers)

    def read(self, sender: int, body: bytes, *, broadcast: bool) -> None:
        """A digest and a signature."""
        self._digests[sender], self._signatures[sender] = split(LAYOUT, body)

    def advance(self) -> Turn[T]:
        """All equal, all signed: the share may be saved."""
        parties = self._setting.parties
        forged = [party for party in parties.peers if not self._is_signed(party)]
        if forged:
            raise Fault(ban(parties, 4, forged, "confirmation"))
        digest = self._public.confirmed_message()
        if not all(is_equal(self._digests[party], digest) for party in parties.peers):
            raise Fault(unnamed(parties, 4, "equivocation"))
        confirmations = tuple(self._signatures[index] for index in self._public.parties)
        return Turn(result=self._finish(replace(self._public, confirmations=confirmations)))

    def _is_signed(self, party: int) -> bool:
        identity = self._setting.session.identities[party]
        try:
            self._setting.verify_identity(identity, self._digests[party], self._signatures[party])
        except Exception:  # noqa: BLE001 - whatever the caller's check raises, the signature is not verified
            return False
        return True
