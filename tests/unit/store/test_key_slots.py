"""Ways to the storage key: each alone opens it, nothing else does."""

from __future__ import annotations

import copy
import pickle
import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.crypto.password import Argon2Parameters
from counterfoil.errors import (
    AlreadyExists,
    InvalidEncoding,
    InvalidMessage,
    Locked,
    NotFound,
    StateConflict,
    StorageError,
    WrongPassphrase,
)
from counterfoil.store import key_slots
from counterfoil.store.key_slots import Passphrase, PrfOutput
from counterfoil.store.slot_wrap import SlotKind, open_passphrase_slot, open_prf_slot, passphrase_slot, prf_slot
from counterfoil.store.storage_key import StorageKey
from tests.unit.store.rows import FAST, counting_rng

WORDS = b"correct horse battery"
OUTPUT = b"\x0f" * 32
CREDENTIAL = b"credential one"


@pytest.fixture
def key(db, rng):
    return key_slots.create_storage_key(db, Passphrase(WORDS, FAST), rng=rng, now=1)


def same(one, other):
    return one.check_value() == other.check_value()


def test_the_passphrase_opens_the_key(db, key):
    assert same(key_slots.unlock_with_passphrase(db, WORDS), key)


def test_a_passkey_opens_the_key(db, rng):
    key = key_slots.create_storage_key(db, PrfOutput(CREDENTIAL, OUTPUT), rng=rng, now=1)
    assert same(key_slots.unlock_with_prf(db, CREDENTIAL, OUTPUT), key)


def test_every_way_opens_the_same_key(db, key, rng):
    key_slots.add_prf_slot(db, key, CREDENTIAL, OUTPUT, rng=rng, now=2)
    key_slots.add_prf_slot(db, key, b"credential two", b"\x0e" * 32, rng=rng, now=3)
    key_slots.add_passphrase_slot(db, key, b"second words", rng=rng, now=4, parameters=FAST)
    assert [slot.kind.value for slot in key_slots.slots(db)] == ["passphrase", "prf", "prf", "passphrase"]
    assert same(key_slots.unlock_with_passphrase(db, b"second words"), key)
    assert same(key_slots.unlock_with_prf(db, b"credential two", b"\x0e" * 32), key)


@pytest.mark.parametrize("wrong", [b"", b"correct horse batterz", WORDS + b" ", WORDS.upper()])
def test_refuses_a_wrong_passphrase(db, key, wrong):
    with pytest.raises(WrongPassphrase) as refusal:
        key_slots.unlock_with_passphrase(db, wrong)
    assert wrong.decode() not in str(refusal.value.as_dict()) or not wrong


def test_refuses_another_passkey_or_another_output(db, key, rng):
    key_slots.add_prf_slot(db, key, CREDENTIAL, OUTPUT, rng=rng, now=2)
    with pytest.raises(WrongPassphrase):
        key_slots.unlock_with_prf(db, CREDENTIAL, b"\x0e" * 32)
    with pytest.raises(WrongPassphrase):
        key_slots.unlock_with_prf(db, b"credential two", OUTPUT)
    with pytest.raises(InvalidMessage):
        key_slots.unlock_with_prf(db, CREDENTIAL, OUTPUT[:31])


def test_one_passphrase_however_the_keyboard_writes_it(db, rng):
    key = key_slots.create_storage_key(db, Passphrase("café".encode(), FAST), rng=rng, now=1)
    assert same(key_slots.unlock_with_passphrase(db, "cafe\u0301".encode()), key)
    with pytest.raises(InvalidEncoding):
        key_slots.unlock_with_passphrase(db, b"caf\xe9")


def test_refuses_an_empty_passphrase(db, rng):
    with pytest.raises(InvalidMessage):
        key_slots.create_storage_key(db, Passphrase(b"", FAST), rng=rng, now=1)
    assert not key_slots.has_storage_key(db)


def test_there_is_one_storage_key(db, key, rng):
    with pytest.raises(AlreadyExists):
        key_slots.create_storage_key(db, Passphrase(b"other", FAST), rng=rng, now=1)
    assert same(key_slots.unlock_with_passphrase(db, WORDS), key)


def test_a_key_of_other_data_gets_no_slot_here(db, key, rng):
    with pytest.raises(StorageError) as refusal:
        key_slots.add_prf_slot(db, StorageKey(bytearray(32)), CREDENTIAL, OUTPUT, rng=rng, now=2)
    assert refusal.value.word == "other_key"


def test_a_slot_put_in_from_other_data_does_not_unlock(db, key, rng):
    key_slots.add_prf_slot(db, key, CREDENTIAL, OUTPUT, rng=rng, now=2)
    foreign = prf_slot(StorageKey(bytearray(32)), CREDENTIAL, OUTPUT, rng=rng, now=1)
    db.execute(
        "UPDATE key_slots SET id = ?, salt = ?, wrapped = ? WHERE kind = 'prf'",
        (foreign.id, foreign.salt, foreign.wrapped),
    )
    with pytest.raises(StorageError) as refusal:
        key_slots.unlock_with_prf(db, CREDENTIAL, OUTPUT)
    assert refusal.value.word == "other_key"


def test_a_passkey_has_one_slot(db, key, rng):
    key_slots.add_prf_slot(db, key, CREDENTIAL, OUTPUT, rng=rng, now=2)
    with pytest.raises(AlreadyExists):
        key_slots.add_prf_slot(db, key, CREDENTIAL, b"\x0e" * 32, rng=rng, now=3)


def test_the_last_way_in_is_never_closed(db, key, rng):
    first = key_slots.slots(db)[0]
    with pytest.raises(StateConflict) as refusal:
        key_slots.remove_slot(db, first.id)
    assert refusal.value.word == "last_key_slot"
    key_slots.add_prf_slot(db, key, CREDENTIAL, OUTPUT, rng=rng, now=2)
    key_slots.remove_slot(db, first.id)
    with pytest.raises(WrongPassphrase):
        key_slots.unlock_with_passphrase(db, WORDS)
    with pytest.raises(NotFound):
        key_slots.remove_slot(db, first.id)
    with pytest.raises(StorageError) as rule:
        db.execute("DELETE FROM key_slots")
    assert rule.value.word == "last_key_slot"
    assert same(key_slots.unlock_with_prf(db, CREDENTIAL, OUTPUT), key)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "00" * 16},
        {"salt": bytes(16)},
        {"parameters": Argon2Parameters(memory_kib=128, passes=1, lanes=1)},
        {"parameters": Argon2Parameters(memory_kib=64, passes=2, lanes=1)},
        {"parameters": None},
        {"kind": SlotKind.PRF},
        {"credential_id": b"x"},
    ],
)
def test_a_slot_is_bound_to_everything_it_says(rng, change):
    slot = passphrase_slot(StorageKey(bytearray(32)), WORDS, parameters=FAST, rng=rng, now=1)
    open_passphrase_slot(slot, WORDS)
    with pytest.raises(WrongPassphrase):
        open_passphrase_slot(replace(slot, **change), WORDS)


def test_a_passkey_slot_is_bound_to_its_passkey(rng):
    slot = prf_slot(StorageKey(bytearray(32)), CREDENTIAL, OUTPUT, rng=rng, now=1)
    for change in ({"credential_id": b"other"}, {"id": "00" * 16}, {"salt": bytes(16)}, {"kind": SlotKind.PASSPHRASE}):
        with pytest.raises(WrongPassphrase):
            open_prf_slot(replace(slot, **change), OUTPUT)


def test_every_flipped_byte_of_a_wrapped_key_is_noticed(rng):
    slot = prf_slot(StorageKey(bytearray(32)), CREDENTIAL, OUTPUT, rng=rng, now=1)
    for place in range(len(slot.wrapped)):
        damaged = bytearray(slot.wrapped)
        damaged[place] ^= 1
        with pytest.raises(WrongPassphrase):
            open_prf_slot(replace(slot, wrapped=bytes(damaged)), OUTPUT)
    for length in (0, 11, 27, len(slot.wrapped) - 1):
        with pytest.raises(WrongPassphrase):
            open_prf_slot(replace(slot, wrapped=slot.wrapped[:length]), OUTPUT)


@pytest.mark.parametrize(
    "parameters",
    [{"memory_kib": 1}, {"memory_kib": 1 << 30}, {"passes": 0}, {"passes": 1000}, {"lanes": 0}, {"lanes": 17}],
)
def test_refuses_parameters_out_of_range(parameters):
    with pytest.raises(InvalidEncoding):
        Argon2Parameters(**parameters)


def test_the_defaults_are_those_of_the_standard():
    assert Argon2Parameters() == Argon2Parameters(memory_kib=65536, passes=3, lanes=4)


def test_a_storage_key_shows_copies_and_pickles_nothing():
    key = StorageKey(bytearray(b"\xab" * 32))
    assert "ab" * 4 not in repr(key) + str(key) + f"{key}"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy, bytes, len, iter):
        with pytest.raises(TypeError):
            leak(key)
    for way in (Passphrase(b"hush"), PrfOutput(b"id", b"hush")):
        assert "hush" not in repr(way)


def test_a_wiped_key_is_gone(rng):
    memory = bytearray(b"\xab" * 32)
    key = StorageKey(memory)
    sealed = key.seal(b"x", b"aad", rng)
    assert not key.is_wiped
    key.wipe()
    key.wipe()
    assert memory == bytes(32) and key.is_wiped
    for use in (lambda: key.seal(b"x", b"", rng), lambda: key.open(sealed, b"aad"), key.check_value):
        with pytest.raises(Locked):
            use()


@settings(max_examples=50, deadline=None)
@given(st.text(string.printable + "äß漢", min_size=1, max_size=20), st.binary(min_size=32, max_size=32))
def test_what_any_passphrase_wraps_it_opens(words, secret):
    key = StorageKey(bytearray(secret))
    slot = passphrase_slot(key, words.encode(), parameters=FAST, rng=counting_rng(secret), now=1)
    assert same(open_passphrase_slot(slot, words.encode()), key)
    assert secret not in slot.wrapped
