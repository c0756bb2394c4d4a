"""A terminal for every test of the command line."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from counterfoil.home.paths import Home
from tests.fakes.cli_agent import Terminal


@pytest.fixture
def extension(tmp_path: Path) -> Path:
    """A small extension as a browser would load it."""
    folder = tmp_path / "source"
    for name, text in {"extension/worker.js": "// worker", "_locales/en/messages.json": "{}"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    manifest = {
        "manifest_version": 3,
        "version": "0.1.0",
        "key": base64.b64encode(b"a public key").decode(),
        "browser_specific_settings": {"gecko": {"id": "wallet@counterfoil.app"}},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture
def terminal(tmp_path: Path, extension: Path) -> Terminal:
    """The command line, a made-up agent, a person's folder with nothing in it."""
    person = tmp_path / "person"
    person.mkdir()
    return Terminal(home=Home.at(tmp_path / "home"), person=person, extension=extension)
