"""What this device is called on the screens of the others."""

from __future__ import annotations

from counterfoil.errors import InvalidMessage
from counterfoil.store import settings
from counterfoil.store.db import Database

_NAME = "device_name"
MAX_NAME = 40
UNNAMED = "A device"


def device_name(db: Database, fallback: str) -> str:
    """As the person named it, else as the computer calls itself."""
    name = settings.get(db, _NAME)
    found = name if isinstance(name, str) else fallback.split(".", maxsplit=1)[0].strip()[:MAX_NAME]
    return found if found and found.isprintable() else UNNAMED


def rename_device(db: Database, name: str) -> None:
    """One line, no characters that hide or turn text. Raises InvalidMessage."""
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable() or name != name.strip():
        raise InvalidMessage(f"A device's name has 1 to {MAX_NAME} visible characters.", reason="name")
    settings.put(db, _NAME, name)
