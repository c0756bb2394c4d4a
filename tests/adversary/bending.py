"""Every leaf of a JSON value, and another value in its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]


def leaves(value: Any, at: Path = ()) -> Iterator[Path]:
    """The path of each value that holds no other; an empty list or object is one too."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*at, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*at, index))
    else:
        yield at


def bent(value: Any, path: Path) -> Any:
    """A copy in which the leaf at ``path`` is another value of the same type, as near as can be."""
    twin = copy.deepcopy(value)
    parent = twin
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = _other(parent[path[-1]])
    return twin


def without(value: Any, path: Path) -> Any:
    """A copy that lacks the leaf at ``path``."""
    twin = copy.deepcopy(value)
    parent = twin
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    return twin


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        if not value:
            return "a"
        middle = len(value) // 2
        swapped = "1" if value[middle] != "1" else "2"
        return value[:middle] + swapped + value[middle + 1 :]
    return ["bent"] if value is None or isinstance(value, list) else {"bent": 1}
