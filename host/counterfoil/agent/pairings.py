"""Pairings with other devices that go on now: a code here or there, four words that two people compare."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from counterfoil.devices.pairing import host_pairing, join_pairing, offer_pairing
from counterfoil.devices.pairing_code import PairingCode, parse_pairing_code
from counterfoil.devices.pairing_exchange import Introduction, Paired
from counterfoil.devices.relay_client import RelayClient
from counterfoil.errors import Bug, NotFound, RateLimited, StateConflict, WalletError

MAX_OPEN = 4
WAITING, COMPARE, CONFIRMED, DONE, FAILED = "waiting", "compare", "confirmed", "paired", "failed"
_KEPT_SECONDS = 900


@dataclass(slots=True)
class Pairing:
    """One pairing. ``stage``: waiting, compare (the words are there), confirmed (here, not yet there), paired, failed."""

    id: str
    code: PairingCode
    is_host: bool
    started_at: float
    stage: str = WAITING
    words: tuple[str, ...] = ()
    peer_name: str = ""
    paired: Paired | None = None
    error: WalletError | None = None
    accepts_share: bool = False
    verdict: asyncio.Future[bool] | None = None
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def move(self, stage: str) -> None:
        """Wake whoever waits."""
        self.stage = stage
        self.moved.set()
        self.moved = asyncio.Event()


class Pairings:
    """``keep`` pins the other device once both people have agreed; ``accept_share`` lets it give this one a share."""

    def __init__(
        self,
        me: Callable[[], Introduction],
        keep: Callable[[Paired], Awaitable[None]],
        accept_share: Callable[[bytes], None],
    ) -> None:
        self._me = me
        self._keep = keep
        self._accept_share = accept_share
        self._open: dict[str, Pairing] = {}

    def offer(self, relay_url: str) -> Pairing:
        """Show a code for a device that reaches this relay. Raises RateLimited, InvalidMessage."""
        offer = offer_pairing(self._me(), relay_url, now=int(time.time()))
        pairing = self._begin(offer.code, is_host=True)

        async def run() -> Paired:
            async with RelayClient(relay_url) as relay:
                await relay.ready()
                return await host_pairing(offer, relay, lambda words, name: self._compare(pairing, words, name))

        pairing.task = asyncio.create_task(self._run(pairing, run()))
        return pairing

    def join(self, code: str) -> Pairing:
        """Pair with the device that shows ``code``. Raises InvalidEncoding, RateLimited."""
        pairing = self._begin(parse_pairing_code(code), is_host=False)
        work = join_pairing(pairing.code, self._me(), lambda words, name: self._compare(pairing, words, name))
        pairing.task = asyncio.create_task(self._run(pairing, work))
        return pairing

    def get(self, pairing_id: str) -> Pairing:
        """Raises NotFound."""
        if pairing_id not in self._open:
            raise NotFound("This pairing is over.", remedy="Make a new pairing code.")
        return self._open[pairing_id]

    async def wait(self, pairing_id: str, seen: str, seconds: float) -> Pairing:
        """As it stands once it is no longer at the stage ``seen``, or after ``seconds``."""
        pairing = self.get(pairing_id)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while pairing.stage == seen:
                    await pairing.moved.wait()
        return pairing

    def confirm(self, pairing_id: str, *, same: bool) -> Pairing:
        """The person compared the words. Raises NotFound, StateConflict."""
        pairing = self.get(pairing_id)
        if pairing.verdict is None or pairing.verdict.done():
            raise StateConflict("There is nothing to compare now.", reason="stage")
        pairing.verdict.set_result(same)
        if same:
            pairing.move(CONFIRMED)
        return pairing

    def cancel(self, pairing_id: str) -> None:
        """Give it up; the other side is told."""
        pairing = self._open.pop(pairing_id, None)
        if pairing is not None and pairing.task is not None:
            pairing.task.cancel()

    async def close(self) -> None:
        """End them all."""
        tasks = [pairing.task for pairing in self._open.values() if pairing.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._open.clear()

    def _begin(self, code: PairingCode, *, is_host: bool) -> Pairing:
        now = time.monotonic()
        for old in [p for p in self._open.values() if now - p.started_at > _KEPT_SECONDS or p.stage in {DONE, FAILED}]:
            self.cancel(old.id)
        if len(self._open) >= MAX_OPEN:
            raise RateLimited("Too many pairings at once.", remedy="Finish or cancel the others first.")
        pairing = Pairing(secrets.token_hex(16), code, is_host, now)
        self._open[pairing.id] = pairing
        return pairing

    async def _compare(self, pairing: Pairing, words: tuple[str, ...], name: str) -> bool:
        pairing.words, pairing.peer_name = words, name
        pairing.verdict = asyncio.get_running_loop().create_future()
        pairing.move(COMPARE)
        return await pairing.verdict

    async def _run(self, pairing: Pairing, work: Awaitable[Paired]) -> None:
        try:
            pairing.paired = await work
            await self._keep(pairing.paired)
            if pairing.accepts_share:
                self._accept_share(pairing.paired.identity)
        except WalletError as error:
            pairing.error = error
            pairing.move(FAILED)
        except asyncio.CancelledError:
            raise
        except Exception:
            pairing.error = Bug()
            pairing.move(FAILED)
            raise
        else:
            pairing.move(DONE)
