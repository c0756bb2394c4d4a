"""How much each party knows: the versions of its records, compared before anything is signed.   DESIGN §7.2

A party that can be kept from hearing of a revocation could be made to sign for a passkey that is no
longer the person's; so the heads go with every consent and every join, and a lower one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from counterfoil.codecs.canonical import Canonical
from counterfoil.errors import InvalidMessage, StateConflict
from counterfoil.store import records
from counterfoil.store.db import Database
from counterfoil.store.records import Record

MAX_HEADS = 4096
RECORDS_BEHIND = "records_behind"
RECORDS_MISSING = "records_missing"
Heads: TypeAlias = Mapping[tuple[str, str], int]


def record_heads(db: Database, vault: str) -> list[Canonical]:
    """``[kind, subject, version]`` of every fact this party knows of a vault, sorted."""
    return [[record.kind.value, record.subject, record.version] for record in records.all_current(db, vault)]


def read_heads(value: object) -> dict[tuple[str, str], int]:
    """Another party's heads. Raises InvalidMessage."""
    found: dict[tuple[str, str], int] = {}
    for item in value if isinstance(value, list) and len(value) <= MAX_HEADS else [None]:
        match item:
            case [str(kind), str(subject), int(version)] if type(version) is int and (kind, subject) not in found:
                found[kind, subject] = version
            case _:
                raise InvalidMessage("The versions of the records can't be read.", reason="records")
    return found


def check_heads(db: Database, vault: str, theirs: Heads) -> None:
    """The party that asks knows exactly what this one knows.

    Raises: StateConflict(reason=records_behind) when it knows less, (reason=records_missing) when this one does
    """
    ours = {(record.kind.value, record.subject): record.version for record in records.all_current(db, vault)}
    if any(theirs.get(fact, 0) < version for fact, version in ours.items()):
        raise StateConflict("This device does not know of a change that another device knows.", reason=RECORDS_BEHIND)
    if any(ours.get(fact, 0) < version for fact, version in theirs.items()):
        raise StateConflict("Another device has not heard of a change yet.", reason=RECORDS_MISSING)


def newer_than(db: Database, vault: str, theirs: Heads) -> list[Record]:
    """The records that a party with these heads lacks."""
    return [r for r in records.all_current(db, vault) if theirs.get((r.kind.value, r.subject), 0) < r.version]
