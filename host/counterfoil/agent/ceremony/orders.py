"""What a ceremony is told, as values that cross process borders.

The *invitation* is public and the same for every party; the *job* is what one party's own worker
gets besides, secrets among it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from counterfoil.codecs.canonical import Canonical, encode_canonical
from counterfoil.codecs.strict_json import MAX_SAFE_INTEGER
from counterfoil.crypto.hashes import framed_hash
from counterfoil.errors import InvalidMessage
from counterfoil.types import Party
from counterfoil.wallet.parties import parse_party, party_as_dict

KEYGEN = "keygen"
SIGN = "sign"
RESHARE = "reshare"
_ID = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who takes part in which ceremony, over what. ``context`` is canonical and bound into the session."""

    ceremony_id: str
    ceremony: str
    vault: str
    epoch: int
    threshold: int
    parties: tuple[Party, ...]
    context: Canonical

    def as_dict(self) -> dict[str, Canonical]:
        """The canonical value that is hashed and sent."""
        return {
            "ceremony_id": self.ceremony_id,
            "ceremony": self.ceremony,
            "vault": self.vault,
            "epoch": self.epoch,
            "threshold": self.threshold,
            "parties": [party_as_dict(party) for party in self.parties],
            "context": self.context,
        }

    def digest(self) -> bytes:
        """32 bytes that every join signs and every session id binds."""
        return framed_hash("counterfoil/invitation/1", encode_canonical(self.as_dict()))

    def party(self, index: int) -> Party:
        """The party with this number. Raises InvalidMessage."""
        for party in self.parties:
            if party.index == index:
                return party
        raise InvalidMessage("No such party takes part.")


def parse_invitation(value: object) -> Invitation:
    """Read an invitation from another agent.

    Raises: InvalidMessage on any missing, extra or ill-formed field
    """
    fields = {"ceremony_id", "ceremony", "vault", "epoch", "threshold", "parties", "context"}
    if not isinstance(value, dict) or set(value) != fields:
        raise InvalidMessage("This is not an invitation.")
    parties = value["parties"]
    if not isinstance(parties, list) or not 2 <= len(parties) <= 16:
        raise InvalidMessage("A ceremony has 2 to 16 parties.")
    numbers = (value["epoch"], value["threshold"])
    texts = (value["ceremony_id"], value["ceremony"], value["vault"])
    if not all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= MAX_SAFE_INTEGER for n in numbers):
        raise InvalidMessage("This is not an invitation.")
    if not all(isinstance(t, str) for t in texts) or value["ceremony"] not in {KEYGEN, SIGN, RESHARE}:
        raise InvalidMessage("This ceremony is not known.")
    if not (_ID.match(value["ceremony_id"]) and _ID.match(value["vault"])):
        raise InvalidMessage("Ceremonies and vaults have ids of 16 bytes in hex.")
    encode_canonical(value["context"])
    read = tuple(parse_party(party) for party in parties)
    if [p.index for p in read] != sorted({p.index for p in read}) or len({p.identity for p in read}) != len(read):
        raise InvalidMessage("Parties are listed once each, by number.")
    return Invitation(
        value["ceremony_id"], value["ceremony"], value["vault"], value["epoch"], value["threshold"], read,
        value["context"],
    )  # fmt: skip
