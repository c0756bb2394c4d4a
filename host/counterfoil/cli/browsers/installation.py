"""Write what browsers need, remember exactly what was written, and remove exactly that."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from counterfoil.cli.browsers.host_manifest import (
    is_ours,
    manifest_bytes,
    manifest_file,
    manifest_file_in,
    wrapper_path,
    wrapper_text,
)
from counterfoil.cli.browsers.kinds import BROWSERS, Browser, Computer
from counterfoil.errors import StorageError
from counterfoil.home.paths import Home


@dataclass
class Record:
    """What stands in ``native/installed.json``: files that we wrote, folders that we made for them."""

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)


def record_path(home: Home) -> Path:
    """Beside the wrapper."""
    return home.data / "native" / "installed.json"


def read_record(home: Home) -> Record:
    """An unreadable record is an empty one: removal then looks in the usual places."""
    try:
        found = json.loads(record_path(home).read_text(encoding="utf-8"))
        return Record([str(item) for item in found["files"]], [str(item) for item in found["folders"]])
    except (OSError, ValueError, KeyError, TypeError):
        return Record()


def targets(computer: Computer, browsers: Iterable[Browser], user_data_dir: Path | None) -> list[tuple[Path, bool]]:
    """(manifest file, whether it is Firefox's). A ``user_data_dir`` is the only target if given."""
    if user_data_dir is not None:
        return [(manifest_file_in(Path(os.path.abspath(user_data_dir))), False)]  # noqa: PTH100 - links stay as given
    return [(manifest_file(computer, browser), browser.is_firefox) for browser in browsers]


def install_manifests(
    home: Home, computer: Computer, extension: Path, wanted: list[tuple[Path, bool]]
) -> dict[str, bool]:
    """Write the wrapper and the manifests; for each file whether it had to change. Raises: StorageError"""
    home.prepare()
    record = read_record(home)
    written: dict[str, bool] = {}
    try:
        wrapper = wrapper_path(home)
        wrapper.parent.mkdir(mode=0o700, exist_ok=True)
        written[str(wrapper)] = _put(wrapper, wrapper_text(home, computer).encode(), 0o755)
        for file, firefox in wanted:
            record.folders += [name for name in _make_folders(file.parent) if name not in record.folders]
            if str(file) not in record.files:
                record.files.append(str(file))
            _put(record_path(home), _record_bytes(record), 0o600)  # first the note, then the deed
            written[str(file)] = _put(file, manifest_bytes(home, extension, firefox=firefox), 0o644)
    except OSError as error:
        raise StorageError(f"{error.filename} can't be written: {error.strerror}.", reason="unwritable") from None
    return written


def uninstall_manifests(home: Home, computer: Computer, only: list[Path] | None) -> list[str]:
    """Remove our manifests, all or only these files; what was removed. Never a file that leads elsewhere.

    Raises: StorageError
    """
    record = read_record(home)
    usual = [str(manifest_file(computer, browser)) for browser in BROWSERS]
    known = list(dict.fromkeys((*record.files, *usual)))
    going = [name for name in known if only is None or Path(name) in only]
    removed: list[str] = []
    try:
        for name in going:
            if is_ours(Path(name), home):
                Path(name).unlink()
                removed.append(name)
        left = Record([name for name in record.files if name not in going], record.folders)
        left.folders = [name for name in _deepest_first(left.folders) if not _remove_if_empty(Path(name))]
        if left.files:
            _put(record_path(home), _record_bytes(left), 0o600)
        else:
            for file in (record_path(home), wrapper_path(home)):
                file.unlink(missing_ok=True)
            _remove_if_empty(wrapper_path(home).parent)
    except OSError as error:
        raise StorageError(f"{error.filename} can't be removed: {error.strerror}.", reason="unwritable") from None
    return removed


def _record_bytes(record: Record) -> bytes:
    return (json.dumps({"files": record.files, "folders": record.folders}, indent=2) + "\n").encode()


def _put(file: Path, data: bytes, mode: int) -> bool:
    """Write in one move; False where it stood so already."""
    with contextlib.suppress(FileNotFoundError):
        if file.read_bytes() == data and file.stat().st_mode & 0o777 == mode and not file.is_symlink():
            return False
    fresh = file.with_name(f".{file.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
    fresh.chmod(mode)
    fresh.replace(file)
    return True


def _make_folders(folder: Path) -> list[str]:
    """Make a folder and what is missing above it; those that were made."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700)
    return [str(path) for path in missing]


def _deepest_first(folders: Iterable[str]) -> list[str]:
    return sorted(folders, key=lambda name: -len(Path(name).parts))


def _remove_if_empty(folder: Path) -> bool:
    """Whether it is gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
