"""The hash-chained log: it grows, and no cell of it changes unnoticed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.errors import InvalidEncoding, LogBroken, StorageError
from counterfoil.store import log


def filled(db, count=5):
    for number in range(1, count + 1):
        log.append(db, "approved", {"request": f"{number:032x}", "text": "ünï"}, 1000 + number)
    return count


def forge(db, statement, *parameters):
    """What a thief with the file can do: take the triggers away and write."""
    for trigger in ("log_only_grows", "log_is_not_changed", "log_is_not_cut"):
        db.execute(f"DROP TRIGGER {trigger}")
    assert db.execute(statement, parameters)


def test_starts_from_nothing(db):
    assert log.head(db) == (0, bytes(32))
    assert log.verify(db) == 0
    assert log.page(db) == []


def test_every_entry_follows_the_one_before(db):
    count = filled(db)
    entries = log.page(db, limit=10)
    assert [entry.seq for entry in entries] == list(range(count, 0, -1))
    assert all(newer.prev_hash == older.hash for newer, older in pairwise(entries))
    assert log.head(db) == (count, entries[0].hash)
    assert log.verify(db) == count
    assert entries[0].body == {"request": f"{count:032x}", "text": "ünï"}


def test_pages_go_back(db):
    filled(db)
    assert [entry.seq for entry in log.page(db, limit=2)] == [5, 4]
    assert [entry.seq for entry in log.page(db, before=4, limit=2)] == [3, 2]
    assert [entry.seq for entry in log.page(db, before=2)] == [1]


def test_verifies_across_its_own_pages(db):
    with db.transaction():
        filled(db, 2100)
    assert log.verify(db) == 2100


@pytest.mark.parametrize("seq", [1, 3, 5])
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("time", 1),
        ("time", -1),
        ("kind", "refused"),
        ("body", "{}"),
        ("body", '{"request":"other"}'),
        ("prev_hash", b"\x07" * 32),
        ("hash", b"\x07" * 32),
    ],
)
def test_names_the_first_entry_that_was_changed(db, seq, column, value):
    filled(db)
    forge(db, f"UPDATE log SET {column} = ? WHERE seq = ?", value, seq)
    with pytest.raises(LogBroken) as broken:
        log.verify(db)
    assert broken.value.details["seq"] == seq


def test_notices_a_renumbered_entry(db):
    filled(db)
    forge(db, "UPDATE log SET seq = 9 WHERE seq = 5")
    with pytest.raises(LogBroken) as broken:
        log.verify(db)
    assert broken.value.details["seq"] == 5


def test_notices_an_entry_taken_out(db):
    filled(db)
    forge(db, "DELETE FROM log WHERE seq = 3")
    with pytest.raises(LogBroken) as broken:
        log.verify(db)
    assert broken.value.details["seq"] == 3


def test_a_cut_or_rewritten_end_no_longer_contains_the_witnessed_head(db):
    filled(db)
    seq, head = log.head(db)
    assert log.contains(db, seq, head)
    assert log.contains(db, 0, bytes(32)) and not log.contains(db, 0, head)
    forge(db, "DELETE FROM log WHERE seq >= 4")
    assert log.verify(db) == 3
    assert not log.contains(db, seq, head)
    log.append(db, "other", {}, 1)
    log.append(db, "other", {}, 1)
    assert log.head(db)[0] == seq and not log.contains(db, seq, head)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log SET kind = 'x'",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log SELECT seq, time, 'x', body, prev_hash, hash FROM log WHERE seq = 5",
        "REPLACE INTO log SELECT seq, time, 'x', body, prev_hash, hash FROM log WHERE seq = 1",
        "INSERT INTO log SELECT seq + 2, time, kind, body, hash, hash FROM log WHERE seq = 5",
        "INSERT INTO log SELECT seq + 1, time, kind, body, prev_hash, hash FROM log WHERE seq = 5",
    ],
)
def test_the_database_itself_lets_the_log_only_grow(db, statement):
    filled(db)
    with pytest.raises(StorageError) as refusal:
        db.execute(statement)
    assert refusal.value.word == "log_only_grows"
    assert log.verify(db) == 5


def test_takes_no_entry_without_one_spelling(db):
    with pytest.raises(InvalidEncoding):
        log.append(db, "approved", {"amount": 1.5}, 1)  # type: ignore[dict-item]
    assert log.verify(db) == 0


_fields = st.tuples(
    st.integers(1, 2**62),
    st.integers(0, 2**62),
    st.text(st.characters(codec="utf-8")),
    st.binary(),
    st.binary(min_size=32, max_size=32),
)


@settings(max_examples=100)
@given(_fields, _fields)
def test_two_entries_never_share_what_is_hashed(one, other):
    names = ("seq", "time", "kind", "body", "prev_hash")
    hashes = {log.entry_hash(**dict(zip(names, fields, strict=True))) for fields in (one, other)}
    assert len(hashes) == len({one, other})
