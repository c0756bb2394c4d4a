"""The asking side of consent: every party is asked, some answer later, nobody's link has to hold meanwhile.   DESIGN §5.4

Memory only, as decisions are: after a restart the person approves again and the others are asked again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from counterfoil.errors import InvalidMessage, PartyUnavailable, Retry, WalletError
from counterfoil.types import Party
from counterfoil.wallet.nonces import read_nonce
from counterfoil.wallet.ports import Body, PartyState

ASK_AGAIN_SECONDS = 4.0
Question = Callable[[Party], Awaitable[Body]]
"""Asks one party once; its answer is a nonce or WAITING."""


@dataclass(slots=True)
class Gathering:
    """What has come in for one request. ``subject`` is what was asked, for whoever goes on with it.

    ``states``: ``asked`` (its person decides), ``asleep`` (does not answer just now), ``agreed``.
    """

    subject: object
    parties: tuple[Party, ...]
    question: Question
    nonces: dict[int, bytes] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def is_complete(self) -> bool:
        """Everyone agreed."""
        return all(party.index in self.nonces for party in self.parties)

    def progress(self) -> list[PartyState]:
        """For people."""
        return [PartyState(party, self.states.get(party.index, "asked")) for party in self.parties]

    async def ask_all(self) -> None:
        """Ask everyone who has not agreed, once. Raises what a party refuses with."""
        for party in self.parties:
            if party.index not in self.nonces:
                self._take(party, await self.question(party))

    async def ask_until(self, on_change: Callable[[], None]) -> None:
        """Ask until everyone has agreed. Who does not answer is asked again. Raises what a party refuses with."""
        while not self.is_complete:
            await self._wait()
            before = dict(self.states)
            for party in self.parties:
                if party.index in self.nonces:
                    continue
                try:
                    self._take(party, await self.question(party))
                except (PartyUnavailable, Retry):
                    self.states[party.index] = "asleep"
            if before != self.states:
                on_change()

    def _take(self, party: Party, answer: Mapping[str, object]) -> None:
        if answer.get("waiting") is True:
            self.states[party.index] = "asked"
            return
        self.nonces[party.index] = read_nonce(answer.get("nonce"))
        self.states[party.index] = "agreed"

    async def _wait(self) -> None:
        """For word that something moved; word can be lost, so not for long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ASK_AGAIN_SECONDS):
                await self.moved.wait()
        self.moved.clear()


class Consents:
    """What is being gathered, by request."""

    def __init__(self) -> None:
        self._open: dict[str, Gathering] = {}

    def get(self, request_id: str) -> Gathering | None:
        """What has come in so far."""
        return self._open.get(request_id)

    def begin(self, request_id: str, subject: object, parties: Sequence[Party], question: Question) -> Gathering:
        """Ask anew; what came in before is void."""
        self.drop(request_id)
        self._open[request_id] = Gathering(subject, tuple(parties), question)
        return self._open[request_id]

    def go_on(
        self,
        request_id: str,
        *,
        on_change: Callable[[], None],
        on_done: Callable[[], None],
        on_error: Callable[[WalletError], None],
    ) -> None:
        """Ask on in the background, until all have agreed, one refused, or the request is dropped."""
        gathering = self._open[request_id]

        async def run() -> None:
            try:
                await gathering.ask_until(on_change)
            except WalletError as error:
                gathering.task = None
                on_error(error)
            else:
                gathering.task = None
                on_done()

        gathering.task = asyncio.create_task(run())

    def wake(self, request_id: str) -> None:
        """A party says that something moved: ask it now."""
        gathering = self._open.get(request_id)
        if gathering is not None:
            gathering.moved.set()

    def take(self, request_id: str) -> Gathering:
        """All consents, once. Raises InvalidMessage while one is missing."""
        gathering = self._open.get(request_id)
        if gathering is None or not gathering.is_complete:
            raise InvalidMessage("Not every device has agreed yet.")
        self.drop(request_id)
        return gathering

    def drop(self, request_id: str) -> None:
        """The request is over, or is asked anew."""
        gathering = self._open.pop(request_id, None)
        if gathering is not None and gathering.task is not None:
            gathering.task.cancel()
            gathering.task = None

    async def close(self) -> None:
        """Ask nobody any more: the agent ends."""
        tasks = [gathering.task for gathering in self._open.values() if gathering.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._open.clear()
