"""The name of what an account may sign only once: ``nonce:7``."""

from __future__ import annotations

from typing import Final

_PREFIX: Final = "nonce:"


def nonce_slot(nonce: int) -> str:
    """``nonce:7``."""
    return f"{_PREFIX}{nonce}"


def slot_nonce(slot: str) -> int:
    """The nonce that a slot of ours stands for."""
    return int(slot.removeprefix(_PREFIX))
