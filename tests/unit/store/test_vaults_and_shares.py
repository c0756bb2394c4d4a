"""Vaults, their shares, and marks of poison."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.errors import (
    AlreadyExists,
    Bug,
    InvalidEncoding,
    Locked,
    NotFound,
    Poisoned,
    ShareUnreadable,
    StateConflict,
    StorageError,
)
from counterfoil.store import poison, shares, vaults
from counterfoil.store.party_json import parties_from_json, parties_to_json
from counterfoil.store.storage_key import StorageKey
from counterfoil.store.vaults import VaultState, receive_ready
from tests.unit.store.rows import PARTIES, VAULT, counting_rng, new_vault, ready_vault

SHARE = b"a share's own bytes"


@pytest.fixture
def key():
    return StorageKey(bytearray(b"\x21" * 32))


@pytest.fixture
def sealed(key, rng):
    return shares.seal_share(key, SHARE, vault=VAULT, epoch=0, party_index=1, rng=rng)


def keep(db, sealed, *, epoch=0, party_index=1):
    shares.put_pending(db, vault=VAULT, epoch=epoch, party_index=party_index, sealed=sealed, now=1)
    shares.activate(db, VAULT, epoch)


def test_keeps_a_vault_whole(db):
    vault = new_vault(confirmations={1: b"one", 3: b"three"})
    vaults.insert(db, vault)
    assert vaults.get(db, VAULT) == vault
    assert vaults.listed(db) == [vault]
    with pytest.raises(AlreadyExists):
        vaults.insert(db, vault)
    with pytest.raises(NotFound):
        vaults.get(db, "00" * 16)


def test_a_vault_is_ready_once_all_confirmed_and_its_share_is_active(db, sealed):
    vaults.insert(db, new_vault())
    shares.put_pending(db, vault=VAULT, epoch=0, party_index=1, sealed=sealed, now=1)
    vaults.confirm(db, VAULT, {1: b"a", 2: b"b"})
    with pytest.raises(StateConflict) as refusal:
        vaults.make_ready(db, VAULT)
    assert refusal.value.word == "unconfirmed"
    vaults.confirm(db, VAULT, {1: b"a", 2: b"b", 3: b"c"})
    with pytest.raises(StateConflict) as refusal:
        vaults.make_ready(db, VAULT)
    assert refusal.value.word == "no_share"
    shares.activate(db, VAULT, 0)
    vaults.make_ready(db, VAULT)
    assert vaults.get(db, VAULT).state is VaultState.READY
    with pytest.raises(StateConflict):
        vaults.confirm(db, VAULT, {})


def test_receives_only_when_every_single_loss_has_an_answer(db):
    vault = ready_vault(db)
    assert not receive_ready(vault)
    vaults.prove_recovery(db, VAULT, 950)
    proven = vaults.get(db, VAULT)
    assert receive_ready(proven)
    assert not receive_ready(replace(proven, threshold=3))
    assert not receive_ready(replace(proven, state=VaultState.CREATING))
    vaults.prove_recovery(db, VAULT, 999)
    assert vaults.get(db, VAULT).recovery_proven_at == 950


def test_recovery_is_proven_for_a_ready_vault_only(db):
    vaults.insert(db, new_vault())
    with pytest.raises(StateConflict):
        vaults.prove_recovery(db, VAULT, 1)


def test_an_unfinished_vault_is_forgotten_with_its_share(db, key, sealed):
    vaults.insert(db, new_vault())
    shares.put_pending(db, vault=VAULT, epoch=0, party_index=1, sealed=sealed, now=1)
    shares.activate(db, VAULT, 0)
    vaults.discard(db, VAULT)
    assert vaults.listed(db) == []
    assert db.one("SELECT 1 FROM shares") is None


def test_a_ready_vault_and_its_share_are_never_forgotten(db):
    ready_vault(db)
    with pytest.raises(StateConflict):
        vaults.discard(db, VAULT)
    for statement, word in (
        ("DELETE FROM vaults", "vault_is_ready"),
        ("UPDATE vaults SET state = 'creating'", "vault_is_ready"),
        ("UPDATE vaults SET group_key = zeroblob(33)", "vault_key_is_fixed"),
        ("UPDATE vaults SET chain_code = zeroblob(32)", "vault_key_is_fixed"),
        ("DELETE FROM shares", "share_is_active"),
        ("UPDATE shares SET sealed = x'00'", "share_is_active"),
        ("UPDATE shares SET state = 'pending'", "share_is_active"),
        ("REPLACE INTO shares SELECT vault, epoch, party_index, 'pending', x'00', 1 FROM shares", "share_is_active"),
    ):
        with pytest.raises(StorageError) as refusal:
            db.execute(statement)
        assert refusal.value.word == word
    vaults.rename(db, VAULT, "Savings")
    assert vaults.get(db, VAULT).name == "Savings"


@pytest.mark.parametrize(
    "change", [{"threshold": 1}, {"threshold": 4}, {"my_index": 0}, {"my_index": 4}, {"group_key": b"x"}]
)
def test_refuses_a_vault_that_cannot_be(db, change):
    with pytest.raises(StorageError) as refusal:
        vaults.insert(db, new_vault(**change))
    assert refusal.value.word == "constraint"


def test_an_active_share_opens(db, key, sealed):
    vaults.insert(db, new_vault())
    keep(db, sealed)
    assert shares.load(db, key, VAULT, 0) == SHARE
    assert isinstance(shares.load(db, key, VAULT, 0), bytearray)
    assert SHARE not in sealed


def test_a_pending_share_does_not_sign(db, key, sealed):
    vaults.insert(db, new_vault())
    shares.put_pending(db, vault=VAULT, epoch=0, party_index=1, sealed=sealed, now=1)
    with pytest.raises(NotFound):
        shares.load(db, key, VAULT, 0)
    with pytest.raises(StateConflict):
        shares.activate(db, VAULT, 1)
    shares.activate(db, VAULT, 0)
    with pytest.raises(StateConflict):
        shares.activate(db, VAULT, 0)
    with pytest.raises(AlreadyExists):
        shares.put_pending(db, vault=VAULT, epoch=0, party_index=1, sealed=sealed, now=1)


@pytest.mark.parametrize("place", [{"epoch": 1}, {"party_index": 2}])
def test_a_share_moved_to_another_place_does_not_open(db, key, sealed, place):
    vaults.insert(db, new_vault())
    keep(db, sealed, **place)
    with pytest.raises(ShareUnreadable):
        shares.load(db, key, VAULT, place.get("epoch", 0))


def test_a_share_of_another_vault_or_purpose_does_not_open(db, key, rng):
    vaults.insert(db, new_vault())
    keep(db, shares.seal_share(key, SHARE, vault="bb" * 16, epoch=0, party_index=1, rng=rng))
    keep(db, key.seal(SHARE, b"another purpose", rng), epoch=1)
    for epoch in (0, 1):
        with pytest.raises(ShareUnreadable):
            shares.load(db, key, VAULT, epoch)


def test_every_flipped_byte_of_a_share_is_noticed(db, key, sealed):
    vaults.insert(db, new_vault())
    for epoch, place in enumerate(range(len(sealed)), start=10):
        damaged = bytearray(sealed)
        damaged[place] ^= 0x80
        with pytest.raises(ShareUnreadable), db.transaction():
            keep(db, bytes(damaged), epoch=epoch)
            shares.load(db, key, VAULT, epoch)


def test_another_key_or_a_locked_one_opens_no_share(db, key, sealed):
    vaults.insert(db, new_vault())
    keep(db, sealed)
    with pytest.raises(ShareUnreadable):
        shares.load(db, StorageKey(bytearray(32)), VAULT, 0)
    key.wipe()
    with pytest.raises(Locked):
        shares.load(db, key, VAULT, 0)


def test_sealing_twice_never_looks_the_same(key):
    rng = counting_rng()
    sealed = {shares.seal_share(key, SHARE, vault=VAULT, epoch=0, party_index=1, rng=rng) for _ in range(20)}
    assert len(sealed) == 20


def test_poison_stays(db):
    poison.mark(db, VAULT, 0, 2, 1)
    poison.mark(db, VAULT, 0, 2, 5)
    assert poison.marked(db, VAULT, 0) == {2}
    assert poison.marked(db, VAULT, 1) == frozenset()
    poison.refuse_marked(db, VAULT, 0, {1, 3})
    with pytest.raises(Poisoned) as refusal:
        poison.refuse_marked(db, VAULT, 0, {1, 2})
    assert refusal.value.culprits == (2,)
    for statement in (
        "DELETE FROM ot_poison",
        "UPDATE ot_poison SET party = 3",
        "REPLACE INTO ot_poison SELECT * FROM ot_poison",
    ):
        with pytest.raises(StorageError) as rule:
            db.execute(statement)
        assert rule.value.word == "poison_stays"


def test_poison_is_never_part_of_something_that_can_be_undone(db):
    with pytest.raises(Bug), db.transaction():
        poison.mark(db, VAULT, 0, 2, 1)
    poison.mark(db, VAULT, 0, 2, 1)
    assert poison.marked(db, VAULT, 0) == {2}


def test_parties_survive_json():
    assert parties_from_json(parties_to_json(PARTIES)) == PARTIES


@pytest.mark.parametrize(
    "change",
    [
        {"index": 0},
        {"index": True},
        {"index": "1"},
        {"kind": "bank"},
        {"identity": "00"},
        {"identity": 7},
        {"name": 1},
        {"more": 1},
        {"index": 2},
    ],
)
def test_refuses_parties_that_cannot_be(change):
    value = parties_to_json(PARTIES)
    value[0].update(change)
    with pytest.raises(InvalidEncoding):
        parties_from_json(value)


_json = st.recursive(
    st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=8
)


@given(_json)
def test_refuses_any_other_json_as_parties(value):
    with contextlib.suppress(InvalidEncoding):
        assert parties_from_json(value) == ()
