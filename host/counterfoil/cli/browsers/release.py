"""Whether the installed extension is what was released: by the hashes that the package manager wrote down."""

from __future__ import annotations

import base64
import hashlib
from importlib import metadata
from pathlib import Path

_FOLDER = "counterfoil/_extension/"


def altered_since_release(source: Path) -> str | None:
    """The first file that differs from the wheel's RECORD, is missing or was added; None where all fit.

    A checkout has no RECORD of the extension: there is nothing to compare with then.
    Standard: PyPA, Recording installed projects (RECORD)
    """
    recorded = _recorded()
    if not recorded or source.name != "_extension":
        return None
    found = {
        path.relative_to(source).as_posix(): hashlib.sha256(path.read_bytes()).digest()
        for path in sorted(source.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    return next(
        (name for name in sorted(recorded.keys() | found.keys()) if recorded.get(name) != found.get(name)), None
    )


def _recorded() -> dict[str, bytes]:
    try:
        files = metadata.files("counterfoil") or []
    except metadata.PackageNotFoundError:
        return {}
    return {
        str(file).removeprefix(_FOLDER): base64.urlsafe_b64decode(file.hash.value + "==")
        for file in files
        if str(file).startswith(_FOLDER) and file.hash is not None and file.hash.mode == "sha256"
    }
