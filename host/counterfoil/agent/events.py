"""Events to the connections that they concern."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from counterfoil.protocol.event import EVENTS
from counterfoil.protocol.method import MEMBERS, PROFILE_ONLY, Role
from counterfoil.protocol.model import Message

AUDIENCE: dict[str, frozenset[Role]] = {
    "requests_changed": MEMBERS,
    "provider_event": PROFILE_ONLY,
    "progress": MEMBERS,
    "state_changed": MEMBERS,
}
"""Unpaired browsers hear nothing; what a site is told concerns browsers alone."""


class Listener(Protocol):
    """A connection."""

    @property
    def role(self) -> Role | None:
        """None before hello."""

    @property
    def profile_id(self) -> str | None:
        """Whose connection it is, if a profile's."""

    def tell(self, name: str, data: dict[str, object]) -> None:
        """Send without waiting."""

    def drop(self) -> None:
        """Close at once."""


class EventBus:
    """All open connections. Implements ``dispatch.context.Events``."""

    def __init__(self) -> None:
        self._listeners: dict[int, Listener] = {}

    def join(self, number: int, listener: Listener) -> None:
        """A connection opened."""
        self._listeners[number] = listener

    def leave(self, number: int) -> None:
        """A connection closed."""
        self._listeners.pop(number, None)

    def __len__(self) -> int:
        return len(self._listeners)

    def publish(self, name: str, message: Message) -> None:
        """Send an event of ``EVENTS`` to its audience. Raises: TypeError where the message is another event's"""
        if type(message) is not EVENTS[name]:
            raise TypeError(f"{name} is not a {type(message).__name__}")
        self.publish_each(name, lambda _profile_id: message)

    def publish_each(self, name: str, message_for: Callable[[str | None], Message]) -> None:
        """The same, with a message for each profile (None: the command line). Raises TypeError"""
        for listener in list(self._listeners.values()):
            if listener.role not in AUDIENCE[name]:
                continue
            message = message_for(listener.profile_id)
            if type(message) is not EVENTS[name]:
                raise TypeError(f"{name} is not a {type(message).__name__}")
            listener.tell(name, message.model_dump())

    def hears(self, profile_id: str | None) -> bool:
        """Whether a connection of this profile is open."""
        return any(listener.profile_id == profile_id for listener in self._listeners.values())

    def has_window(self) -> bool:
        """Whether a paired browser listens."""
        return any(listener.role is Role.PROFILE for listener in self._listeners.values())

    def drop_profile(self, profile_id: str) -> None:
        """Close the connections of this profile."""
        for listener in list(self._listeners.values()):
            if listener.profile_id == profile_id:
                listener.drop()

    def drop_all(self) -> None:
        """Close every connection."""
        for listener in list(self._listeners.values()):
            listener.drop()
