"""Events of the wallet, put into the wire's words for every client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from counterfoil.codecs.strict_json import encode_json
from counterfoil.dispatch.context import Events
from counterfoil.dispatch.views import party_progress
from counterfoil.protocol.agent import AgentState
from counterfoil.protocol.event import Progress, ProviderEvent, RequestsChanged, StateChanged
from counterfoil.store import requests
from counterfoil.store.db import Database
from counterfoil.wallet.ports import PartyState
from counterfoil.wallet.waiting import awaiting_person

MAX_EVENT = 500_000
"""Characters of an event's data: a frame has 1 MiB, and JSON inside JSON grows."""


class Announcer:
    """Implements ``wallet.ports.Events`` on the bus."""

    def __init__(self, db: Database, bus: Events) -> None:
        self._db = db
        self._bus = bus
        self.state: Callable[[], Awaitable[AgentState]] | None = None
        self._telling: set[asyncio.Task[None]] = set()

    def requests_changed(self, request_id: str) -> None:
        """A request moved. Each browser is told what waits in it: a page's request opens one window only."""
        request = requests.get(self._db, request_id)
        self._bus.publish_each(
            "requests_changed",
            lambda profile_id: RequestsChanged(
                request_id=request_id,
                state=request.state.value,
                pending=[waiting.id for waiting in awaiting_person(self._db, profile_id)],
            ),
        )

    def provider(self, origin: str, name: str, data: Any) -> None:  # noqa: ANN401 - JSON for the page
        """An EIP-1193 event for one site."""
        self._tell_pages(origin, name, data, None)

    def message(self, origin: str, document_id: str, data: Any) -> None:  # noqa: ANN401 - JSON for the page
        """EIP-1193's ``message``, for one page of a site."""
        self._tell_pages(origin, "message", data, document_id)

    def hears(self, profile_id: str | None) -> bool:
        """Whether that browser profile is connected now."""
        return self._bus.hears(profile_id)

    def state_changed(self) -> None:
        """Soon: the state is put together after the change is done."""
        task = asyncio.create_task(self._tell_state())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def progress(self, token: str, stage: str, step: int, of: int, parties: Sequence[PartyState]) -> None:
        """Long work moved on."""
        rows = [party_progress(party) for party in parties]
        self._bus.publish("progress", Progress(token=token, stage=stage, step=step, of=of, parties=rows))

    def _tell_pages(self, origin: str, name: str, data: Any, document_id: str | None) -> None:  # noqa: ANN401 - JSON
        text = encode_json(data).decode()
        if len(text) > MAX_EVENT:
            return  # what does not fit into a frame is left out, like any event that nobody hears
        event = {"origin": origin, "name": name, "data_json": text, "document_id": document_id}
        self._bus.publish("provider_event", ProviderEvent.model_validate(event))

    async def _tell_state(self) -> None:
        if self.state is not None:
            self._bus.publish("state_changed", StateChanged(state=await self.state()))
