"""A vault's parties as JSON, in the database and in recovery files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from counterfoil.codecs.canonical import Canonical
from counterfoil.errors import InvalidEncoding
from counterfoil.store.json_columns import from_json, to_json
from counterfoil.types import Party, PartyKind

_KEYS = {"index", "name", "kind", "identity"}


def parties_to_json(parties: Sequence[Party]) -> list[Canonical]:
    """In the order given."""
    return [{"index": p.index, "name": p.name, "kind": p.kind.value, "identity": p.identity.hex()} for p in parties]


def parties_from_json(value: Any) -> tuple[Party, ...]:  # noqa: ANN401 - JSON is any
    """Raises InvalidEncoding(reason=parties) for anything but a list of whole, distinct parties."""
    try:
        parties = tuple(_party(item) for item in value)
    except (KeyError, TypeError, ValueError):
        raise InvalidEncoding("The list of parties can't be read.", reason="parties") from None
    if len({p.index for p in parties}) != len(parties):
        raise InvalidEncoding("Two parties have one number.", reason="parties")
    return parties


def signatures_to_json(found: Mapping[int, bytes]) -> str:
    """A column of what parties signed, by their number."""
    return to_json({str(index): found[index].hex() for index in sorted(found)})


def signatures_from_json(text: str) -> dict[int, bytes]:
    """Of a column that ``signatures_to_json`` wrote."""
    return {int(index): bytes.fromhex(value) for index, value in from_json(text).items()}


def _party(item: Any) -> Party:  # noqa: ANN401 - JSON is any
    index, name, identity = item["index"], item["name"], bytes.fromhex(item["identity"])
    if set(item) != _KEYS or type(index) is not int or index < 1 or not isinstance(name, str) or len(identity) != 32:
        raise ValueError
    return Party(index, name, PartyKind(item["kind"]), identity)
