"""A party's place in a ceremony as its hub sees it: a worker here, or another agent over its link."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from counterfoil.agent.ceremony.orders import Invitation
from counterfoil.agent.ceremony.process import WorkerPool, WorkerProcess
from counterfoil.errors import InvalidMessage, ProtocolAbort, Retry, WalletError, error_from_dict

Box = tuple[int, str]
"""(to, base64url box)"""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a seat reports: ``box`` to be carried, ``round`` begun, ``result`` at the end."""

    kind: str
    to: int = 0
    box: str = ""
    round: int = 0
    of: int = 0
    result: dict[str, Any] = field(default_factory=dict)


class Seat(Protocol):
    """What the hub asks of every party."""

    index: int

    async def join(self, invitation: Invitation) -> str:
        """This party's signed join, base64url. Raises WalletError when it declines."""

    async def begin(self, joins: list[str]) -> None:
        """All joins are in; rounds start."""

    async def deliver(self, sender: int, box: str) -> None:
        """A box from another party."""

    async def next(self) -> Happening:
        """The next thing that happens here. Raises the party's abort."""

    async def close(self) -> None:
        """Over, whatever happened."""


class LocalSeat:
    """A party whose worker runs under this agent. Effects are carried out before the worker is told to go on."""

    def __init__(
        self,
        index: int,
        pool: WorkerPool,
        *,
        identity_seed: str | None,
        job: dict[str, Any],
        on_poison: Callable[[int], None],
        on_release: Callable[[], None],
    ) -> None:
        self.index = index
        self._pool = pool
        self._identity_seed = identity_seed
        self._job = job
        self._on_poison = on_poison
        self._on_release = on_release
        self._worker: WorkerProcess | None = None

    async def join(self, invitation: Invitation) -> str:
        """Start the worker and have it join."""
        self._worker = await self._pool.take()
        begin = {"invitation": invitation.as_dict(), "me": self.index, "identity_seed": self._identity_seed}
        await self._worker.say({"kind": "begin", **begin})
        frame = await self._hear()
        return str(frame["join"])

    async def begin(self, joins: list[str]) -> None:
        """Hand over the joins and the job."""
        await self._at_work().say({"kind": "joins", "joins": joins, "job": self._job})

    async def deliver(self, sender: int, box: str) -> None:
        """To the worker's pipe."""
        await self._at_work().say({"kind": "box", "from": sender, "box": box})

    async def next(self) -> Happening:
        """Carries out effects on the way."""
        while True:
            frame = await self._hear()
            match frame:
                case {"kind": "effect", "effect": "poison", "party": int(party)}:
                    self._on_poison(party)
                    await self._at_work().say({"kind": "ack"})
                case {"kind": "effect", "effect": "release"}:
                    self._on_release()
                    await self._at_work().say({"kind": "ack"})
                case {"kind": "send", "to": int(to), "box": str(box)}:
                    return Happening("box", to=to, box=box)
                case {"kind": "round", "round": int(number), "of": int(of)}:
                    return Happening("round", round=number, of=of)
                case {"kind": "result", "result": dict(result)}:
                    return Happening("result", result=result)

    async def close(self) -> None:
        """End the worker; its secrets go with it."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.end()
            self._pool.warm_up()

    def _at_work(self) -> WorkerProcess:
        if self._worker is None:
            raise Retry("The ceremony is over.", reason="worker_gone")
        return self._worker

    async def _hear(self) -> dict[str, Any]:
        frame = await self._at_work().hear()
        if frame.get("kind") == "abort":
            raise error_from_dict(frame["error"])
        return frame


Call = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
Notify = Callable[[str, dict[str, Any]], Awaitable[None]]


class RemoteSeat:
    """A party on another agent. What it sends arrives through ``feed``, from the link."""

    def __init__(self, index: int, *, call: Call, notify: Notify, extra: dict[str, Any]) -> None:
        self.index = index
        self._call = call
        self._notify = notify
        self._extra = extra
        self._ceremony_id = ""
        self._inbox: asyncio.Queue[Happening | WalletError] = asyncio.Queue()

    async def join(self, invitation: Invitation) -> str:
        """Ask the other agent, which checks everything for itself first."""
        self._ceremony_id = invitation.ceremony_id
        body = {"invitation": invitation.as_dict(), "me": self.index, **self._extra}
        match await self._call("ceremony_join", body):
            case {"join": str(join)}:
                return join
        raise InvalidMessage("The other device did not join.", reason="join")

    async def begin(self, joins: list[str]) -> None:
        """Send all joins."""
        await self._notify("ceremony_begin", {"ceremony_id": self._ceremony_id, "joins": joins})

    async def deliver(self, sender: int, box: str) -> None:
        """Over the link."""
        await self._notify("ceremony_box", {"ceremony_id": self._ceremony_id, "from": sender, "box": box})

    def feed(self, happening: Happening | WalletError) -> None:
        """Something the other agent reported."""
        self._inbox.put_nowait(happening)

    async def next(self) -> Happening:
        """Raises what the other agent reported as its end."""
        item = await self._inbox.get()
        if isinstance(item, WalletError):
            raise item
        return item

    async def close(self) -> None:
        """Tell the other agent; it may know already."""
        with contextlib.suppress(ProtocolAbort):
            await self._notify("ceremony_end", {"ceremony_id": self._ceremony_id})
