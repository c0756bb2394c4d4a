"""Checks of what the browsers need: the extension's folder, the host manifests, the script that these name."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from counterfoil.cli.browsers.extension import copied_extension, fingerprints
from counterfoil.cli.browsers.host_manifest import manifest, manifest_file, wrapper_path, wrapper_text
from counterfoil.cli.browsers.installation import read_record
from counterfoil.cli.browsers.kinds import BROWSERS, Browser, Computer
from counterfoil.cli.checks.finding import Finding, note, right, wrong
from counterfoil.home.paths import Home

_INSTALL = "Run `counterfoil install`."


def check_extension(home: Home, source: Path) -> Iterator[Finding]:
    """The copy that browsers load is the one that came with this program."""
    name, folder = "extension", copied_extension(home)
    if not (folder / "manifest.json").is_file():
        yield wrong(name, f"There is no copy of the extension in {folder}.", "Run `counterfoil setup`.")
        return
    bundled, found = fingerprints(source), fingerprints(folder)
    different = sorted(file for file in bundled.keys() | found.keys() if bundled.get(file) != found.get(file))
    if different:
        yield wrong(
            name,
            f"{len(different)} files differ from this version's, the first is {different[0]}.",
            "Run `counterfoil setup`, then press the reload arrow of Counterfoil on the browser's page of extensions.",
        )
    else:
        yield right(name, f"{folder}, as it came with this program")


def check_manifests(home: Home, computer: Computer, source: Path) -> Iterator[Finding]:
    """One for each browser that is here, and for each file we were asked to write."""
    here = [browser for browser in BROWSERS if computer.has(browser)]
    usual = {manifest_file(computer, browser): browser for browser in here}
    if not usual:
        yield note("browser", "No browser that Counterfoil knows was found.", "Install Chromium, Chrome or Firefox.")
    written = read_record(home).files
    for file, browser in usual.items():
        name, fix = f"{browser.title}: host manifest", f"Run `counterfoil install --browser {browser.name}`."
        if written and str(file) not in written and not file.exists():
            yield note(name, f"{browser.title} was not told about Counterfoil.", f"To use it there: {fix[4:]}")
            continue
        yield _check_manifest(name, file, manifest(home, source, firefox=browser.is_firefox), fix)
        yield from _check_sandbox(computer, browser)
    for name in written:
        if (file := Path(name)) not in usual:
            expected = manifest(home, source, firefox="mozilla" in name.lower())
            fix = f"Run `counterfoil install --user-data-dir {file.parent.parent}`."
            yield _check_manifest(f"host manifest {name}", file, expected, fix)


def check_wrapper(home: Home, computer: Computer) -> Iterator[Finding]:
    """What the browser starts is ours, can be started, and can't be changed by others."""
    name, path = "start script", wrapper_path(home)
    if not path.is_file():
        yield wrong(name, f"{path} is missing.", _INSTALL)
    elif not os.access(path, os.X_OK):
        yield wrong(name, f"{path} can't be started.", f"Run: chmod 755 {path}")
    elif path.read_text(encoding="utf-8", errors="replace") != wrapper_text(home, computer):
        yield wrong(name, f"{path} leads to another Python or another version.", _INSTALL)
    elif (loose := _writable_by_others(path)) is not None:
        yield wrong(name, f"Other users may change {loose}.", f"Run: chmod go-w {loose}")
    else:
        yield right(name, str(path))


def _check_manifest(name: str, file: Path, expected: dict[str, Any], fix: str) -> Finding:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return wrong(name, f"{file} is missing.", fix)
    except (OSError, ValueError):
        return wrong(name, f"{file} can't be read.", fix)
    if not isinstance(found, dict) or found.get("path") != expected["path"]:
        return wrong(name, f"{file} leads to another program.", fix)
    if found != expected:
        return wrong(name, f"{file} admits another extension than Counterfoil's.", fix)
    if (loose := _writable_by_others(file)) is not None:
        return wrong(name, f"Other users may change {loose}, and so start what they like.", f"Run: chmod go-w {loose}")
    return right(name, str(file))


def _writable_by_others(path: Path) -> Path | None:
    """The file or its folder, if someone other than its owner may write it, or its owner is another person."""
    for place in (path, path.parent):
        found = place.stat()
        if stat.S_IMODE(found.st_mode) & 0o022 or found.st_uid not in {os.getuid(), 0}:
            return place
    return None


def _check_sandbox(computer: Computer, browser: Browser) -> Iterator[Finding]:
    kind = computer.sandbox(browser)
    name = f"{browser.title}: packaging"
    if kind == "snap" and browser.is_firefox:
        yield note(
            name,
            "This Firefox is a Snap: it asks once whether the extension may start Counterfoil.",
            "Say yes when it asks. If nothing happens, use the Firefox of packages.mozilla.org.",
        )
    elif kind is not None:
        yield wrong(
            name,
            f"This {browser.title} is a {kind.title()}: it can't start programs of this computer.",
            f"Install {browser.title} as an ordinary package, or use another browser.",
        )
