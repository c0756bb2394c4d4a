"""The extension's files: where they come with this program, and their copy that browsers load."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from counterfoil.errors import StorageError
from counterfoil.home.paths import Home

PARTS = ("manifest.json", "_locales", "extension")


def bundled_extension() -> Path:
    """The folder that holds the extension of this very version. Raises: StorageError(reason=no_extension)"""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "_extension", package.parents[1]):
        if (folder / "manifest.json").is_file() and (folder / "extension").is_dir():
            return folder
    raise StorageError(
        "This installation has no copy of the extension.",
        reason="no_extension",
        remedy="Install Counterfoil again: `pipx reinstall counterfoil`.",
    )


def copied_extension(home: Home) -> Path:
    """Where the browsers load it from."""
    return home.data / "extension"


def copy_extension(source: Path, target: Path) -> bool:
    """Make ``target`` equal to the extension at ``source``; False where it was already. Raises: StorageError"""
    if target.is_dir() and fingerprints(source) == fingerprints(target):
        return False
    fresh, old = target.with_name(target.name + ".new"), target.with_name(target.name + ".old")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        for name, data in _files(source).items():
            file = fresh / name
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.write_bytes(data)
            file.chmod(0o600)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StorageError(f"{target} can't be written: {error.strerror}.", reason="unwritable") from None
    return True


def fingerprints(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of the extension, by its name."""
    return {name: hashlib.sha256(data).hexdigest() for name, data in _files(folder).items()}


def extension_id(folder: Path) -> str:
    """The id that Chromium derives from the manifest's ``key``: the first 32 hex digits of its hash, as a to p."""
    key = base64.b64decode(_manifest(folder)["key"], validate=True)
    return "".join(chr(ord("a") + int(digit, 16)) for digit in hashlib.sha256(key).hexdigest()[:32])


def extension_version(folder: Path) -> str | None:
    """As its manifest says; None where that can't be read."""
    try:
        return str(_manifest(folder)["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def add_on_id(folder: Path) -> str:
    """Firefox's."""
    return str(_manifest(folder)["browser_specific_settings"]["gecko"]["id"])


def _manifest(folder: Path) -> Any:  # noqa: ANN401 - our own file, as JSON
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def _files(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in PARTS:
        path = folder / part
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                found[file.relative_to(folder).as_posix()] = file.read_bytes()
    return found
