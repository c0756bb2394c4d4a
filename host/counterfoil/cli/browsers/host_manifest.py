"""The host manifest, by which a browser finds and may start our stub, and the small script that it names."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

from counterfoil.cli.browsers.extension import add_on_id, extension_id
from counterfoil.cli.browsers.kinds import Browser, Computer
from counterfoil.home.paths import VARIABLE, Home

HOST = "app.counterfoil.host"
FILE_NAME = f"{HOST}.json"


def wrapper_path(home: Home) -> Path:
    """The script that browsers start."""
    return home.data / "native" / "counterfoil-native"


def wrapper_text(home: Home, computer: Computer) -> str:
    """It starts the stub with this very Python, and leads to this home whatever environment the browser has."""
    stub = Path(__file__).resolve().parents[2] / "native.py"
    lines = ["#!/bin/sh"]
    if Home.locate({"HOME": str(computer.person)}, computer.platform) != home:
        lines.append(f"export {VARIABLE}={shlex.quote(str(home.data))}")
    lines.append(f'exec {shlex.quote(sys.executable)} -I {shlex.quote(str(stub))} "$@"')
    return "\n".join(lines) + "\n"


def manifest(home: Home, extension: Path, *, firefox: bool) -> dict[str, Any]:
    """What the browser reads."""
    allowed: dict[str, Any] = (
        {"allowed_extensions": [add_on_id(extension)]}
        if firefox
        else {"allowed_origins": [f"chrome-extension://{extension_id(extension)}/"]}
    )
    return {
        "name": HOST,
        "description": "Counterfoil on this computer",
        "path": str(wrapper_path(home)),
        "type": "stdio",
        **allowed,
    }


def manifest_bytes(home: Home, extension: Path, *, firefox: bool) -> bytes:
    """As it stands in the file."""
    return (json.dumps(manifest(home, extension, firefox=firefox), indent=2) + "\n").encode()


def manifest_file(computer: Computer, browser: Browser) -> Path:
    """Where this browser reads it."""
    return computer.manifest_folder(browser) / FILE_NAME


def manifest_file_in(user_data_dir: Path) -> Path:
    """Where a Chromium that was started with its own ``--user-data-dir`` reads it."""
    return user_data_dir / "NativeMessagingHosts" / FILE_NAME


def is_ours(file: Path, home: Home) -> bool:
    """Whether a manifest leads to this home: only such a one is ever removed."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("name") == HOST and found.get("path") == str(wrapper_path(home))
