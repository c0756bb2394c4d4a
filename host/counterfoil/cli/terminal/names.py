"""Which one the person means: a whole id, the beginning of one, or a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from counterfoil.errors import InputError, NotFound

SHORTEST_PREFIX = 4
_T = TypeVar("_T")


def choose(
    wanted: str,
    items: Iterable[_T],
    *,
    kind: str,
    listed_by: str,
    id_of: Callable[[_T], str],
    name_of: Callable[[_T], str],
) -> _T:
    """The one that fits. Raises: NotFound, InputError where several fit"""
    every = list(items)
    lower = wanted.lower()
    found = [item for item in every if id_of(item) == lower]
    found = found or [item for item in every if name_of(item) == wanted]
    if not found and len(lower) >= SHORTEST_PREFIX:
        found = [item for item in every if id_of(item).startswith(lower)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"More than one {kind} fits “{wanted}”.", reason="ambiguous", remedy=f"Give more of its id: `{listed_by}`."
        )
    raise NotFound(f"There is no {kind} “{wanted}” here.", remedy=f"See `{listed_by}`.")
