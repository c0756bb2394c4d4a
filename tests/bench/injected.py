"""Row ``injected per page, gzip``: what every page loads because Counterfoil is there."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from tests.bench.row import Row

REPOSITORY = Path(__file__).resolve().parents[2]


def rows() -> Iterator[Row]:
    """The manifest's own content scripts, each compressed by itself."""
    manifest = json.loads((REPOSITORY / "manifest.json").read_text())
    files = [REPOSITORY / name for entry in manifest["content_scripts"] for name in entry["js"]]
    size = sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)
    yield Row("injected per page, gzip", round(size / 1000, 2), "kB")
