"""The folders and files of one agent.

``COUNTERFOIL_HOME`` holds everything where it is set. Otherwise data and logs go where the platform
puts them (the XDG base directories, or macOS' Library), by the same rules as platformdirs, which the
stub can't afford to import.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from counterfoil.errors import StorageError

TYPE_CHECKING = False  # as in typing, which would cost the stub a tenth of its start
if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "COUNTERFOIL_HOME"
_APP = "counterfoil"
_LONGEST_SOCKET = 100
"""sun_path holds 108 bytes on Linux and 104 on macOS, the last one a zero."""


class Home:
    """One agent's home: ``data`` is its own alone, ``logs`` may be elsewhere. A value: compared by its paths."""

    __slots__ = ("data", "logs")  # not a dataclass: importing that takes as long as the rest of the stub

    def __init__(self, data: Path, logs: Path) -> None:
        self.data = data
        self.logs = logs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Home) and (self.data, self.logs) == (other.data, other.logs)

    def __hash__(self) -> int:
        return hash((self.data, self.logs))

    def __repr__(self) -> str:
        return f"Home({str(self.data)!r})"

    @classmethod
    def at(cls, folder: str | Path) -> Home:
        """A home that is all in one folder."""
        data = Path(os.path.abspath(Path(folder).expanduser()))  # noqa: PTH100 - keeps symbolic links as given
        return cls(data=data, logs=data / "logs")

    @classmethod
    def locate(cls, environ: Mapping[str, str] | None = None, platform: str = sys.platform) -> Home:
        """The home that the environment asks for, or the person's own."""
        environ = os.environ if environ is None else environ
        if environ.get(VARIABLE):
            return cls.at(environ[VARIABLE])
        person = Path(environ.get("HOME") or Path.home())
        if platform == "darwin":
            return cls(person / "Library/Application Support" / _APP, person / "Library/Logs" / _APP)
        data = _xdg(environ, "XDG_DATA_HOME", person / ".local/share")
        state = _xdg(environ, "XDG_STATE_HOME", person / ".local/state")
        return cls(data / _APP, state / _APP / "logs")

    @property
    def database(self) -> Path:
        """The wallet's database."""
        return self.data / "counterfoil.sqlite3"

    @property
    def lock_file(self) -> Path:
        """Held by the agent as long as it lives."""
        return self.data / "agent.lock"

    @property
    def start_lock_file(self) -> Path:
        """Held by whoever is starting the agent."""
        return self.data / "start.lock"

    @property
    def log_file(self) -> Path:
        """The agent's log; no secrets."""
        return self.logs / "agent.log"

    @property
    def cosigner(self) -> Home:
        """The home of the co-signer on this computer: an agent like any other."""
        return Home.at(self.data / "cosigner")

    @property
    def socket(self) -> Path:
        """Where the agent listens.

        In the home itself, so that everyone who knows the home finds it, whatever their session's
        environment says. A path too long for a socket gives way to a short one named by its hash.
        """
        path = self.data / "agent.sock"
        if len(os.fsencode(path)) <= _LONGEST_SOCKET:
            return path
        import hashlib

        return _short_folder() / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}.sock"

    def prepare(self) -> None:
        """Make the folders, ours alone. Raises: StorageError where someone else could write there"""
        for folder in (self.data, self.logs, self.socket.parent):
            own_folder(folder)


def own_folder(folder: Path) -> None:
    """Make a folder that only this person can enter, or see that it is one.

    Raises: StorageError(reason=not_ours|unwritable)
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat() if folder.parent == _short_root() else folder.stat()
    except OSError as error:
        raise StorageError(f"The folder {folder} can't be made.", reason="unwritable", errno=error.errno) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StorageError(
            f"The folder {folder} belongs to someone else.",
            reason="not_ours",
            remedy=f"Remove it, or set {VARIABLE} to a folder of your own.",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def _short_root() -> Path:
    return Path("/tmp")  # noqa: S108 - own_folder refuses a folder that another made there first


def _short_folder() -> Path:
    """Found without the environment: a browser, a terminal and a timer must come to the same place."""
    run = Path(f"/run/user/{os.getuid()}")
    if run.is_dir():
        return run / _APP
    return _short_root() / f"{_APP}-{os.getuid()}"


def _xdg(environ: Mapping[str, str], name: str, default: Path) -> Path:
    value = environ.get(name, "").strip()
    return Path(value) if value else default
