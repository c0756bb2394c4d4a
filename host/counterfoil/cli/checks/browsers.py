"""Checks of what the browsers need: the extension's folder, the host manifests, the script that these name."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from counterfoil import __version__
from counterfoil.cli.browsers.extension import copied_extension, copy_extension, extension_version, fingerprints
from counterfoil.cli.browsers.host_manifest import manifest, manifest_file, wrapper_path, wrapper_text
from counterfoil.cli.browsers.installation import install_manifests, read_record
from counterfoil.cli.browsers.kinds import BROWSERS, Browser, Computer
from counterfoil.cli.browsers.release import altered_since_release
from counterfoil.cli.checks.finding import Finding, Mend, note, right, wrong
from counterfoil.cli.checks.permissions import loose, writable_by_others
from counterfoil.home.paths import Home

_RELOAD = "then press the reload arrow of Counterfoil on the browser's page of extensions."


def check_extension(home: Home, source: Path) -> Iterator[Finding]:
    """The copy that browsers load is the one that came with this program, and that one is as it was released."""
    name, folder = "extension", copied_extension(home)
    if (altered := altered_since_release(source)) is not None:
        yield wrong(
            "extension.release_altered",
            name,
            f"The extension that came with this program was altered since: {altered}.",
            "Install Counterfoil again.",
            command="pipx reinstall counterfoil",
        )
        return
    mend = lambda: copy_extension(source, folder)  # noqa: E731 - the same for both findings
    if not (folder / "manifest.json").is_file():
        found = f"There is no copy of the extension in {folder}."
        yield wrong("extension.missing", name, found, "Set it up.", command="counterfoil setup", mend=mend)
        return
    bundled, found_files = fingerprints(source), fingerprints(folder)
    different = sorted(f for f in bundled.keys() | found_files.keys() if bundled.get(f) != found_files.get(f))
    version = extension_version(folder)
    if different and version not in {None, extension_version(source)}:
        found = f"The copy is version {version}, this program brings {__version__}."
        yield wrong("extension.old", name, found, f"Set it up anew, {_RELOAD}", command="counterfoil setup", mend=mend)
    elif different:
        yield wrong(
            "extension.altered",
            name,
            f"{len(different)} files differ from this version's, the first is {different[0]}.",
            f"Set it up anew, {_RELOAD}",
            command="counterfoil setup",
            mend=mend,
        )
    else:
        yield right("extension.ok", name, f"{folder}, as it came with this program")


def check_manifests(home: Home, computer: Computer, source: Path) -> Iterator[Finding]:
    """One for each browser that is here, and for each file we were asked to write."""
    here = [browser for browser in BROWSERS if computer.has(browser)]
    usual = {manifest_file(computer, browser): browser for browser in here}
    if not usual:
        found, fix = "No browser that Counterfoil knows was found.", "Install Chromium, Chrome or Firefox."
        yield note("browser.none", "browser", found, fix)
    written = read_record(home).files
    for file, browser in usual.items():
        name, command = f"{browser.title}: host manifest", f"counterfoil install --browser {browser.name}"
        if written and str(file) not in written and not file.exists():
            found = f"{browser.title} was not told about Counterfoil."
            yield note("manifest.not_told", name, found, "To use it there, tell it.", command=command)
            continue
        mend = _writes(home, computer, source, file, firefox=browser.is_firefox)
        yield _check_manifest(name, file, manifest(home, source, firefox=browser.is_firefox), command, mend)
        yield from _check_sandbox(computer, browser)
    for other in written:
        if (file := Path(other)) not in usual:
            firefox = "mozilla" in other.lower()
            command = f"counterfoil install --user-data-dir {file.parent.parent}"
            mend = _writes(home, computer, source, file, firefox=firefox)
            yield _check_manifest(
                f"host manifest {other}", file, manifest(home, source, firefox=firefox), command, mend
            )


def check_wrapper(home: Home, computer: Computer, source: Path) -> Iterator[Finding]:
    """What the browser starts is ours, can be started, and can't be changed by others."""
    name, path, command = "start script", wrapper_path(home), "counterfoil install"
    mend = lambda: install_manifests(home, computer, source, [])  # noqa: E731 - the same for each finding
    fix = "Write it anew."
    if not path.is_file():
        yield wrong("stub.missing", name, f"{path} is missing.", fix, command=command, mend=mend)
    elif not os.access(path, os.X_OK):
        found = f"{path} can't be started."
        yield wrong(
            "stub.not_executable", name, found, fix, command=f"chmod 755 {path}", mend=lambda: path.chmod(0o755)
        )
    elif path.read_text(encoding="utf-8", errors="replace") != wrapper_text(home, computer):
        found = f"{path} leads to another Python or another version."
        yield wrong("stub.stale", name, found, fix, command=command, mend=mend)
    elif (place := writable_by_others(path)) is not None:
        yield loose("stub.loose", name, place)
    else:
        yield right("stub.ok", name, str(path))


def _writes(home: Home, computer: Computer, source: Path, file: Path, *, firefox: bool) -> Mend:
    return lambda: install_manifests(home, computer, source, [(file, firefox)])


def _check_manifest(name: str, file: Path, expected: dict[str, Any], command: str, mend: Mend) -> Finding:
    what = _manifest_trouble(file, expected)
    if what is not None:
        code, found = what
        return wrong(f"manifest.{code}", name, f"{file} {found}", "Write it anew.", command=command, mend=mend)
    if (place := writable_by_others(file)) is not None:
        return loose("manifest.loose", name, place)
    return right("manifest.ok", name, str(file))


def _manifest_trouble(file: Path, expected: dict[str, Any]) -> tuple[str, str] | None:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return "missing", "is missing."
    except (OSError, ValueError):
        return "unreadable", "can't be read."
    if not isinstance(found, dict) or found.get("path") != expected["path"]:
        return "moved", "leads to another program."
    if any(found.get(key) != expected.get(key) for key in ("allowed_origins", "allowed_extensions")):
        return "wrong_id", "admits another extension than Counterfoil's."
    return None if found == expected else ("altered", "was altered.")


def _check_sandbox(computer: Computer, browser: Browser) -> Iterator[Finding]:
    kind = computer.sandbox(browser)
    name = f"{browser.title}: packaging"
    if kind == "snap" and browser.is_firefox:
        yield note(
            "browser.snap_asks",
            name,
            "This Firefox is a Snap: it asks once whether the extension may start Counterfoil.",
            "Say yes when it asks. If nothing happens, use the Firefox of packages.mozilla.org.",
        )
    elif kind is not None:
        yield wrong(
            f"browser.{kind}",
            name,
            f"This {browser.title} is a {kind.title()}: it can't start programs of this computer.",
            f"Install {browser.title} as an ordinary package, or use another browser; then tell it:",
            command=f"counterfoil install --browser {_instead(computer, browser)}",
        )


def _instead(computer: Computer, browser: Browser) -> str:
    """Another browser that is here and no sandbox, else this one once it is an ordinary package."""
    others = (b for b in BROWSERS if b is not browser and computer.has(b) and computer.sandbox(b) is None)
    return next((other.name for other in others), browser.name)
