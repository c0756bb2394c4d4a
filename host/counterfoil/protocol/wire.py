"""Frames between a client and the agent, and the table of all methods.

client → agent   {"id": 7, "method": "vault_list", "params": {}}      {"cancel": 7}
agent → client   {"id": 7, "result": {…}}   {"id": 7, "error": {…}}   {"event": "progress", "seq": 3, "data": {…}}

Framing is that of native messaging: a native-endian u32 length, then UTF-8 JSON.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from counterfoil.protocol import (
    agent,
    change,
    device,
    lock,
    log,
    passkey,
    policy,
    profile,
    provider,
    request,
    safe,
    site,
    vault,
)
from counterfoil.protocol.method import Method
from counterfoil.protocol.model import Fault, JsonObject, Message

CallId = Annotated[int, Field(ge=0, le=2**53 - 1)]

METHODS: dict[str, Method] = {
    method.name: method
    for namespace in (agent, profile, device, lock, vault, passkey, change, request, provider, site, log, safe, policy)
    for method in namespace.METHODS
}


class Call(Message):
    """A call of a client."""

    id: CallId
    method: Annotated[str, Field(max_length=64)]
    params: JsonObject


class Cancel(Message):
    """Stop the call with this id; it ends in the error Cancelled unless it already ended."""

    cancel: CallId


class Reply(Message):
    """The end of a call that went well."""

    id: CallId
    result: JsonObject


class Failure(Message):
    """The end of a call that did not. ``id`` is null where the frame could not be read."""

    id: CallId | None
    error: Fault


class Event(Message):
    """Something the client did not ask for."""

    event: str
    seq: CallId
    data: dict[str, Any]
