"""The agent's one connection to its database: opened safely, migrated, every error ours.

Calls are synchronous and short, made from the agent's loop. Never ``await`` inside a transaction:
another task would write into it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from counterfoil.errors import Bug, StorageError
from counterfoil.store.files import make_private
from counterfoil.store.migrations import migrate
from counterfoil.store.sqlite_errors import mapped

Value: TypeAlias = str | int | bytes | None
Row: TypeAlias = sqlite3.Row

OLDEST_SQLITE = (3, 37, 0)
"""The first with STRICT tables."""

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # FULL: a commit is on the disk when it returns. Poison marks, RELEASED and signed bytes rest on it.
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    # Without it INSERT OR REPLACE would delete a row and no trigger would notice.
    "PRAGMA recursive_triggers = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)


class Database:
    """One writer. ``transaction()`` nests; what fails inside is undone whole."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._depth = 0
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open or create the database at ``path`` (mode 0600 in a folder of 0700) and bring it to this version.

        Raises: SchemaTooNew, StorageError(reason=sqlite_too_old|not_ours|corrupt|folder|…)
        """
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            raise StorageError("This Python's SQLite is too old; 3.37 is needed.", reason="sqlite_too_old")
        make_private(path)
        with mapped():
            connection = sqlite3.connect(path, isolation_level=None, timeout=5)
        try:
            with mapped():
                connection.row_factory = sqlite3.Row
                for pragma in _PRAGMAS:
                    connection.execute(pragma).close()
                migrate(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    def close(self) -> None:
        """Close; SQLite folds the write-ahead log into the file."""
        self._connection.close()

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run one statement; the number of rows it changed."""
        with mapped():
            return self._connection.execute(sql, parameters).rowcount

    def one(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The only or first row."""
        with mapped():
            row: Row | None = self._connection.execute(sql, parameters).fetchone()
            return row

    def all(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """Every row."""
        with mapped():
            return self._connection.execute(sql, parameters).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing. The outermost one takes the write lock at once and is durable when it ends."""
        begin, commit, rollback = ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK")
        if self._depth:
            point = f"point_{self._depth}"
            begin, commit = f"SAVEPOINT {point}", f"RELEASE {point}"
            rollback = f"ROLLBACK TO {point}; RELEASE {point}"
        self.execute(begin)
        self._depth += 1
        try:
            yield
        except BaseException:
            self._depth -= 1
            self._undo(rollback)
            raise
        self._depth -= 1
        try:
            self.execute(commit)
        except BaseException:
            self._undo(rollback)
            raise

    @contextmanager
    def durable(self) -> Iterator[None]:
        """A transaction that is on the disk when it ends, so never a part of another one."""
        if self._depth:
            raise Bug("A durable write was put inside another transaction.")
        with self.transaction():
            yield

    def _undo(self, rollback: str) -> None:
        # After some errors (disk full) SQLite has rolled back by itself.
        if self._connection.in_transaction:
            with mapped():
                for statement in rollback.split("; "):
                    self._connection.execute(statement)
