"""The database's file and folder belong to one user of this computer and nobody else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from counterfoil.errors import StorageError


def make_private(path: Path) -> None:
    """Create ``path`` (mode 0600) and its folder (0700), or tighten them; the journal files inherit the mode.

    Raises: StorageError(reason=folder) for a link, a foreign owner or an unwritable folder
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _tighten(path.parent, 0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.close(descriptor)
        _tighten(path, 0o600)
    except OSError as error:
        raise StorageError("The data folder can't be used.", reason="folder", errno=error.errno) from None


def _tighten(path: Path, mode: int) -> None:
    found = path.stat()
    if found.st_uid != os.getuid():
        raise StorageError("The data folder belongs to another user.", reason="folder")
    if stat.S_IMODE(found.st_mode) & ~mode:
        path.chmod(mode)
