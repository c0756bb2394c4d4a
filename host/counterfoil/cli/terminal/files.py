"""Files that a person names: read whole, written once, never in place of another."""

from __future__ import annotations

import os
from pathlib import Path

from counterfoil.errors import AlreadyExists, InputError, NotFound, StorageError

LARGEST = 1 << 20


def read_file(path: Path) -> bytes:
    """All of it. Raises: NotFound, InputError(reason=unreadable|size)"""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.", remedy="Look at its name and folder again.") from None
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror}.", reason="unreadable") from None
    if len(data) > LARGEST:
        raise InputError(f"{path} is too large for this.", reason="size")
    return data


def refuse_existing(path: Path) -> None:
    """Before long work: see that the file can be written at its end. Raises: AlreadyExists, StorageError"""
    if path.exists() or path.is_symlink():
        raise AlreadyExists(f"{path} exists already. It was left as it is.", remedy="Choose another file name.")
    if not path.parent.is_dir():
        raise StorageError(f"There is no folder {path.parent}.", reason="folder", remedy="Make it, or choose another.")
    if not os.access(path.parent, os.W_OK):
        raise StorageError(f"The folder {path.parent} can't be written.", reason="folder", remedy="Choose another.")


def write_new_file(path: Path, data: bytes) -> None:
    """A file for its owner alone, on the disk when this returns. Raises: AlreadyExists, StorageError"""
    refuse_existing(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise AlreadyExists(f"{path} exists already. It was left as it is.") from None
    except OSError as error:
        raise StorageError(f"{path} can't be written: {error.strerror}.", reason="unwritable") from None
