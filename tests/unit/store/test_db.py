"""Opening, modes, migrations, transactions, errors."""

from __future__ import annotations

import os
import sqlite3
import stat

import pytest

from counterfoil.errors import AlreadyExists, Bug, SchemaTooNew, StorageError
from counterfoil.store import migrations, settings
from counterfoil.store.db import Database


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_makes_folder_and_files_private(db, path):
    settings.put(db, "x", 1)
    assert mode(path.parent) == 0o700
    assert {p.name for p in path.parent.iterdir()} == {path.name, f"{path.name}-wal", f"{path.name}-shm"}
    assert all(mode(p) == 0o600 for p in path.parent.iterdir())


def test_makes_them_private_under_a_lax_umask(path):
    before = os.umask(0)
    try:
        db = Database.open(path)
        settings.put(db, "x", 1)
        assert mode(path.parent) == 0o700
        assert all(mode(p) == 0o600 for p in path.parent.iterdir())
        db.close()
    finally:
        os.umask(before)


def test_tightens_what_was_left_open(path):
    Database.open(path).close()
    path.chmod(0o644)
    path.parent.chmod(0o755)
    Database.open(path).close()
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_refuses_a_link_in_the_place_of_the_file(path, tmp_path):
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError) as refusal:
        Database.open(path)
    assert refusal.value.word == "folder"
    assert not (tmp_path / "elsewhere").exists()


def test_refuses_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError) as refusal:
        Database.open(tmp_path / "file" / "counterfoil.db")
    assert refusal.value.word == "folder"


def test_applies_every_migration_to_an_empty_file(db):
    numbers = [number for number, _ in migrations.schema_files()]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1
    row = db.one("PRAGMA user_version")
    assert row is not None and row[0] == numbers[-1]


def test_every_table_is_strict(db):
    tables = [row for row in db.all("PRAGMA table_list") if row["type"] == "table" and row["schema"] == "main"]
    lax = [row["name"] for row in tables if not row["strict"] and not row["name"].startswith("sqlite_")]
    assert lax == []
    assert len(tables) > 15


def test_commits_reach_the_disk_and_foreign_keys_hold(db):
    values = {
        name: db.one(f"PRAGMA {name}")[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
    }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1}


def test_opening_again_changes_nothing(db, path):
    settings.put(db, "language", "en")
    db.close()
    again = Database.open(path)
    assert settings.get(again, "language") == "en"
    again.close()


def test_refuses_data_of_a_newer_version(path):
    db = Database.open(path)
    db.execute("PRAGMA user_version = 9999")
    db.close()
    with pytest.raises(SchemaTooNew) as refusal:
        Database.open(path)
    assert refusal.value.details["found"] == 9999


def test_refuses_another_programs_database(path):
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE cookies (x)")
    other.commit()
    other.close()
    with pytest.raises(StorageError) as refusal:
        Database.open(path)
    assert refusal.value.word == "not_ours"


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_refuses_a_file_that_is_no_database(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StorageError) as refusal:
        Database.open(path)
    assert refusal.value.word == "corrupt"
    assert path.read_bytes() == content


def test_a_migration_that_fails_leaves_nothing(path, monkeypatch):
    last = migrations.schema_files()[-1][0]
    broken = [
        *migrations.schema_files(),
        (last + 1, "CREATE TABLE half (x TEXT) STRICT;\nCREATE TABLE log (y TEXT) STRICT;\n"),
    ]
    monkeypatch.setattr(migrations, "schema_files", lambda: broken)
    with pytest.raises(StorageError):
        Database.open(path)
    monkeypatch.undo()
    db = Database.open(path)
    assert db.one("SELECT 1 FROM sqlite_schema WHERE name = 'half'") is None
    assert db.one("PRAGMA user_version")[0] == last
    db.close()


def test_refuses_a_schema_file_that_ends_early(path, monkeypatch):
    monkeypatch.setattr(migrations, "schema_files", lambda: [(1, "CREATE TABLE a (x TEXT) STRICT;\nCREATE TABLE b (")])
    with pytest.raises(StorageError) as refusal:
        Database.open(path)
    assert refusal.value.word == "schema"


def test_a_transaction_is_undone_whole(db):
    with pytest.raises(RuntimeError), db.transaction():
        settings.put(db, "a", 1)
        raise RuntimeError
    assert settings.get(db, "a") is None


def test_an_inner_failure_undoes_the_inner_part_only(db):
    with db.transaction():
        settings.put(db, "outer", 1)
        with pytest.raises(RuntimeError), db.transaction():
            settings.put(db, "inner", 1)
            raise RuntimeError
        with db.transaction():
            settings.put(db, "second", 1)
    assert settings.everything(db) == {"outer": 1, "second": 1}


def test_an_outer_failure_undoes_inner_parts_that_succeeded(db):
    with pytest.raises(RuntimeError), db.transaction():
        with db.transaction():
            settings.put(db, "inner", 1)
        raise RuntimeError
    assert settings.everything(db) == {}


def test_the_connection_works_on_after_a_failed_commit(db):
    db.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT")
    db.execute("CREATE TABLE child (p INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED) STRICT")
    with pytest.raises(StorageError) as refusal, db.transaction():
        db.execute("INSERT INTO child VALUES (7)")
    assert refusal.value.word == "constraint"
    with db.transaction():
        settings.put(db, "a", 1)
    assert settings.get(db, "a") == 1


def test_a_durable_write_refuses_to_hide_in_another_transaction(db):
    with pytest.raises(Bug), db.transaction(), db.durable():
        pass


def test_readers_see_the_last_commit_while_a_write_is_under_way(db, path):
    settings.put(db, "a", 1)
    reader = sqlite3.connect(path)
    with db.transaction():
        settings.put(db, "a", 2)
        assert reader.execute("SELECT value FROM settings WHERE key = 'a'").fetchone() == ("1",)
    assert reader.execute("SELECT value FROM settings WHERE key = 'a'").fetchone() == ("2",)
    reader.close()


def test_says_busy_when_another_writer_does_not_let_go(db, path):
    db.execute("PRAGMA busy_timeout = 10")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError) as refusal, db.transaction():
        pass
    assert refusal.value.word == "busy"
    other.execute("ROLLBACK")
    other.close()
    with db.transaction():
        settings.put(db, "a", 1)


def test_a_double_is_told_from_other_refusals(db):
    db.execute("INSERT INTO settings VALUES ('a', '1')")
    with pytest.raises(AlreadyExists):
        db.execute("INSERT INTO settings VALUES ('a', '2')")
    with pytest.raises(StorageError) as refusal:
        db.execute("INSERT INTO settings VALUES ('b', 'not json: s3cret')")
    assert refusal.value.word == "constraint"
    assert "s3cret" not in str(refusal.value.as_dict())


def test_settings_keep_json_and_forget(db):
    assert settings.get(db, "idle_minutes", 15) == 15
    settings.put(db, "idle_minutes", 5)
    settings.put(db, "nodes", {"eip155:1": ["http://localhost:8545"]})
    assert settings.get(db, "idle_minutes", 15) == 5
    assert settings.everything(db) == {"idle_minutes": 5, "nodes": {"eip155:1": ["http://localhost:8545"]}}
    settings.remove(db, "idle_minutes")
    assert settings.get(db, "idle_minutes", 15) == 15
