"""A change of a vault's parties in the database: prepared, committed, carried out, and no other way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from counterfoil.errors import NotFound, StateConflict, StorageError
from counterfoil.store import reshares, shares, vaults
from counterfoil.store.reshares import COMMITTED, Reshare
from counterfoil.store.storage_key import StorageKey
from counterfoil.types import Party, PartyKind
from tests.unit.store.rows import VAULT, counting_rng, new_vault, ready_vault

HUB = b"\x01" * 32
NEW = (
    Party(1, "this computer", PartyKind.DEVICE, HUB),
    Party(2, "phone", PartyKind.DEVICE, b"\x09" * 32),
    Party(3, "recovery file", PartyKind.RECOVERY_FILE, b"\x0a" * 32),
)
ACKS = {1: b"one", 2: b"two"}


@pytest.fixture
def key() -> StorageKey:
    return StorageKey(bytearray(32))


def a_change(key: StorageKey, **changes: Any) -> Reshare:
    vault = new_vault()
    sealed = shares.seal_share(key, b"new", vault=VAULT, epoch=1, party_index=1, rng=counting_rng(b"new"))
    values: dict[str, Any] = {
        "vault": VAULT, "epoch": 1, "hub": HUB, "my_index": 1, "name": "Everyday", "threshold": 2,
        "group_key": vault.group_key, "chain_code": vault.chain_code, "parties": NEW, "ot_parties": (1, 2),
        "context_hash": b"\x77" * 32, "confirmations": {1: b"a", 2: b"b", 3: b"c"}, "created_at": 1000,
        "sealed": sealed, "recovery_file": b"sealed file", "recovery_ack": b"three",
    }  # fmt: skip
    return Reshare(**(values | changes))


def epochs(db: Any) -> list[int]:
    return [row["epoch"] for row in db.all("SELECT epoch FROM shares ORDER BY epoch")]


def acknowledged(db: Any, key: StorageKey) -> None:
    ready_vault(db)
    reshares.prepare(db, a_change(key))
    reshares.keep_acks(db, VAULT, 1, ACKS)
    reshares.prove(db, VAULT, 1)


def test_a_prepared_change_leaves_the_vault_as_it_is(db, key):
    before = ready_vault(db)
    change = a_change(key)
    reshares.prepare(db, change)
    assert reshares.find(db, VAULT) == change
    assert vaults.get(db, VAULT) == before
    assert epochs(db) == [0]
    assert change.sealed is not None
    assert change.sealed.hex() not in repr(change)


def test_with_all_acknowledgements_the_vault_switches_whole(db, key):
    acknowledged(db, key)
    assert reshares.waiting(db, VAULT).missing == set()  # type: ignore[union-attr]
    reshares.switch(db, VAULT, 1, 2000)
    vault = vaults.get(db, VAULT)
    assert (vault.epoch, vault.parties, vault.ot_parties, vault.my_index) == (1, NEW, (1, 2), 1)
    assert (vault.context_hash, vault.recovery_proven_at) == (b"\x77" * 32, 2000)
    assert shares.load(db, key, VAULT, 1) == b"new"
    assert epochs(db) == [0, 1]
    assert reshares.delete_old_shares(db, VAULT) == 1
    assert reshares.delete_old_shares(db, VAULT) == 0
    assert epochs(db) == [1]
    reshares.switch(db, VAULT, 1, 3000)  # again: nothing happens
    done = reshares.find(db, VAULT)
    assert done is not None
    assert (done.state, done.sealed, done.recovery_file) == (COMMITTED, None, None)


@pytest.mark.parametrize("missing", [{1}, {2}, {1, 2}, {3}])
def test_without_every_acknowledgement_nothing_switches(db, key, missing):
    ready_vault(db)
    reshares.prepare(db, a_change(key))
    reshares.keep_acks(db, VAULT, 1, {i: ack for i, ack in ACKS.items() if i not in missing})
    if 3 not in missing:
        reshares.prove(db, VAULT, 1)
    with pytest.raises(StorageError) as refused:
        reshares.switch(db, VAULT, 1, 2000)
    assert refused.value.word == "reshare_is_not_acknowledged"
    assert vaults.get(db, VAULT).epoch == 0
    assert epochs(db) == [0]


def test_acknowledgements_of_others_do_not_count(db, key):
    ready_vault(db)
    reshares.prepare(db, a_change(key))
    reshares.keep_acks(db, VAULT, 1, {7: b"seven", 8: b"eight", 9: b"nine"})
    with pytest.raises(StorageError):
        reshares.switch(db, VAULT, 1, 2000)


def test_a_party_that_is_new_gets_the_vault_with_the_switch(db, key):
    reshares.prepare(db, a_change(key, my_index=2, recovery_file=None, recovery_ack=None))
    assert vaults.listed(db) == []
    reshares.keep_acks(db, VAULT, 1, {**ACKS, 3: b"three"})
    reshares.switch(db, VAULT, 1, 2000)
    [vault] = vaults.listed(db)
    assert (vault.my_index, vault.state, vault.epoch) == (2, vaults.VaultState.READY, 1)


def test_a_party_that_leaves_keeps_no_share_and_lists_no_vault(db, key):
    ready_vault(db)
    reshares.prepare(db, a_change(key, my_index=None, sealed=None, recovery_file=None, recovery_ack=None))
    with pytest.raises(StorageError):
        db.execute("INSERT INTO departures (vault, epoch, left_at) VALUES (?, 1, 1)", (VAULT,))
    reshares.keep_acks(db, VAULT, 1, {**ACKS, 3: b"three"})
    reshares.switch(db, VAULT, 1, 2000)
    assert vaults.listed(db) == []
    assert vaults.has_left(db, VAULT)
    reshares.delete_old_shares(db, VAULT)
    assert epochs(db) == []
    for statement in ("DELETE FROM departures", "UPDATE departures SET epoch = 9"):
        with pytest.raises(StorageError) as refused:
            db.execute(statement)
        assert refused.value.word == "departure_stays"


def test_a_change_given_up_leaves_no_trace(db, key):
    before = ready_vault(db)
    reshares.prepare(db, a_change(key))
    reshares.forget(db, VAULT, 1)
    assert reshares.listed(db) == []
    assert vaults.get(db, VAULT) == before
    with pytest.raises(StateConflict):
        reshares.forget(db, VAULT, 1)


def test_a_committed_change_is_never_given_up(db, key):
    acknowledged(db, key)
    reshares.switch(db, VAULT, 1, 2000)
    with pytest.raises(StateConflict):
        reshares.forget(db, VAULT, 1)
    with pytest.raises(StateConflict):
        reshares.keep_acks(db, VAULT, 1, {2: b"another"})


def test_one_change_at_a_time_unless_its_own_hub_begins_again(db, key):
    ready_vault(db)
    reshares.prepare(db, a_change(key))
    with pytest.raises(StateConflict) as refused:
        reshares.prepare(db, a_change(key, hub=b"\x02" * 32, epoch=2))
    assert refused.value.word == "resharing"
    reshares.prepare(db, a_change(key, epoch=2))
    assert reshares.find(db, VAULT).epoch == 2  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "changes", [{"epoch": 0}, {"group_key": b"\x03" * 33}, {"chain_code": b"\x03" * 32}, {"my_index": None}]
)
def test_refuses_a_change_that_does_not_fit_the_vault(db, key, changes):
    ready_vault(db)
    with pytest.raises(StorageError):
        reshares.prepare(db, a_change(key, **changes))


def test_while_a_change_waits_records_are_refused(db, key):
    ready_vault(db)
    reshares.refuse_during(db, VAULT)
    reshares.prepare(db, a_change(key))
    with pytest.raises(StateConflict) as refused:
        reshares.refuse_during(db, VAULT)
    assert refused.value.word == "resharing"


@pytest.mark.parametrize("prepared", [False, True])
@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("UPDATE vaults SET epoch = 1", "vault_changes_by_reshare"),
        ("UPDATE vaults SET threshold = 3", "vault_changes_by_reshare"),
        ("UPDATE vaults SET my_index = 2", "vault_changes_by_reshare"),
        ("UPDATE vaults SET parties = '[1,2,3]'", "vault_changes_by_reshare"),
        ("UPDATE vaults SET ot_parties = '[1]'", "vault_changes_by_reshare"),
        ("UPDATE vaults SET context_hash = zeroblob(32)", "vault_changes_by_reshare"),
        ("UPDATE vaults SET confirmations = '{}'", "vault_changes_by_reshare"),
        ("DELETE FROM shares", "share_is_active"),
        ("UPDATE shares SET epoch = 1", "share_is_active"),
        ("INSERT INTO shares SELECT vault, 1, 1, 'active', x'00', 1 FROM shares", "share_starts_pending"),
        ("INSERT INTO departures SELECT id, 1, 1 FROM vaults", "no_such_reshare"),
    ],
)
def test_the_parties_of_a_ready_vault_change_in_no_other_way(db, key, prepared, statement, word):
    ready_vault(db)
    if prepared:
        reshares.prepare(db, a_change(key))
    with pytest.raises(StorageError) as refused:
        db.execute(statement)
    assert refused.value.word == word


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reshares SET epoch = 2",
        "UPDATE reshares SET hub = zeroblob(32)",
        "UPDATE reshares SET parties = '[]'",
        "UPDATE reshares SET sealed = x'00'",
        "UPDATE reshares SET context_hash = zeroblob(32)",
        "UPDATE reshares SET group_key = zeroblob(33)",
        "UPDATE reshares SET my_index = 3",
        "UPDATE reshares SET state = 'committed'",
    ],
)
def test_what_was_prepared_stays_what_it_is(db, key, statement):
    ready_vault(db)
    reshares.prepare(db, a_change(key))
    with pytest.raises(StorageError):
        db.execute(statement)


def test_a_committed_change_takes_no_other_share_or_parties(db, key):
    acknowledged(db, key)
    db.execute("UPDATE reshares SET state = 'committed'")
    shares.put_pending(db, vault=VAULT, epoch=1, party_index=1, sealed=b"another", now=1)
    with pytest.raises(StorageError) as refused:
        shares.activate(db, VAULT, 1)
    assert refused.value.word == "no_such_reshare"
    other = replace(reshares.as_vault(a_change(key)), threshold=3)
    with pytest.raises(StorageError) as refused:
        vaults.change_parties(db, other)
    assert refused.value.word == "vault_changes_by_reshare"
    with pytest.raises(StorageError) as refused:
        db.execute("UPDATE reshares SET state = 'prepared'")
    assert refused.value.word == "reshare_is_fixed"
    with pytest.raises(StorageError) as refused:
        db.execute("DELETE FROM reshares")
    assert refused.value.word == "reshare_is_committed"


def test_who_was_told_is_noted_once(db, key):
    acknowledged(db, key)
    reshares.switch(db, VAULT, 1, 2000)
    for _ in range(2):
        reshares.note_told(db, VAULT, 1, b"\x09" * 32)
    assert reshares.find(db, VAULT).told == (("09" * 32),)  # type: ignore[union-attr]


def test_a_change_that_is_not_there_is_not_carried_out(db):
    with pytest.raises(StateConflict):
        reshares.switch(db, VAULT, 1, 1)
    with pytest.raises(NotFound):
        vaults.get(db, VAULT)
