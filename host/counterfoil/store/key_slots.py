"""The storage key's slots: alternatives, each of which alone opens it (as LUKS does).

Deriving from a passphrase takes a third of a second: an agent that must stay awake reads ``slots``,
runs the pure functions of ``slot_wrap`` in a thread, and comes back to ``verified`` or ``insert``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from counterfoil.crypto.password import Argon2Parameters
from counterfoil.errors import AlreadyExists, NotFound, StateConflict, StorageError, WrongPassphrase
from counterfoil.store.db import Database, Row
from counterfoil.store.json_columns import from_json, to_json
from counterfoil.store.slot_wrap import (
    KeySlot,
    SlotKind,
    open_passphrase_slot,
    open_prf_slot,
    passphrase_slot,
    prf_slot,
)
from counterfoil.store.storage_key import StorageKey

Rng = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Passphrase:
    """A way in: something the person knows, in UTF-8."""

    text: bytes | bytearray = field(repr=False)
    parameters: Argon2Parameters = field(default_factory=Argon2Parameters)


@dataclass(frozen=True, slots=True)
class PrfOutput:
    """A way in: 32 bytes that the passkey ``credential_id`` gives when it is touched."""

    credential_id: bytes
    output: bytes | bytearray = field(repr=False)


def create_storage_key(db: Database, first: Passphrase | PrfOutput, *, rng: Rng, now: int) -> StorageKey:
    """Draw this agent's storage key and lock it away behind ``first``, in one step.

    Raises: AlreadyExists
    """
    if has_storage_key(db):
        raise AlreadyExists("This device has its storage key already.")
    key = StorageKey(bytearray(rng(32)))
    slot = make_slot(key, first, rng=rng, now=now)
    with db.transaction():
        db.execute(
            "INSERT INTO storage_key (only_row, check_value, created_at) VALUES (1, ?, ?)", (key.check_value(), now)
        )
        _insert(db, slot)
    return key


def has_storage_key(db: Database) -> bool:
    """Whether ``create_storage_key`` has been done."""
    return db.one("SELECT 1 FROM storage_key") is not None


def make_slot(key: StorageKey, way: Passphrase | PrfOutput, *, rng: Rng, now: int) -> KeySlot:
    """A slot not yet kept: pure, for a thread; then ``insert``."""
    if isinstance(way, Passphrase):
        return passphrase_slot(key, way.text, parameters=way.parameters, rng=rng, now=now)
    return prf_slot(key, way.credential_id, way.output, rng=rng, now=now)


def insert(db: Database, key: StorageKey, slot: KeySlot) -> None:
    """Keep a slot for ``key``, which has to be this agent's. Raises AlreadyExists for a passkey's second slot."""
    with db.transaction():
        verified(db, key)
        _insert(db, slot)


def add_passphrase_slot(
    db: Database,
    key: StorageKey,
    passphrase: bytes | bytearray,
    *,
    rng: Rng,
    now: int,
    parameters: Argon2Parameters | None = None,
) -> KeySlot:
    """Another way in, by passphrase; ``key`` shows that the caller is in already."""
    slot = make_slot(key, Passphrase(passphrase, parameters or Argon2Parameters()), rng=rng, now=now)
    insert(db, key, slot)
    return slot


def add_prf_slot(
    db: Database, key: StorageKey, credential_id: bytes, output: bytes | bytearray, *, rng: Rng, now: int
) -> KeySlot:
    """Another way in, by passkey."""
    slot = make_slot(key, PrfOutput(credential_id, output), rng=rng, now=now)
    insert(db, key, slot)
    return slot


def unlock_with_passphrase(db: Database, passphrase: bytes | bytearray) -> StorageKey:
    """The storage key, if any passphrase slot opens. Raises WrongPassphrase."""
    return verified(db, open_with_passphrase(slots(db), passphrase))


def open_with_passphrase(candidates: list[KeySlot], passphrase: bytes | bytearray) -> StorageKey:
    """The pure, slow half of ``unlock_with_passphrase``. Raises WrongPassphrase."""
    for slot in candidates:
        if slot.kind is SlotKind.PASSPHRASE:
            try:
                return open_passphrase_slot(slot, passphrase)
            except WrongPassphrase:
                continue
    raise WrongPassphrase


def unlock_with_prf(db: Database, credential_id: bytes, output: bytes | bytearray) -> StorageKey:
    """The storage key, if this passkey has a slot and its output opens it. Raises WrongPassphrase."""
    for slot in slots(db):
        if slot.kind is SlotKind.PRF and slot.credential_id == credential_id:
            return verified(db, open_prf_slot(slot, output))
    raise WrongPassphrase


def verified(db: Database, key: StorageKey) -> StorageKey:
    """``key`` itself, if it is the one that this agent's shares are sealed under. Raises StorageError(reason=other_key)."""
    row = db.one("SELECT check_value FROM storage_key")
    if row is None or row["check_value"] != key.check_value():
        raise StorageError("This key slot belongs to other data.", reason="other_key")
    return key


def slots(db: Database) -> list[KeySlot]:
    """All slots, oldest first."""
    return [_slot(row) for row in db.all("SELECT * FROM key_slots ORDER BY created_at, id")]


def remove_slot(db: Database, slot_id: str) -> None:
    """Close one way in. Raises StateConflict(reason=last_key_slot) for the last one, NotFound."""
    with db.transaction():
        ids = [slot.id for slot in slots(db)]
        if slot_id not in ids:
            raise NotFound("There is no such key slot.")
        if len(ids) == 1:
            raise StateConflict("This is the only way left to unlock this device.", reason="last_key_slot")
        db.execute("DELETE FROM key_slots WHERE id = ?", (slot_id,))


def _insert(db: Database, slot: KeySlot) -> None:
    parameters = None if slot.parameters is None else asdict(slot.parameters)
    db.execute(
        "INSERT INTO key_slots (id, kind, salt, parameters, credential_id, wrapped, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            slot.id,
            slot.kind.value,
            slot.salt,
            to_json(parameters),
            slot.credential_id,
            slot.wrapped,
            slot.created_at,
        ),
    )


def _slot(row: Row) -> KeySlot:
    parameters = from_json(row["parameters"])
    return KeySlot(
        id=row["id"],
        kind=SlotKind(row["kind"]),
        salt=row["salt"],
        parameters=None if parameters is None else Argon2Parameters(**parameters),
        credential_id=row["credential_id"],
        wrapped=row["wrapped"],
        created_at=row["created_at"],
    )
