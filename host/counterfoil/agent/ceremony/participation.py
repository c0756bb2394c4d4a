"""This agent's part in ceremonies that another agent holds.

Each begins with the wallet's own checks (``Joining`` or an error); only then a worker starts. What the
worker says goes to the hub over the link; what the hub says comes in through ``take``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from counterfoil.agent.ceremony.orders import Invitation
from counterfoil.agent.ceremony.process import WorkerPool
from counterfoil.agent.ceremony.quarantine import Live, Quarantine
from counterfoil.agent.ceremony.seat import Happening, LocalSeat, Notify
from counterfoil.codecs.base64url import encode_base64url
from counterfoil.devices.link_messages import parse_error
from counterfoil.errors import Bug, InvalidMessage, NotFound, ProtocolAbort, Retry, StateConflict, WalletError
from counterfoil.wallet.join import Joining

BEGIN_SECONDS = 60
MAX_PARTICIPATIONS = 8


class Participations:
    """Ceremonies of others that this agent is in, by their id."""

    def __init__(self, pool: WorkerPool, identity_seed: bytes, quarantine: Quarantine) -> None:
        self._pool = pool
        self._quarantine = quarantine
        self._identity_seed = encode_base64url(identity_seed)
        self._open: dict[str, _Participation] = {}

    async def join(self, hub: bytes, invitation: Invitation, me: int, joining: Joining, notify: Notify) -> str:
        """Start this party's worker; the signed join. Raises StateConflict for an id in use, Retry when busy."""
        seat = LocalSeat(
            me,
            self._pool,
            identity_seed=self._identity_seed,
            job=joining.job,
            on_poison=lambda party: self._mark(invitation.ceremony_id, party),
            on_release=joining.on_release,
        )
        try:
            if invitation.ceremony_id in self._open:
                raise StateConflict("This ceremony was begun already.", reason="ceremony_id")
            if len(self._open) >= MAX_PARTICIPATIONS:
                raise Retry("This device is busy with other ceremonies.", reason="busy")
        except WalletError as error:
            joining.on_failure(error)
            raise
        participation = _Participation(hub, invitation.ceremony_id, seat, joining, notify)
        ending = contextlib.ExitStack()
        others = {party.index for party in invitation.parties} - {me}
        participation.live = ending.enter_context(self._quarantine.watched(invitation.vault, others, participation.end))
        ending.callback(self._open.pop, invitation.ceremony_id, None)
        self._open[invitation.ceremony_id] = participation
        try:
            join = await seat.join(invitation)
        except BaseException as error:
            ending.close()
            joining.on_failure(error if isinstance(error, WalletError) else Retry())
            await seat.close()
            raise
        participation.start(ending.close)
        return join

    def _mark(self, ceremony_id: str, party: int) -> None:
        participation = self._open[ceremony_id]
        participation.joining.on_poison(party)
        if participation.live is not None:
            self._quarantine.poisoned(participation.live, party)

    def take(self, hub: bytes, kind: str, body: dict[str, Any]) -> None:
        """``ceremony_begin``, ``ceremony_box`` or ``ceremony_end`` from the hub.

        Raises: NotFound for any other hub, InvalidMessage
        """
        participation = self._open.get(str(body.get("ceremony_id")))
        if participation is None or participation.hub != hub:
            raise NotFound("There is no such ceremony here.")
        participation.inbox.put_nowait(_read_note(kind, body))

    async def close(self) -> None:
        """End them all."""
        for participation in list(self._open.values()):
            await participation.stop()


@dataclass(frozen=True, slots=True)
class _Joins:
    joins: list[str]


@dataclass(frozen=True, slots=True)
class _Box:
    sender: int
    box: str


_Note: TypeAlias = _Joins | _Box | WalletError


def _read_note(kind: str, body: dict[str, Any]) -> _Note:
    match kind, body:
        case "ceremony_begin", {"joins": list(joins)} if all(isinstance(join, str) for join in joins):
            return _Joins(joins)
        case "ceremony_box", {"from": int(sender), "box": str(box)} if type(sender) is int:
            return _Box(sender, box)
        case "ceremony_end", _:
            return Retry("The other device ended the ceremony.", reason="ended")
    raise InvalidMessage("This is no note of a ceremony.")


class _Participation:
    def __init__(self, hub: bytes, ceremony_id: str, seat: LocalSeat, joining: Joining, notify: Notify) -> None:
        self.hub = hub
        self.joining = joining
        self.inbox: asyncio.Queue[_Note] = asyncio.Queue()
        self.live: Live | None = None
        self._id = ceremony_id
        self._seat = seat
        self._notify = notify
        self._task: asyncio.Task[None] | None = None

    def start(self, on_end: Callable[[], object]) -> None:
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda _task: on_end())

    def end(self, error: WalletError) -> None:
        """Another thing than the worker or the hub ends it."""
        self.inbox.put_nowait(error)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        try:
            await self._take_part()
        except WalletError as error:
            self.joining.on_failure(error)
            await self._say("abort", error=error.as_dict())
        except asyncio.CancelledError:
            self.joining.on_failure(Retry())
            raise
        except Exception:
            self.joining.on_failure(Bug())
            await self._say("abort", error=Bug().as_dict())
            raise
        finally:
            await asyncio.shield(self._seat.close())

    async def _take_part(self) -> None:
        """Feed the worker from the hub, and the hub from the worker, until the worker has its result."""
        feeding = asyncio.create_task(self._feed())
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                await self._follow(feeding)
        except TimeoutError:
            raise Retry(reason="ceremony_timeout") from None
        finally:
            feeding.cancel()

    async def _follow(self, feeding: asyncio.Task[None]) -> None:
        while True:
            happening = await _first(self._seat.next(), feeding)
            if happening.kind == "result":
                self.joining.on_result(happening.result)
                await self._say("result")
                return
            if happening.kind == "box":
                await self._say("box", to=happening.to, box=happening.box)
            else:
                await self._say("round", round=happening.round, of=happening.of)

    async def _feed(self) -> None:
        while True:
            match await self.inbox.get():
                case _Joins(joins):
                    await self._seat.begin(joins)
                case _Box(sender, box):
                    await self._seat.deliver(sender, box)
                case WalletError() as error:
                    raise error

    async def _say(self, what: str, **fields: Any) -> None:  # noqa: ANN401 - JSON fields of the note
        with contextlib.suppress(ProtocolAbort):
            await self._notify("ceremony_report", {"ceremony_id": self._id, "what": what, **fields})


async def _first(next_happening: Awaitable[Happening], feeding: asyncio.Task[None]) -> Happening:
    """The worker's next word, unless the hub ended it first."""
    waiting = asyncio.ensure_future(next_happening)
    try:
        await asyncio.wait({waiting, feeding}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        await feeding
        raise Retry(reason="ended")
    finally:
        if not waiting.done():
            waiting.cancel()


def read_report(body: dict[str, Any]) -> Happening | WalletError:
    """A participant's note, as its hub's seat takes it."""
    match body:
        case {"what": "box", "to": int(to), "box": str(box)}:
            return Happening("box", to=to, box=box)
        case {"what": "round", "round": int(number), "of": int(of)}:
            return Happening("round", round=number, of=of)
        case {"what": "result"}:
            return Happening("result")
        case {"what": "abort", "error": dict(error)}:
            return parse_error(error)
    return Retry("The other device sent something unreadable.", reason="report")
