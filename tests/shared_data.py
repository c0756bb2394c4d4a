"""Data shared by several projects, beside the checkout; not part of this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def shared(*parts: str) -> Path:
    """A shared file or folder; the test is skipped, loudly, where it is absent."""
    root = Path(os.environ.get("COUNTERFOIL_SHARED", REPOSITORY / ".." / "shared"))
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"SHARED DATA MISSING: {'/'.join(parts)} (set COUNTERFOIL_SHARED to the folder that holds it)")
    return path
