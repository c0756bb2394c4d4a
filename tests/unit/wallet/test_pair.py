from __future__ import annotations

import asyncio
import hashlib
import os

import pytest

from counterfoil.errors import Cancelled, NotFound, NotPaired, RateLimited, RequestExpired
from counterfoil.store.db import Database
from counterfoil.wallet.pair import LIFETIME_SECONDS, MAX_PENDING, MAX_WRONG_CODES, PairingDesk
from tests.live_agent import EXTENSION


class Clock:
    now = 1_000_000

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def db(tmp_path):
    db = Database.open(tmp_path / "wallet.sqlite3")
    yield db
    db.close()


@pytest.fixture
def desk(clock, db):
    return PairingDesk(db, now=clock, random_bytes=os.urandom)


def begin(desk, name="Laptop"):
    return desk.begin(name=name, browser="Chromium", caller=EXTENSION)


def a_wrong_code(desk):
    shown = {pending.code for pending in desk.waiting()}
    return next(f"{number:06}" for number in range(10) if f"{number:06}" not in shown)


async def test_the_code_that_the_browser_shows_pairs_that_browser(desk, db):
    begin(desk, "Other")
    mine = begin(desk, "Mine")
    assert len(mine.code) == 6 and mine.code.isdecimal()
    profile = desk.confirm(mine.code)
    assert profile.name == "Mine"
    profile_id, token = await desk.await_grant(mine.pairing_id, caller=EXTENSION)
    assert profile_id == profile.id and len(token) == 32
    (row,) = db.all("SELECT * FROM profiles")
    assert hashlib.sha256(token).digest() in list(row) and token not in list(row)
    assert desk.prove(profile_id, token, caller=EXTENSION).id == profile.id


async def test_a_browser_that_already_waits_is_told_as_soon_as_the_code_is_typed(desk):
    mine = begin(desk)
    waiting = asyncio.create_task(desk.await_grant(mine.pairing_id, caller=EXTENSION))
    await asyncio.sleep(0)
    desk.confirm(mine.code)
    assert (await waiting)[0]


async def test_the_proof_can_be_fetched_again_until_it_was_used(desk):
    mine = begin(desk)
    desk.confirm(mine.code)
    first = await desk.await_grant(mine.pairing_id, caller=EXTENSION)
    assert await desk.await_grant(mine.pairing_id, caller=EXTENSION) == first
    desk.prove(*first, caller=EXTENSION)
    with pytest.raises(NotFound):
        await desk.await_grant(mine.pairing_id, caller=EXTENSION)


async def test_another_extension_can_neither_fetch_the_proof_nor_use_it(desk):
    mine = begin(desk)
    desk.confirm(mine.code)
    with pytest.raises(NotFound):
        await desk.await_grant(mine.pairing_id, caller="chrome-extension://other/")
    proof = await desk.await_grant(mine.pairing_id, caller=EXTENSION)
    with pytest.raises(NotPaired):
        desk.prove(*proof, caller="chrome-extension://other/")


async def test_refuses_a_token_that_is_wrong_short_or_of_a_profile_that_is_gone(desk):
    mine = begin(desk)
    profile_id = desk.confirm(mine.code).id
    _, token = await desk.await_grant(mine.pairing_id, caller=EXTENSION)
    for wrong in (bytes(32), token[:31], b"", token + b"\0"):
        with pytest.raises(NotPaired):
            desk.prove(profile_id, wrong, caller=EXTENSION)
    with pytest.raises(NotPaired):
        desk.prove("0" * 32, token, caller=EXTENSION)
    desk.revoke(profile_id)
    with pytest.raises(NotPaired):
        desk.prove(profile_id, token, caller=EXTENSION)
    assert desk.profiles() == []
    with pytest.raises(NotFound):
        desk.revoke("0" * 32)


async def test_a_revoked_profile_can_not_fetch_a_proof_it_left_lying(desk):
    mine = begin(desk)
    desk.revoke(desk.confirm(mine.code).id)
    with pytest.raises(NotFound):
        await desk.await_grant(mine.pairing_id, caller=EXTENSION)


async def test_five_wrong_codes_end_every_pairing_that_waits(desk):
    mine = begin(desk)
    waiting = asyncio.create_task(desk.await_grant(mine.pairing_id, caller=EXTENSION))
    await asyncio.sleep(0)
    for _ in range(MAX_WRONG_CODES):
        with pytest.raises(NotFound):
            desk.confirm(a_wrong_code(desk))
    with pytest.raises(Cancelled):
        await waiting
    with pytest.raises(NotFound):
        desk.confirm(mine.code)
    assert desk.waiting() == []


async def test_beginning_anew_does_not_give_more_guesses(desk):
    begin(desk)
    for _ in range(MAX_WRONG_CODES - 1):
        with pytest.raises(NotFound):
            desk.confirm(a_wrong_code(desk))
    late = begin(desk)
    with pytest.raises(NotFound):
        desk.confirm(a_wrong_code(desk))
    with pytest.raises(NotFound):
        desk.confirm(late.code)


async def test_a_code_is_good_for_ten_minutes_and_not_a_second_more(desk, clock):
    mine = begin(desk)
    clock.now += LIFETIME_SECONDS - 1
    assert desk.waiting() == [mine]
    clock.now += 1
    assert desk.waiting() == []
    with pytest.raises(NotFound):
        desk.confirm(mine.code)
    with pytest.raises(NotFound):
        await desk.await_grant(mine.pairing_id, caller=EXTENSION)


async def test_a_browser_that_waits_is_told_when_time_is_up(desk, clock):
    mine = begin(desk)
    clock.now = mine.expires_at - 0.02
    with pytest.raises(RequestExpired):
        await desk.await_grant(mine.pairing_id, caller=EXTENSION)


async def test_no_more_than_five_wait_and_no_two_show_the_same_code(desk):
    shown = {begin(desk).code for _ in range(MAX_PENDING)}
    assert len(shown) == MAX_PENDING
    with pytest.raises(RateLimited):
        begin(desk)
    desk.confirm(shown.pop())
    begin(desk)


async def test_a_code_serves_once(desk):
    mine = begin(desk)
    desk.confirm(mine.code)
    with pytest.raises(NotFound):
        desk.confirm(mine.code)


async def test_codes_are_uniform_numbers_and_never_the_one_another_browser_shows(clock, db):
    draws = [bytes(16), bytes(4), bytes(16), b"\xff\xff\xff\xff", bytes(4), (7).to_bytes(4, "big")]
    desk = PairingDesk(db, now=clock, random_bytes=lambda _n: draws.pop(0))
    assert begin(desk).code == "000000"
    assert begin(desk).code == "000007", "the draw beyond the last whole million and the taken code are drawn again"


async def test_nothing_prints_the_token(desk):
    mine = begin(desk)
    desk.confirm(mine.code)
    _, token = await desk.await_grant(mine.pairing_id, caller=EXTENSION)
    assert token.hex() not in repr(mine) and str(token) not in repr(mine)
