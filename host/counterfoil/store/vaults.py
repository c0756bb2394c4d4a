"""Vaults: what is public about a group key, who shares it, and whether it may receive money yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from counterfoil.errors import NotFound, StateConflict
from counterfoil.store.db import Database, Row
from counterfoil.store.json_columns import from_json, to_json
from counterfoil.store.party_json import parties_from_json, parties_to_json, signatures_from_json, signatures_to_json
from counterfoil.types import Party, VaultId


class VaultState(StrEnum):
    """``creating`` until every party has confirmed the same transcript and a test signature came out."""

    CREATING = "creating"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Vault:
    """One group key. ``confirmations``: each party's signature of ``context_hash``, by its number."""

    id: VaultId
    name: str
    epoch: int
    threshold: int
    my_index: int
    group_key: bytes
    chain_code: bytes
    parties: tuple[Party, ...]
    ot_parties: tuple[int, ...]
    context_hash: bytes
    confirmations: Mapping[int, bytes]
    created_at: int
    state: VaultState = VaultState.CREATING
    recovery_proven_at: int | None = None


def receive_ready(vault: Vault) -> bool:
    """Whether every single loss has an answer: one more party than sign, and a recovery file that was reopened."""
    return (
        vault.state is VaultState.READY
        and len(vault.parties) > vault.threshold
        and vault.recovery_proven_at is not None
    )


def insert(db: Database, vault: Vault) -> None:
    """Keep a new vault, in state ``creating``. Raises AlreadyExists."""
    db.execute(
        "INSERT INTO vaults (id, name, epoch, threshold, my_index, group_key, chain_code, parties, ot_parties,"
        " context_hash, confirmations, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'creating', ?)",
        (
            vault.id,
            vault.name,
            vault.epoch,
            vault.threshold,
            vault.my_index,
            vault.group_key,
            vault.chain_code,
            to_json(parties_to_json(vault.parties)),
            to_json(list(vault.ot_parties)),
            vault.context_hash,
            signatures_to_json(vault.confirmations),
            vault.created_at,
        ),
    )


def get(db: Database, vault_id: str) -> Vault:
    """One vault. Raises NotFound."""
    row = db.one("SELECT * FROM vaults WHERE id = ?", (vault_id,))
    if row is None:
        raise NotFound("There is no such vault here.")
    return _vault(row)


def listed(db: Database) -> list[Vault]:
    """All vaults that this party shares, oldest first; not those that it left."""
    rows = db.all("SELECT * FROM vaults WHERE id NOT IN (SELECT vault FROM departures) ORDER BY created_at, id")
    return [_vault(row) for row in rows]


def has_left(db: Database, vault_id: str) -> bool:
    """Whether this party was one of the vault's, and is no more."""
    return db.one("SELECT 1 FROM departures WHERE vault = ?", (vault_id,)) is not None


def confirm(db: Database, vault_id: str, confirmations: Mapping[int, bytes]) -> None:
    """Keep the parties' signatures of the transcript, while the vault is being made. Raises StateConflict."""
    _change(
        db,
        "UPDATE vaults SET confirmations = ? WHERE id = ? AND state = 'creating'",
        (signatures_to_json(confirmations), vault_id),
    )


def make_ready(db: Database, vault_id: str) -> None:
    """The vault can sign. Its share has to be active and every party's confirmation kept.

    Raises: StateConflict, NotFound
    """
    with db.transaction():
        vault = get(db, vault_id)
        if set(vault.confirmations) != {party.index for party in vault.parties}:
            raise StateConflict("Not every party has confirmed this vault.", reason="unconfirmed")
        active = db.one(
            "SELECT 1 FROM shares WHERE vault = ? AND epoch = ? AND state = 'active'", (vault_id, vault.epoch)
        )
        if active is None:
            raise StateConflict("This vault has no active share here.", reason="no_share")
        _change(db, "UPDATE vaults SET state = 'ready' WHERE id = ? AND state = 'creating'", (vault_id,))


def change_parties(db: Database, vault: Vault) -> None:
    """The parties of a committed reshare, from its epoch on. Raises StorageError(reason=vault_changes_by_reshare)."""
    _change(
        db,
        "UPDATE vaults SET epoch = ?, threshold = ?, my_index = ?, parties = ?, ot_parties = ?, context_hash = ?,"
        " confirmations = ? WHERE id = ?",
        (
            vault.epoch,
            vault.threshold,
            vault.my_index,
            to_json(parties_to_json(vault.parties)),
            to_json(list(vault.ot_parties)),
            vault.context_hash,
            signatures_to_json(vault.confirmations),
            vault.id,
        ),
    )


def prove_recovery(db: Database, vault_id: str, now: int) -> None:
    """The recovery file was saved and opened again. The first time counts. Raises StateConflict."""
    _change(
        db,
        "UPDATE vaults SET recovery_proven_at = coalesce(recovery_proven_at, ?) WHERE id = ? AND state = 'ready'",
        (now, vault_id),
    )


def rename(db: Database, vault_id: str, name: str) -> None:
    """Raises StateConflict when there is no such vault."""
    _change(db, "UPDATE vaults SET name = ? WHERE id = ?", (name, vault_id))


def discard(db: Database, vault_id: str) -> None:
    """Forget a vault whose making did not finish, with its share: it never had an address. Raises StateConflict for any other."""
    with db.transaction():
        db.execute(
            "DELETE FROM shares WHERE vault = (SELECT id FROM vaults WHERE id = ? AND state = 'creating')", (vault_id,)
        )
        _change(db, "DELETE FROM vaults WHERE id = ? AND state = 'creating'", (vault_id,))


def _change(db: Database, sql: str, parameters: tuple[str | int | bytes | None, ...]) -> None:
    if not db.execute(sql, parameters):
        raise StateConflict("The vault has already moved on.")


def _vault(row: Row) -> Vault:
    return Vault(
        id=VaultId(row["id"]),
        name=row["name"],
        epoch=row["epoch"],
        threshold=row["threshold"],
        my_index=row["my_index"],
        group_key=row["group_key"],
        chain_code=row["chain_code"],
        parties=parties_from_json(from_json(row["parties"])),
        ot_parties=tuple(from_json(row["ot_parties"])),
        context_hash=row["context_hash"],
        confirmations=signatures_from_json(row["confirmations"]),
        created_at=row["created_at"],
        state=VaultState(row["state"]),
        recovery_proven_at=row["recovery_proven_at"],
    )
