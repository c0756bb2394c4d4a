"""Decisions in the middle: what a window was last asked to do for a request.

Memory only, on purpose: after a restart the person approves again, with fresh nonces, and nothing
half-approved can be continued by anyone.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from counterfoil.errors import StateConflict


@dataclass(slots=True)
class Decision:
    """``step`` awaited and what its answer is checked against."""

    step: str
    challenge: bytes
    data: dict[str, Any] = field(default_factory=dict)


class Decisions:
    """At most one decision a request, and one move at a time."""

    def __init__(self) -> None:
        self._open: dict[str, Decision] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def lock(self, request_id: str) -> asyncio.Lock:
        """Held while a request is being moved."""
        return self._locks.setdefault(request_id, asyncio.Lock())

    def put(self, request_id: str, decision: Decision) -> None:
        """This is what is awaited now; what was awaited before is void."""
        self._open[request_id] = decision

    def take(self, request_id: str, step: str) -> Decision:
        """The awaited decision, once. Raises StateConflict for any other step."""
        decision = self._open.get(request_id)
        if decision is None or decision.step != step:
            raise StateConflict("This request does not wait for that answer.", reason="step")
        del self._open[request_id]
        return decision

    def drop(self, request_id: str) -> None:
        """The request is over."""
        self._open.pop(request_id, None)
        self._locks.pop(request_id, None)
