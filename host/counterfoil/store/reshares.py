"""Changes of a vault's parties on their way: prepared, then committed, one at a time for each vault.

What may follow what is also held by the triggers of ``schema/0003_reshares.sql``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from counterfoil.errors import NotFound, StateConflict
from counterfoil.store import shares, vaults
from counterfoil.store.db import Database, Row
from counterfoil.store.json_columns import from_json, from_json_or_none, to_json
from counterfoil.store.party_json import parties_from_json, parties_to_json, signatures_from_json, signatures_to_json
from counterfoil.store.vaults import Vault
from counterfoil.types import Party, PartyKind, VaultId

PREPARED = "prepared"
COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class Reshare:
    """One change as this party keeps it. ``my_index`` and ``sealed`` are None for a party that leaves; ``facts`` is what
    a party that is new to the vault has to know of it, and at the hub who has to be told; the recovery file and its
    acknowledgement are with the hub only, the file until it was proven."""

    vault: VaultId
    epoch: int
    hub: bytes
    my_index: int | None
    name: str
    threshold: int
    group_key: bytes
    chain_code: bytes
    parties: tuple[Party, ...]
    ot_parties: tuple[int, ...]
    context_hash: bytes
    confirmations: Mapping[int, bytes]
    created_at: int
    sealed: bytes | None = field(default=None, repr=False)
    facts: Any = None
    recovery_file: bytes | None = field(default=None, repr=False)
    recovery_ack: bytes | None = None
    state: str = PREPARED
    acks: Mapping[int, bytes] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def missing(self) -> set[int]:
        """Numbers of the new parties that have not acknowledged."""
        return {party.index for party in self.parties} - set(self.acks)


def prepare(db: Database, reshare: Reshare) -> None:
    """Keep what is to be acknowledged; durable when this returns. An older change of the vault that was carried out, or
    that the same hub has given up, makes room.

    Raises: StateConflict(reason=resharing), StorageError(reason=reshare_does_not_fit)
    """
    with db.durable():
        known = find(db, reshare.vault)
        if known is not None:
            if known.state == PREPARED and known.hub != reshare.hub:
                raise StateConflict("Another change of this vault's devices is under way.", reason="resharing")
            db.execute("DELETE FROM reshares WHERE vault = ?", (reshare.vault,))
        db.execute(
            "INSERT INTO reshares (vault, epoch, state, hub, my_index, name, threshold, group_key, chain_code, parties,"
            " ot_parties, context_hash, confirmations, sealed, facts, recovery_file, recovery_ack, acks, told, created_at)"
            " VALUES (?, ?, 'prepared', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '{}', '[]', ?)",
            (
                reshare.vault,
                reshare.epoch,
                reshare.hub,
                reshare.my_index,
                reshare.name,
                reshare.threshold,
                reshare.group_key,
                reshare.chain_code,
                to_json(parties_to_json(reshare.parties)),
                to_json(list(reshare.ot_parties)),
                reshare.context_hash,
                signatures_to_json(reshare.confirmations),
                reshare.sealed,
                None if reshare.facts is None else to_json(reshare.facts),
                reshare.recovery_file,
                reshare.recovery_ack,
                reshare.created_at,
            ),
        )


def find(db: Database, vault: str) -> Reshare | None:
    """The vault's change, under way or the last one."""
    row = db.one("SELECT * FROM reshares WHERE vault = ?", (vault,))
    return None if row is None else _reshare(row)


def waiting(db: Database, vault: str) -> Reshare | None:
    """The vault's change that is prepared and not committed."""
    found = find(db, vault)
    return found if found is not None and found.state == PREPARED else None


def listed(db: Database) -> list[Reshare]:
    """All, by vault."""
    return [_reshare(row) for row in db.all("SELECT * FROM reshares ORDER BY vault")]


def refuse_during(db: Database, vault: str) -> None:
    """What is put on record now would be missed by a party that joins. Raises StateConflict(reason=resharing)."""
    if waiting(db, vault) is not None:
        raise StateConflict(
            "The devices of this vault are being changed.",
            reason="resharing",
            remedy="Finish it first: save the new recovery file and open it again.",
        )


def keep_acks(db: Database, vault: str, epoch: int, acks: Mapping[int, bytes]) -> None:
    """Add acknowledgements; the caller has verified them. Raises StateConflict."""
    with db.transaction():
        known = _prepared(db, vault, epoch)
        _change(db, "UPDATE reshares SET acks = ? WHERE vault = ?", signatures_to_json({**known.acks, **acks}), vault)


def prove(db: Database, vault: str, epoch: int) -> None:
    """The new recovery file was saved and opened again: that is its acknowledgement. No copy is kept from here on.

    Raises: StateConflict
    """
    with db.transaction():
        known = _prepared(db, vault, epoch)
        if known.recovery_ack is None:
            raise StateConflict("This change waits for no recovery file.")
        file = next(party.index for party in known.parties if party.kind is PartyKind.RECOVERY_FILE)
        acks = signatures_to_json({**known.acks, file: known.recovery_ack})
        db.execute("UPDATE reshares SET acks = ?, recovery_file = NULL WHERE vault = ?", (acks, vault))


def forget(db: Database, vault: str, epoch: int) -> None:
    """It did not come about; the old share stays as it is. Raises StateConflict once it is committed."""
    with db.transaction():
        _prepared(db, vault, epoch)
        db.execute("DELETE FROM reshares WHERE vault = ?", (vault,))


def switch(db: Database, vault: str, epoch: int, now: int) -> None:
    """From the old parties to the new ones, at this party: all of it or nothing. Idempotent.

    Raises: StateConflict, StorageError(reason=reshare_is_not_acknowledged)
    """
    known = find(db, vault)
    if known is None or known.epoch != epoch:
        raise StateConflict("There is no such change of this vault.", reason="reshare")
    if known.state == COMMITTED:
        return
    with db.transaction():
        db.execute("UPDATE reshares SET state = 'committed' WHERE vault = ?", (vault,))
        if known.my_index is None or known.sealed is None:
            db.execute("INSERT INTO departures (vault, epoch, left_at) VALUES (?, ?, ?)", (vault, epoch, now))
            return
        _enter(db, known, known.my_index, known.sealed, now)
        db.execute("UPDATE reshares SET sealed = NULL WHERE vault = ?", (vault,))


def _enter(db: Database, known: Reshare, my_index: int, sealed: bytes, now: int) -> None:
    """The vault as it is from now on, with its new share active."""
    is_new = db.one("SELECT 1 FROM vaults WHERE id = ?", (known.vault,)) is None
    if is_new:
        vaults.insert(db, as_vault(known))
    shares.put_pending(db, vault=known.vault, epoch=known.epoch, party_index=my_index, sealed=sealed, now=now)
    shares.activate(db, known.vault, known.epoch)
    if is_new:
        vaults.make_ready(db, known.vault)
    else:
        vaults.change_parties(db, as_vault(known))
    db.execute("DELETE FROM departures WHERE vault = ?", (known.vault,))
    db.execute(
        "UPDATE vaults SET recovery_proven_at = ? WHERE id = ?",
        (now if _has_recovery_file(known) else None, known.vault),
    )


def _has_recovery_file(known: Reshare) -> bool:
    return len(known.ot_parties) < len(known.parties)


def delete_old_shares(db: Database, vault: str) -> int:
    """Every share of an epoch before the one that signs; of a vault that this party left, every one. How many went."""
    with db.durable():
        return db.execute(
            "DELETE FROM shares WHERE vault = ?1 AND (epoch < (SELECT epoch FROM vaults WHERE id = ?1)"
            " OR epoch < (SELECT epoch FROM departures WHERE vault = ?1))",
            (vault,),
        )


def note_told(db: Database, vault: str, epoch: int, identity: bytes) -> None:
    """This agent knows that the change is committed."""
    with db.transaction():
        known = find(db, vault)
        if known is not None and known.epoch == epoch and identity.hex() not in known.told:
            _change(db, "UPDATE reshares SET told = ? WHERE vault = ?", to_json([*known.told, identity.hex()]), vault)


def as_vault(known: Reshare) -> Vault:
    """The vault as it will be, seen from a party that stays or comes."""
    return Vault(
        id=known.vault,
        name=known.name,
        epoch=known.epoch,
        threshold=known.threshold,
        my_index=known.my_index or 0,
        group_key=known.group_key,
        chain_code=known.chain_code,
        parties=known.parties,
        ot_parties=known.ot_parties,
        context_hash=known.context_hash,
        confirmations=known.confirmations,
        created_at=known.created_at,
    )


def _prepared(db: Database, vault: str, epoch: int) -> Reshare:
    known = waiting(db, vault)
    if known is None or known.epoch != epoch:
        raise StateConflict("There is no such change of this vault under way.", reason="reshare")
    return known


def _change(db: Database, sql: str, *parameters: str | int | bytes | None) -> None:
    if not db.execute(sql, parameters):
        raise NotFound("There is no such change.")


def _reshare(row: Row) -> Reshare:
    return Reshare(
        vault=VaultId(row["vault"]),
        epoch=row["epoch"],
        hub=row["hub"],
        my_index=row["my_index"],
        name=row["name"],
        threshold=row["threshold"],
        group_key=row["group_key"],
        chain_code=row["chain_code"],
        parties=parties_from_json(from_json(row["parties"])),
        ot_parties=tuple(from_json(row["ot_parties"])),
        context_hash=row["context_hash"],
        confirmations=signatures_from_json(row["confirmations"]),
        created_at=row["created_at"],
        sealed=row["sealed"],
        facts=from_json_or_none(row["facts"]),
        recovery_file=row["recovery_file"],
        recovery_ack=row["recovery_ack"],
        state=row["state"],
        acks=signatures_from_json(row["acks"]),
        told=tuple(from_json(row["told"])),
    )
