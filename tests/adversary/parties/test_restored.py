"""A snapshot of one device's disk is put back: refused everywhere, until the shares are made anew and all is known again."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.errors import AssertionRefused, InvalidMessage, LogBroken, StateConflict
from counterfoil.store import spending, vaults
from counterfoil.store.records import sign_record
from counterfoil.types import Origin, RequestState
from counterfoil.wallet.record_heads import record_heads
from counterfoil.wallet.record_wire import parse_record, record_as_dict
from counterfoil.wallet.resync import resync
from counterfoil.wallet.witness import hear, is_restored, say
from tests.fakes.reshare_person import Resharer
from tests.fakes.two_agent_person import Someone, outcome
from tests.fakes.two_agents import Crossing

NEW = Origin("https://later.example")


@pytest.fixture
async def resharer(someone: Someone) -> AsyncIterator[Resharer]:
    found = Resharer(someone)
    yield found
    await found.close()


def meet(someone: Someone) -> None:
    device, cosigner = someone.pair.both
    one, other = (
        say(device.wallet, cosigner.identity.public),
        say(cosigner.wallet, device.identity.public),
    )
    hear(cosigner.wallet, device.identity.public, one, is_hello=True)
    hear(device.wallet, cosigner.identity.public, other, is_hello=True)


async def put_back(someone: Someone, folder: Path) -> None:
    """The second party is put back to before a site's passkey was enrolled; both have met since, and meet again."""
    image = someone.pair.cosigner.image(folder / "copy")
    await someone.connect(NEW)
    meet(someone)
    await someone.pair.cosigner.revive(image)
    for _ in range(2):
        meet(someone)
    assert is_restored(someone.pair.cosigner.wallet)


async def learn(someone: Someone) -> int:
    """The restored device asks the others."""
    wallet = someone.pair.cosigner.wallet
    return await resync(wallet, vaults.get(wallet.db, someone.vault.id))


def heads(someone: Someone) -> list[Any]:
    return [record_heads(agent.db, someone.vault.id) for agent in someone.pair.both]


async def test_after_new_shares_a_restored_device_helps_again(resharer: Resharer, tmp_path: Path) -> None:
    someone = resharer.someone
    await put_back(someone, tmp_path)
    refused = await outcome(someone.decide(await someone.ask_to_send()))
    assert isinstance(refused, LogBroken)
    await learn(someone)
    assert heads(someone)[0] == heads(someone)[1]
    await resharer.change(resharer.refresh())
    meet(someone)
    assert not is_restored(someone.pair.cosigner.wallet)
    assert spending.is_day_closed(someone.pair.cosigner.db, someone.vault.id, someone.pair.clock())
    assert (await someone.decide(await someone.ask_to_send())).state is RequestState.SENT


async def test_no_shares_are_made_while_it_does_not_know_what_the_others_know(
    resharer: Resharer, tmp_path: Path
) -> None:
    await put_back(resharer.someone, tmp_path)
    with pytest.raises(StateConflict) as caught:
        await resharer.change(resharer.refresh())
    assert caught.value.word == "records"


async def test_a_device_that_is_whole_learns_nothing_this_way(someone: Someone) -> None:
    assert await learn(someone) == 0
    assert "records_get" not in someone.pair.wire.kinds()


@pytest.mark.parametrize("lie", ["another key", "another version", "no approval"])
async def test_a_peer_can_not_slip_a_record_in_on_the_way_back(someone: Someone, tmp_path: Path, lie: str) -> None:
    await put_back(someone, tmp_path)

    async def hook(crossing: Crossing) -> dict[str, Any] | None:
        if crossing.kind != "records_get/answer":
            return None
        record = parse_record(crossing.body["records"][0])
        if lie == "another key":
            record = dataclasses.replace(record, body={**record.body, "name": "forged"})
        elif lie == "another version":
            record = dataclasses.replace(record, version=record.version + 1)
        else:
            record = dataclasses.replace(record, evidence=None)
        signed = someone.wallet.identity.sign
        again = sign_record(record, lambda message: signed("counterfoil/record-signature/1", message))
        return {"records": [record_as_dict(again)]}

    someone.pair.wire.hook = hook
    before = heads(someone)[1]
    with pytest.raises((AssertionRefused, InvalidMessage)):
        await learn(someone)
    assert heads(someone)[1] == before
