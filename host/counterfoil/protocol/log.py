"""``log_*``: the hash-chained log of decisions."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from counterfoil.protocol.method import MEMBERS, Method
from counterfoil.protocol.model import Count, Empty, JsonObject, Message, Seconds, Text


class LogParams(Message):
    """Newest first, before a number."""

    before: Count | None
    limit: Annotated[int, Field(ge=1, le=200)]


class LogEntry(Message):
    """One decision and the hash that chains it."""

    seq: Count
    time: Seconds
    kind: Text
    body: JsonObject
    hash: Text


class LogPage(Message):
    """A page of the log."""

    entries: list[LogEntry]
    more: bool


class LogHead(Message):
    """The chain holds up to here."""

    seq: Count
    hash: Text


METHODS = (
    Method("log_show", LogParams, LogPage, MEMBERS),
    Method("log_verify", Empty, LogHead, MEMBERS, long=True),
)
