"""JSON in columns: what we wrote, so read back without the limits that strangers' JSON meets."""

from __future__ import annotations

import json
from typing import Any

from counterfoil.codecs.strict_json import encode_json


def to_json(value: object) -> str:
    """The column's text of a JSON value."""
    return encode_json(value).decode()


def from_json(text: str) -> Any:  # noqa: ANN401 - JSON is any
    """The value of a column's text."""
    return json.loads(text)


def from_json_or_none(text: str | None) -> Any:  # noqa: ANN401 - JSON is any
    """The value of a column that may be empty."""
    return None if text is None else json.loads(text)
