"""Numbered SQL files, each applied once and whole; ``user_version`` is the number of the last."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib import resources

from counterfoil.errors import SchemaTooNew, StorageError

APPLICATION_ID = 0x436E7466
"""``Cntf`` in the file's header: tells this database from any other SQLite file."""


def schema_files() -> list[tuple[int, str]]:
    """The migrations in order: (number, SQL)."""
    folder = resources.files("counterfoil.store") / "schema"
    found = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return [(int(f.name.split("_")[0]), f.read_text(encoding="utf-8")) for f in found]


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the database to the newest schema.

    Raises: SchemaTooNew, StorageError(reason=not_ours)
    """
    version = _pragma(connection, "user_version")
    _check_ours(connection, version)
    files = schema_files()
    if version > files[-1][0]:
        raise SchemaTooNew(found=version, known=files[-1][0])
    for number, sql in files:
        if number > version:
            _apply(connection, number, sql)


def _check_ours(connection: sqlite3.Connection, version: int) -> None:
    is_new = version == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if not is_new and _pragma(connection, "application_id") != APPLICATION_ID:
        raise StorageError("This file is not Counterfoil's database.", reason="not_ours")


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Two agents may have raced to here: the second finds the work done.
        if _pragma(connection, "user_version") < number:
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(sql: str) -> Iterator[str]:
    """Split at the ends of statements; executescript would commit before it begins."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if any(line.strip() and not line.lstrip().startswith("--") for line in statement.splitlines()):
        raise StorageError("A schema file ends in the middle of a statement.", reason="schema")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return int(value)
