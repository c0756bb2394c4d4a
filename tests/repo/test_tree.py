"""Rules for the whole tree that no other tool holds."""

from __future__ import annotations

import re
import sys

import pytest

from tests.repo.tree import GENERATED, REPOSITORY, files, name, text

# Spelt apart, so that this file does not break its own rule.
MACHINE_PATHS = re.compile(
    "|".join(["/" + "work" + r"/\w", "/" + r"root\b", "/" + r"home/\w", "/" + r"tmp/\w", "/" + r"Users/\w"])
)
MAY_NAME_PATHS = {
    "requirements.lock",
    "tests/unit/" + "home/test_paths.py",  # where macOS puts a person
    "package-lock.json",
}
REGISTRIES = re.compile(
    r"registry\.npm" + r"js\.org|files\.python" + r"hosted\.org|pypi\." + r"org/simple|(index|find-links)[-_=].*://"
)
VAGUE = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base", "core", "service", "handler"}
LONG = 400
TABLES = {"host/counterfoil/errors.py"}  # one short class an error: long, and still read at a glance


def test_no_root_name_starts_with_an_underscore() -> None:
    """Chromium refuses the whole folder for one, and the repository's root is the extension."""
    found = sorted(path.name for path in REPOSITORY.iterdir() if path.name.startswith("_"))
    assert found in ([], ["_locales"])


def test_no_importable_python_at_the_root() -> None:
    assert list(REPOSITORY.glob("*.py")) == []


def test_no_paths_of_somebodys_machine() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:120]}"
        for path in files()
        if name(path) not in MAY_NAME_PATHS
        for number, line in enumerate((text(path) or "").splitlines(), 1)
        if MACHINE_PATHS.search(line)
    ]
    assert found == []


def test_no_host_of_a_registry() -> None:
    found = [name(path) for path in files() if REGISTRIES.search(text(path) or "")]
    assert found == []


def test_no_private_key_and_no_large_binary() -> None:
    marker = "PRIVATE" + " KEY-----"
    assert [name(path) for path in files() if marker in (text(path) or "")] == []
    pictures = (".png", ".jpg", ".gif")
    large = [name(path) for path in files() if path.stat().st_size > 1_000_000 and path.suffix not in pictures]
    assert large == []


def test_every_lock_entry_has_a_hash() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", "\n" + lock.replace("\n#", "\n    #"))
    bare = [entry.split(" ")[0] for entry in entries if re.match(r"[a-z0-9]", entry) and "--hash=sha256:" not in entry]
    assert bare == []


def test_every_dependency_is_locked() -> None:
    import tomllib

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE))
    missing = [r for r in asked if re.split(r"[<>=\[ ]", r)[0].lower().replace("_", "-") not in locked]
    assert missing == []


def test_file_names_say_what_is_inside() -> None:
    found = [name(path) for path in files(".py", ".js") if path.stem.lower() in VAGUE]
    assert found == []


def test_conftest_only_inside_tests() -> None:
    assert [
        name(path) for path in files(".py") if path.name == "conftest.py" and not name(path).startswith("tests/")
    ] == []


@pytest.mark.parametrize("folder", ["host", "extension"])
def test_no_file_is_longer_than_one_sitting(folder: str) -> None:
    long = {
        name(path): lines
        for path in files(".py", ".js", ".css", ".html")
        if name(path) not in TABLES and name(path).startswith(f"{folder}/") and not name(path).startswith(GENERATED)
        if (lines := len((text(path) or "").splitlines())) > LONG
    }
    assert long == {}, "split by section of the standard, not by number"


def test_runs_on_the_oldest_python_that_is_promised() -> None:
    assert sys.version_info >= (3, 11)
