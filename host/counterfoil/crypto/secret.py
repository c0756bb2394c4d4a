"""Bytes that must not be shown, compared, stored or copied by accident.

Wiping is best effort: it clears this buffer, not the copies that Python or the kernel may have made.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, Self, SupportsIndex


class Secret:
    """A wipeable buffer that is only readable inside ``with secret.open() as view``.

    In:     bytes-like; the caller's own copy stays the caller's business
    Raises: ValueError once wiped; TypeError on comparison, hashing, pickling, ``bytes()``
    """

    __slots__ = ("_buffer", "_wiped")

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._buffer = bytearray(data)
        self._wiped = False

    @classmethod
    def take(cls, data: bytearray) -> Self:
        """Copy ``data`` and wipe the original."""
        secret = cls(data)
        data[:] = bytes(len(data))
        return secret

    @contextmanager
    def open(self) -> Iterator[memoryview]:
        """A read-only view, released at the end of the block."""
        if self._wiped:
            raise ValueError("The secret was wiped.")
        with memoryview(self._buffer) as view, view.toreadonly() as readable:
            yield readable

    def wipe(self) -> None:
        """Overwrite the buffer with zeros; it can't be opened again."""
        self._wiped = True
        self._buffer[:] = bytes(len(self._buffer))

    def __len__(self) -> int:
        return len(self._buffer)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self._buffer)} bytes>"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("Secrets are not compared.")

    __hash__ = None  # type: ignore[assignment]  # as __eq__

    def __bytes__(self) -> NoReturn:
        raise TypeError("Open the secret instead.")

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("Secrets are not pickled.")

    def __copy__(self) -> NoReturn:
        raise TypeError("Secrets are not copied.")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("Secrets are not copied.")

    def __del__(self) -> None:
        buffer = getattr(self, "_buffer", None)
        if buffer is not None:
            buffer[:] = bytes(len(buffer))
