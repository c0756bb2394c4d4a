"""Who calls."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.protocol.method import Role


@dataclass(frozen=True, slots=True)
class Client:
    """One connection as handlers see it. ``caller`` is the extension that the browser named, or ``cli``.

    A connection that becomes a profile gets a new value; a call keeps the one it began with.
    """

    connection: int
    role: Role
    caller: str
    profile_id: str | None = None
