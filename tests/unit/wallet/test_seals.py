from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from counterfoil.crypto.hpke_seal import seal
from counterfoil.errors import InvalidMessage, Locked, NotFound, NotPermitted, WrongPassphrase
from counterfoil.store import key_slots
from counterfoil.wallet.unlock import MAX_SEALS, SEAL_INFO, SEAL_SECONDS, Seals, Way, add_slots, lock, unlock
from counterfoil.wallet.unlocked import IDLE_SECONDS
from tests.fakes.two_agent_person import Someone
from tests.fakes.two_agents import CREDENTIAL, PRF, Clock


@dataclass
class Holder:
    """As much of a wallet as seals need."""

    now: Clock
    rng = staticmethod(os.urandom)


@pytest.fixture
def wallet() -> Holder:
    return Holder(Clock())


def sealed(session_id: str, key: bytes, secret: bytes = b"secret", info: bytes = SEAL_INFO) -> bytes:
    return seal(key, secret, info=info, aad=session_id.encode())


def test_one_key_opens_one_box_once(wallet: Holder) -> None:
    seals = Seals()
    session_id, key = seals.new(wallet)  # type: ignore[arg-type]
    box = sealed(session_id, key)
    assert bytes(seals.open(wallet, session_id, box)) == b"secret"  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        seals.open(wallet, session_id, box)  # type: ignore[arg-type]


def test_a_box_that_does_not_open_costs_its_key(wallet: Holder) -> None:
    seals = Seals()
    session_id, key = seals.new(wallet)  # type: ignore[arg-type]
    with pytest.raises(InvalidMessage):
        seals.open(wallet, session_id, b"garbage")  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        seals.open(wallet, session_id, sealed(session_id, key))  # type: ignore[arg-type]


def test_a_box_for_another_session_or_purpose_does_not_open(wallet: Holder) -> None:
    for bad_id, info in (("00" * 16, SEAL_INFO), (None, b"counterfoil/seal/2")):
        seals = Seals()
        session_id, key = seals.new(wallet)  # type: ignore[arg-type]
        with pytest.raises(InvalidMessage):
            seals.open(wallet, session_id, sealed(bad_id or session_id, key, info=info))  # type: ignore[arg-type]


def test_a_key_lives_five_minutes(wallet: Holder) -> None:
    seals = Seals()
    session_id, key = seals.new(wallet)  # type: ignore[arg-type]
    wallet.now.now += SEAL_SECONDS
    with pytest.raises(NotFound):
        seals.open(wallet, session_id, sealed(session_id, key))  # type: ignore[arg-type]


def test_only_so_many_keys_wait_and_the_oldest_goes_first(wallet: Holder) -> None:
    seals = Seals()
    given = [seals.new(wallet) for _ in range(MAX_SEALS + 1)]  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        seals.open(wallet, given[0][0], sealed(*given[0]))  # type: ignore[arg-type]
    assert bytes(seals.open(wallet, given[-1][0], sealed(*given[-1]))) == b"secret"  # type: ignore[arg-type]


async def test_the_right_output_opens_and_a_wrong_one_does_not_and_both_are_wiped(someone: Someone) -> None:
    lock(someone.wallet)
    wrong, right = bytearray(b"\x08" * 32), bytearray(PRF)
    with pytest.raises(WrongPassphrase):
        await unlock(someone.wallet, Way("prf", CREDENTIAL, wrong))
    with pytest.raises(Locked):
        someone.wallet.unlocked.key()
    await unlock(someone.wallet, Way("prf", CREDENTIAL, right))
    assert someone.wallet.unlocked.is_unlocked
    assert bytes(wrong) == bytes(right) == bytes(32)


async def test_a_passkeys_output_comes_with_its_name_and_its_length(someone: Someone) -> None:
    own = someone.home.credentials[0].id
    for way in (Way("prf", None, bytearray(32)), Way("prf", own, bytearray(31)), Way("face", own, bytearray(32))):
        with pytest.raises((InvalidMessage, NotPermitted)):
            await add_slots(someone.wallet, [way])
    with pytest.raises(InvalidMessage):
        await add_slots(someone.wallet, [])
    assert len(key_slots.slots(someone.pair.device.db)) == 1


async def test_a_locked_wallet_takes_no_new_way_in(someone: Someone, tmp_path: Path) -> None:
    lock(someone.wallet)
    with pytest.raises(Locked):
        await add_slots(someone.wallet, [Way("prf", someone.home.credentials[0].id, bytearray(32))])


async def test_an_idle_wallet_signs_nothing_until_it_is_opened_again(someone: Someone) -> None:
    request = await someone.ask_to_sign()
    someone.pair.clock.now += IDLE_SECONDS
    with pytest.raises(Locked):
        someone.wallet.unlocked.key()
    assert request.expires_at < someone.pair.clock.now
    request = await someone.ask_to_sign()
    with pytest.raises(Locked):
        await someone.approve(request)
