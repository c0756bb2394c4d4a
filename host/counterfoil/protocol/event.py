"""Events: what the agent says unasked. ``seq`` grows with every event of a connection."""

from __future__ import annotations

from typing import Literal

from counterfoil.protocol.agent import AgentState
from counterfoil.protocol.model import Count, HexId, JsonText, Message, OriginText, Text
from counterfoil.protocol.request import PartyProgress, State


class RequestsChanged(Message):
    """A request moved, or a new one waits. ``pending`` lists the waiting ones, oldest first."""

    request_id: HexId
    state: State
    pending: list[HexId]


class ProviderEvent(Message):
    """For the pages of one site: accountsChanged, chainChanged, connect, disconnect, message; for all or for one of them."""

    origin: OriginText
    name: Literal["accountsChanged", "chainChanged", "connect", "disconnect", "message"]
    data_json: JsonText
    document_id: Text | None
    """Null: for every page of the site."""


class Progress(Message):
    """Where long work is. ``token`` is the request id, the vault id or the word the caller knows it by."""

    token: Text
    stage: Text
    step: Count
    of: Count
    parties: list[PartyProgress]


class StateChanged(Message):
    """The agent's state as ``agent_state`` would answer it."""

    state: AgentState


EVENTS: dict[str, type[Message]] = {
    "requests_changed": RequestsChanged,
    "provider_event": ProviderEvent,
    "progress": Progress,
    "state_changed": StateChanged,
}
