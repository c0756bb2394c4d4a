"""What `pipx install .` would install: the companion with the extension inside."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.repo.tree import REPOSITORY, files, name

INSIDE = "counterfoil/_extension/"


def test_the_wheel_holds_the_extension_and_the_command(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        check=False,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        entry_points = next(n for n in names if n.endswith("entry_points.txt"))
        assert "counterfoil = counterfoil.__main__:main" in packed.read(entry_points).decode()
    extension = {
        name(path)
        for path in files()
        if name(path) == "manifest.json" or name(path).startswith(("extension/", "_locales/"))
    }
    assert {n.removeprefix(INSIDE) for n in names if n.startswith(INSIDE)} == extension
    assert {name(path).removeprefix("host/") for path in files() if name(path).startswith("host/")} <= names
