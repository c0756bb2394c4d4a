"""Parties as canonical data, for invitations and records that cross links."""

from __future__ import annotations

from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.codecs.canonical import Canonical
from counterfoil.errors import InvalidMessage
from counterfoil.types import Party, PartyKind


def party_as_dict(party: Party) -> dict[str, Canonical]:
    """A party as canonical data."""
    return {
        "index": party.index,
        "name": party.name,
        "kind": party.kind.value,
        "identity": encode_base64url(party.identity),
    }


def parse_party(value: object) -> Party:
    """Raises InvalidMessage."""
    if not isinstance(value, dict) or set(value) != {"index", "name", "kind", "identity"}:
        raise InvalidMessage("This is not a party.")
    index, name, kind, identity = value["index"], value["name"], value["kind"], value["identity"]
    if not (isinstance(index, int) and not isinstance(index, bool) and 1 <= index <= 16):
        raise InvalidMessage("A party's number is 1 to 16.")
    if not (isinstance(name, str) and 0 < len(name) <= 64 and isinstance(identity, str)):
        raise InvalidMessage("This is not a party.")
    if not isinstance(kind, str) or kind not in {k.value for k in PartyKind}:
        raise InvalidMessage("This kind of party is not known.")
    key = parse_base64url(identity)
    if len(key) != 32:
        raise InvalidMessage("An identity is 32 bytes.")
    return Party(index, name, PartyKind(kind), key)
