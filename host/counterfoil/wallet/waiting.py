"""What waits for this device's person, and in which of their browsers."""

from __future__ import annotations

from counterfoil.store import requests
from counterfoil.store.db import Database
from counterfoil.store.requests import Request
from counterfoil.types import RequestState


def awaiting_person(db: Database, profile_id: str | None) -> list[Request]:
    """Oldest first. A page's request is decided in the browser that the page is in, so a profile sees its own, and
    what came from no browser; None (the command line) sees all. What was agreed to for another device waits there."""
    return [request for request in requests.pending(db) if _is_open(request) and _is_for(request, profile_id)]


def _is_open(request: Request) -> bool:
    return request.intent is None or request.state is RequestState.PROPOSED


def _is_for(request: Request, profile_id: str | None) -> bool:
    return profile_id is None or request.profile_id in {None, profile_id}
