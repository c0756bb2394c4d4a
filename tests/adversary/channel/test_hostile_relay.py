"""Whatever the relay does, calls are served at most once, as they were made, or end in a clean error; then the link recovers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from counterfoil.errors import PartyUnavailable, Retry
from tests.adversary.channel.hostile_relay import HostileMailboxes, Tamper, honest
from tests.unit.devices.scene import linked

CALLS = 6
WAIT = 0.15


async def use(relay: HostileMailboxes, tamper: Tamper, *, harmless: bool) -> None:
    async with linked(relay) as (ann, ann_link, ben, ben_link):
        relay.tamper = tamper
        ended = 0
        for number in range(CALLS):
            for link in (ann_link, ben_link):
                try:
                    assert await link.call("x", {"n": number}, 10 if harmless else WAIT) == {"echo": {"n": number}}
                    ended += 1
                except (PartyUnavailable, Retry):
                    assert not harmless
        assert ended == 2 * CALLS or not harmless
        relay.tamper = honest
        for side, link in ((ben, ann_link), (ann, ben_link)):
            await use_until_it_works(link)
            numbers = [body["n"] for kind, body in side.served if kind == "x"]
            assert len(set(numbers)) == len(numbers), "a call was served twice"
            assert set(numbers) <= set(range(CALLS))


async def use_until_it_works(link) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                assert await link.call("after", {}, 2) == {"echo": {}}
                return
            except (PartyUnavailable, Retry):
                continue


async def test_replayed_boxes_change_nothing():
    def twice(mailbox, box):
        return [(mailbox, box), (mailbox, box)]

    await use(HostileMailboxes(), twice, harmless=True)


async def test_the_whole_past_replayed_changes_nothing():
    relay = HostileMailboxes()

    def again(mailbox, box):
        return [(mailbox, box), *relay.record[-60:]]

    await use(relay, again, harmless=True)


async def test_reflected_boxes_change_nothing():
    relay = HostileMailboxes()

    def everywhere_but_there(mailbox, box) -> Iterable[tuple[bytes, bytes]]:
        yield mailbox, box
        for other in relay.known[-8:]:
            if other != mailbox:
                yield other, box

    await use(relay, everywhere_but_there, harmless=True)


async def test_injected_boxes_change_nothing():
    relay = HostileMailboxes()

    def with_junk(mailbox, box) -> Iterable[tuple[bytes, bytes]]:
        for other in relay.known[-8:]:
            yield other, b""
            yield other, b"\x01" + bytes(60)
            yield other, bytes(32) + bytes(range(200))
        yield mailbox, box

    await use(relay, with_junk, harmless=True)


async def test_altered_copies_change_nothing():
    def with_altered(mailbox, box) -> Iterable[tuple[bytes, bytes]]:
        for place in range(0, len(box), max(1, len(box) // 9)):
            yield mailbox, box[:place] + bytes([box[place] ^ 0x40]) + box[place + 1 :]
        yield mailbox, box
        yield mailbox, box[:-1]

    await use(HostileMailboxes(), with_altered, harmless=True)


@pytest.mark.parametrize("every", [2, 3])
async def test_dropped_boxes_end_calls_cleanly(every):
    count = 0

    def lossy(mailbox, box):
        nonlocal count
        count += 1
        return [] if count % every == 0 else [(mailbox, box)]

    await use(HostileMailboxes(), lossy, harmless=False)


async def test_altered_boxes_end_calls_cleanly():
    count = 0

    def alter(mailbox, box):
        nonlocal count
        count += 1
        return [(mailbox, box[:-1] + bytes([box[-1] ^ 1]) if count % 3 == 0 else box)]

    await use(HostileMailboxes(), alter, harmless=False)


async def test_reordered_boxes_end_calls_cleanly():
    held: dict[bytes, bytes] = {}

    def swap(mailbox, box):
        if mailbox in held:
            return [(mailbox, box), (mailbox, held.pop(mailbox))]
        held[mailbox] = box
        return []

    await use(HostileMailboxes(), swap, harmless=False)


async def test_swapped_mailboxes_end_calls_cleanly():
    relay = HostileMailboxes()

    def swap(mailbox, box):
        last = relay.known[-2:]
        return [(last[1 - last.index(mailbox)] if mailbox in last and len(last) == 2 else mailbox, box)]

    await use(relay, swap, harmless=False)


async def test_a_relay_sees_neither_names_nor_keys_nor_contents():
    relay = HostileMailboxes()
    async with linked(relay) as (_, ann_link, _, _):
        await ann_link.call("plainly_visible", {"words": "plainly visible"})
    seen = b"".join(mailbox + box for mailbox, box in relay.record)
    assert b"plainly" not in seen
    from tests.unit.devices.scene import SECRET, identity

    for secret in (SECRET, identity("ann").public, identity("ben").public):
        assert secret not in seen


async def test_no_two_boxes_are_ever_the_same():
    relay = HostileMailboxes()
    for _ in range(2):
        async with linked(relay) as (_, ann_link, _, _):
            for _ in range(3):
                await ann_link.call("same", {})
    boxes = [box for _, box in relay.record]
    assert len(set(boxes)) == len(boxes)
