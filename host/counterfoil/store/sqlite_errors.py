"""SQLite's errors as ours, in one place."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from counterfoil.errors import AlreadyExists, StorageError, WalletError

_REASONS = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_FULL: "disk_full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CANTOPEN: "folder",
    sqlite3.SQLITE_PERM: "folder",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_IOERR: "disk",
}


@contextmanager
def mapped() -> Iterator[None]:
    """Turn what sqlite3 raises into StorageError or AlreadyExists; values never enter the text."""
    try:
        yield
    except sqlite3.Error as error:
        raise _error(error) from error


def _error(error: sqlite3.Error) -> WalletError:
    code = getattr(error, "sqlite_errorcode", 0)
    if code in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
        return AlreadyExists()
    if code == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
        return StorageError("The data's own rules forbid this.", reason=str(error))
    if code & 0xFF == sqlite3.SQLITE_CONSTRAINT:
        return StorageError("The data's own rules forbid this.", reason="constraint")
    return StorageError(reason=_REASONS.get(code & 0xFF, "database"))
