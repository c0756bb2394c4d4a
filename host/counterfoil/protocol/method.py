"""The table of methods: one row a method, which is the whole attack surface of the agent's socket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from counterfoil.protocol.model import Message


class Role(StrEnum):
    """Who a client is. A browser becomes a profile once its code was confirmed."""

    BROWSER = "browser"
    PROFILE = "profile"
    CLI = "cli"


ANYONE = frozenset(Role)
MEMBERS = frozenset({Role.PROFILE, Role.CLI})
PROFILE_ONLY = frozenset({Role.PROFILE})
CLI_ONLY = frozenset({Role.CLI})


@dataclass(frozen=True, slots=True)
class Method:
    """A row: its name on the wire, the forms of its parameters and result, who may call it.

    ``unlocked`` methods answer Locked while the key shares are sealed. ``long`` methods may take
    minutes, report progress and can be cancelled.
    """

    name: str
    params: type[Message]
    result: type[Message]
    roles: frozenset[Role]
    unlocked: bool = False
    long: bool = False
