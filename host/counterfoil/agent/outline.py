"""What may be logged of an unexpected exception: its kind and where it came from, never its text or values."""

from __future__ import annotations

import traceback
from pathlib import Path


def outline(error: BaseException) -> str:
    """One line: ``KeyError at table.py:31 register < agent.py:12 state``."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__} at {places or 'nowhere'}"
