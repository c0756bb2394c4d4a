"""A device that was put back to an older copy, or has two histories, is noticed and helps nobody until it starts afresh."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from counterfoil.errors import InvalidMessage, LogBroken
from counterfoil.store import log, peers, spending
from counterfoil.store.db import Database
from counterfoil.types import RequestState
from counterfoil.wallet.witness import hear, is_restored, refuse_restored, say, start_afresh
from tests.adversary.bending import bent, leaves, without
from tests.fakes.two_agent_person import Someone, outcome


def said(agent: Any, to: Any) -> dict[str, Any]:
    return say(agent.wallet, to.identity.public)


def meet(someone: Someone) -> None:
    """One link's hellos, both ways, as the real order has them; both are written before either is read."""
    device, cosigner = someone.pair.both
    one, other = said(device, cosigner), said(cosigner, device)
    hear(cosigner.wallet, device.identity.public, one, is_hello=True)
    hear(device.wallet, cosigner.identity.public, other, is_hello=True)


async def restored(someone: Someone, folder: Path) -> None:
    """The co-signer's disk is put back to before the last thing that the device saw of it; then they meet."""
    image = someone.pair.cosigner.image(folder / "copy")
    log.append(someone.pair.cosigner.db, "decided", {}, 1)
    meet(someone)
    await someone.pair.cosigner.revive(image)
    meet(someone)


async def test_each_side_remembers_how_far_the_others_log_has_come(someone: Someone) -> None:
    meet(someone)
    device, cosigner = someone.pair.both
    for one, other in ((device, cosigner), (cosigner, device)):
        known = peers.get(one.db, other.identity.public)
        assert (known.head_seq, known.head_hash) == log.head(other.db)
    log.append(device.db, "more", {}, 1)
    meet(someone)
    assert peers.get(cosigner.db, device.identity.public).head_seq == log.head(device.db)[0]


async def test_every_join_carries_the_heads(someone: Someone) -> None:
    await someone.decide(await someone.ask_to_sign())
    device, cosigner = someone.pair.both
    joins = [crossing.body for crossing in someone.pair.wire.log if crossing.kind == "ceremony_join"]
    answers = [crossing.body for crossing in someone.pair.wire.log if crossing.kind == "ceremony_join/answer"]
    shown = joins[-1]["heads"]["log"]["seq"], answers[-1]["heads"]["log"]["seq"]
    seen = [
        peers.get(one.db, other.identity.public).head_seq for one, other in ((cosigner, device), (device, cosigner))
    ]
    assert tuple(seen) == shown


async def test_a_join_without_the_heads_or_with_an_older_one_is_refused(someone: Someone) -> None:
    device, cosigner = someone.pair.both
    older = said(device, cosigner)
    log.append(device.db, "more", {}, 1)
    meet(someone)
    for heads in (None, {}, older):
        call = cosigner.calls.serve(
            device.identity.public, "ceremony_join", {"invitation": {}, "me": 2, "heads": heads}
        )
        with pytest.raises((InvalidMessage, LogBroken)):
            await call


async def test_a_restored_copy_learns_it_from_the_other_and_says_so(someone: Someone, tmp_path: Path) -> None:
    await restored(someone, tmp_path)
    device, cosigner = someone.pair.both
    assert is_restored(cosigner.wallet)
    assert not is_restored(device.wallet)
    meet(someone)
    assert peers.get(device.db, cosigner.identity.public).restored_at is not None


async def test_a_copy_that_went_on_by_itself_is_noticed(someone: Someone, tmp_path: Path) -> None:
    """As many entries as were seen, and more, but others."""
    device, cosigner = someone.pair.both
    image = cosigner.image(tmp_path / "copy")
    log.append(cosigner.db, "decided", {"a": 1}, 1)
    meet(someone)
    await cosigner.revive(image)
    for number in (2, 3):
        log.append(cosigner.db, "decided", {"a": number}, 1)
    meet(someone)
    assert is_restored(cosigner.wallet)
    refuse_restored(device.wallet, b"\x01" * 32)
    with pytest.raises(LogBroken):
        refuse_restored(cosigner.wallet, device.identity.public)


async def test_nothing_is_signed_with_a_restored_device_and_both_say_what_to_do(
    someone: Someone, tmp_path: Path
) -> None:
    request = await someone.ask_to_send()
    await restored(someone, tmp_path)
    refused = await outcome(someone.decide(request))
    assert (type(refused), refused.word) == (LogBroken, "restored")
    assert "Renew the keys" in refused.remedy
    meet(someone)
    refused = await outcome(someone.decide(request))
    assert (type(refused), refused.word) == (LogBroken, "behind")
    assert someone.pair.node.sent == []


async def test_no_join_gets_past_a_device_that_knows_that_it_was_restored(someone: Someone, tmp_path: Path) -> None:
    request = await someone.ask_to_send()
    step = await someone.approve(request)
    await restored(someone, tmp_path)
    name, response = someone.touch(step)
    ended = (await someone.answer(step, response, name)).request
    assert ended.state is RequestState.FAILED
    assert ended.error["code"] == LogBroken.code


async def test_after_a_fresh_start_both_go_on_and_the_day_counts_as_spent(someone: Someone, tmp_path: Path) -> None:
    await restored(someone, tmp_path)
    meet(someone)
    device, cosigner = someone.pair.both
    start_afresh(cosigner.wallet, (device.identity.public,))
    start_afresh(device.wallet, (cosigner.identity.public,))
    meet(someone)
    assert not is_restored(cosigner.wallet)
    assert peers.get(device.db, cosigner.identity.public).head_seq == log.head(cosigner.db)[0]
    assert spending.is_day_closed(cosigner.db, someone.vault.id, someone.pair.clock())
    assert not spending.is_day_closed(device.db, someone.vault.id, someone.pair.clock())
    assert (await someone.decide(await someone.ask_to_send())).state is RequestState.SENT


async def test_nobody_can_talk_a_device_into_having_been_restored(someone: Someone) -> None:
    """What counts is a head that the device signed itself; another's claim, or one signed by another, is nothing."""
    device, cosigner = someone.pair.both
    honest = said(device, cosigner)
    lie = {"seq": 10**6, "hash": "ab" * 32}
    for signature in (honest["log"]["signature"], "00" * 64, ""):
        with pytest.raises(InvalidMessage):
            hear(cosigner.wallet, device.identity.public, {**honest, "witnessed": {**lie, "signature": signature}})
    assert not is_restored(cosigner.wallet)


async def test_a_hello_altered_in_its_own_head_is_refused_and_witnesses_nothing(someone: Someone) -> None:
    device, cosigner = someone.pair.both
    meet(someone)
    log.append(device.db, "more", {}, 1)
    honest, before = said(device, cosigner), peers.get(cosigner.db, device.identity.public)
    for path in (path for path in leaves(honest) if path[0] == "log"):
        for change in (bent, without):
            with pytest.raises(InvalidMessage):
                hear(cosigner.wallet, device.identity.public, change(honest, path), is_hello=True)
    assert peers.get(cosigner.db, device.identity.public) == before
    for nothing in ({}, {"log": 1, "witnessed": 2}, {**honest, "more": 1}, None):
        with pytest.raises(InvalidMessage):
            hear(cosigner.wallet, device.identity.public, nothing, is_hello=True)


async def test_another_devices_head_is_not_taken(someone: Someone) -> None:
    device, cosigner = someone.pair.both
    with pytest.raises(InvalidMessage):
        hear(cosigner.wallet, device.identity.public, said(cosigner, device), is_hello=True)


def test_an_empty_log_is_a_head_too(tmp_path: Path) -> None:
    db = Database.open(tmp_path / "empty.db")
    assert log.contains(db, 0, log.NO_ENTRY)
    db.close()
