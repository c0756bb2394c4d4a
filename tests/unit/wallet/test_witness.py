"""A device that was put back to an older copy, or has two histories, is noticed at the next hello."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from counterfoil.errors import InvalidMessage, LogBroken
from counterfoil.store import log, peers
from counterfoil.store.db import Database
from counterfoil.wallet.witness import hear_hello, log_hello
from tests.adversary.bending import bent, leaves, without
from tests.fakes.two_agent_person import Someone


def said(agent: Any, to: Any) -> dict[str, Any]:
    return log_hello(agent.wallet, to.identity.public)


def meet(someone: Someone) -> None:
    """One link's hellos, both ways, as the real order has them."""
    device, cosigner = someone.pair.both
    hear_hello(cosigner.db, device.identity.public, said(device, cosigner))
    hear_hello(device.db, cosigner.identity.public, said(cosigner, device))


async def test_each_side_remembers_how_far_the_others_log_has_come(someone: Someone) -> None:
    meet(someone)
    device, cosigner = someone.pair.both
    for one, other in ((device, cosigner), (cosigner, device)):
        known = peers.get(one.db, other.identity.public)
        assert (known.head_seq, known.head_hash) == log.head(other.db)
    log.append(device.db, "more", {}, 1)
    meet(someone)
    assert peers.get(cosigner.db, device.identity.public).head_seq == log.head(device.db)[0]


async def test_a_restored_copy_is_noticed_by_the_other_and_by_itself(someone: Someone, tmp_path: Path) -> None:
    device, cosigner = someone.pair.both
    image = device.image(tmp_path / "copy")
    log.append(device.db, "decided", {}, 1)
    meet(someone)
    await device.revive(image)
    with pytest.raises(LogBroken) as caught:
        hear_hello(cosigner.db, device.identity.public, said(device, cosigner))
    assert caught.value.word == "behind"
    with pytest.raises(LogBroken) as caught:
        hear_hello(device.db, cosigner.identity.public, said(cosigner, device))
    assert caught.value.word == "restored"


async def test_a_copy_that_went_on_by_itself_is_noticed(someone: Someone, tmp_path: Path) -> None:
    """As many entries as were seen, or more, but others."""
    device, cosigner = someone.pair.both
    image = device.image(tmp_path / "copy")
    log.append(device.db, "decided", {"a": 1}, 1)
    meet(someone)
    await device.revive(image)
    log.append(device.db, "decided", {"a": 2}, 1)
    with pytest.raises(LogBroken) as caught:
        hear_hello(cosigner.db, device.identity.public, said(device, cosigner))
    assert caught.value.word == "forked"
    log.append(device.db, "decided", {"a": 3}, 1)
    with pytest.raises(LogBroken) as caught:
        hear_hello(device.db, cosigner.identity.public, said(cosigner, device))
    assert caught.value.word == "restored"


async def test_a_hello_altered_in_any_field_is_refused_and_witnesses_nothing(someone: Someone) -> None:
    device, cosigner = someone.pair.both
    meet(someone)
    log.append(device.db, "more", {}, 1)
    honest, before = said(device, cosigner), peers.get(cosigner.db, device.identity.public)
    for path in leaves(honest):
        for change in (bent, without):
            with pytest.raises((InvalidMessage, LogBroken)):
                hear_hello(cosigner.db, device.identity.public, change(honest, path))
    assert peers.get(cosigner.db, device.identity.public) == before
    for nothing in ({}, {"log": 1, "witnessed": 2}, {**honest, "more": 1}):
        with pytest.raises(InvalidMessage):
            hear_hello(cosigner.db, device.identity.public, nothing)


async def test_another_devices_head_is_not_taken(someone: Someone) -> None:
    device, cosigner = someone.pair.both
    with pytest.raises(InvalidMessage):
        hear_hello(cosigner.db, device.identity.public, said(cosigner, device))


def test_an_empty_log_is_a_head_too(tmp_path: Path) -> None:
    db = Database.open(tmp_path / "empty.db")
    assert log.contains(db, 0, log.NO_ENTRY)
    db.close()
