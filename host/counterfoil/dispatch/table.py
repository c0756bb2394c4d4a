"""The handlers by the names of their methods. A handler registers itself; ``handlers`` proves that none is missing."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import counterfoil.dispatch as room
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.protocol.model import Message
from counterfoil.protocol.wire import METHODS

Handler: TypeAlias = Callable[[Any, Client, Context], Awaitable[Message]]
_P = TypeVar("_P", bound=Message)
_R = TypeVar("_R", bound=Message)

ANSWERED_BY_THE_SESSION = frozenset({"agent_hello"})
"""Hello decides the connection's role, so the connection answers it."""

_handlers: dict[str, Handler] = {}


def method(
    name: str,
) -> Callable[[Callable[[_P, Client, Context], Awaitable[_R]]], Callable[[_P, Client, Context], Awaitable[_R]]]:
    """Register the handler of a method of ``METHODS``: ``async def f(params, client, context) -> result``."""
    if name not in METHODS:
        raise KeyError(name)

    def register(handler: Callable[[_P, Client, Context], Awaitable[_R]]) -> Callable[..., Awaitable[_R]]:
        if name in _handlers:
            raise KeyError(name)
        _handlers[name] = handler
        return handler

    return register


def handlers() -> dict[str, Handler]:
    """All handlers; the first call imports every module of this room."""
    for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
        importlib.import_module(module.name)
    return _handlers


def unhandled() -> set[str]:
    """Methods of the protocol that nothing answers."""
    return set(METHODS) - set(handlers()) - ANSWERED_BY_THE_SESSION
