"""The hub of a ceremony: it gathers joins, carries sealed boxes between seats, and ends it for all.

The hub is the agent that asked. It can delay and it can stop; it reads nothing and alters nothing,
for boxes are sealed from party to party and joins are signed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from counterfoil.agent.ceremony.orders import Invitation
from counterfoil.agent.ceremony.seat import Happening, Seat
from counterfoil.errors import Retry, WalletError

Report = Callable[[int, str, int, int], None]
"""(party index, state, round, of)"""

CEREMONY_SECONDS = 60
LAST_WORD_SECONDS = 3


async def hold(
    invitation: Invitation,
    seats: Sequence[Seat],
    report: Report,
    *,
    seconds: float = CEREMONY_SECONDS,
    is_released: Callable[[], bool] = lambda: False,
    mine: int | None = None,
) -> dict[int, dict[str, Any]]:
    """Run one ceremony to its end at every seat.

    In:     ``is_released``: a signature may come to exist from now on. Then the result of seat ``mine`` is enough,
            and it gets a moment to come though another party failed or fell silent: a signature that can be
            finished must not get lost, for its nonce stays held.
    Out:    the result of each seat, by party number; with ``mine``, of that one at least
    Raises: the first abort; every other seat is closed before it is raised. Retry after ``seconds``
    """
    by_index = {seat.index: seat for seat in seats}
    tasks: dict[int, asyncio.Task[dict[str, Any]]] = {}
    try:
        async with asyncio.timeout(seconds):
            joins = await asyncio.gather(*(_join(seat, invitation, report) for seat in seats))
            ordered = [join for _, join in sorted(zip((seat.index for seat in seats), joins, strict=True))]
            await asyncio.gather(*(seat.begin(ordered) for seat in seats))
            tasks = {seat.index: asyncio.create_task(_run(seat, by_index, report)) for seat in seats}
            errors = await _until_one_fails(tasks.values(), tasks.get(mine or 0))
        if mine is not None and is_released():
            await asyncio.wait(tasks.values(), timeout=LAST_WORD_SECONDS)
            errors = [] if _has_result(tasks[mine]) else errors
        if errors:
            raise _first(errors)
        return {index: task.result() for index, task in tasks.items() if _has_result(task)}
    except TimeoutError:
        raise Retry(reason="ceremony_timeout") from None
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        await asyncio.shield(asyncio.gather(*(seat.close() for seat in seats), return_exceptions=True))


async def _until_one_fails(
    tasks: Iterable[asyncio.Task[dict[str, Any]]], enough: asyncio.Task[dict[str, Any]] | None
) -> list[BaseException]:
    """Until all have their results, or ``enough`` has, or one failed: what failed."""
    running = set(tasks)
    while running:
        done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        errors = [error for task in done if (error := task.exception()) is not None]
        if errors or enough in done:
            return errors
    return []


def _has_result(task: asyncio.Task[dict[str, Any]]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None


async def _join(seat: Seat, invitation: Invitation, report: Report) -> str:
    report(seat.index, "waiting", 0, 0)
    try:
        join = await seat.join(invitation)
    except WalletError:
        report(seat.index, "failed", 0, 0)
        raise
    report(seat.index, "joined", 0, 0)
    return join


async def _run(seat: Seat, others: Mapping[int, Seat], report: Report) -> dict[str, Any]:
    while True:
        happening = await seat.next()
        if happening.kind == "box":
            await _carry(seat.index, happening, others)
        elif happening.kind == "round":
            report(seat.index, "working", happening.round, happening.of)
        elif happening.kind == "result":
            report(seat.index, "done", 0, 0)
            return happening.result


async def _carry(sender: int, happening: Happening, seats: Mapping[int, Seat]) -> None:
    seat = seats.get(happening.to)
    if seat is not None and seat.index != sender:
        await seat.deliver(sender, happening.box)


def _first(errors: Sequence[BaseException]) -> BaseException:
    """The abort that names most: a Ban before a Retry, anything of ours before anything else."""
    ours = [error for error in errors if isinstance(error, WalletError)]
    named = [error for error in ours if not isinstance(error, Retry)]
    return [*named, *ours, *errors][0]
