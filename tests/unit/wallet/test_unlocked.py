"""The idle lock, and what sites are told of locking."""

from __future__ import annotations

import pytest

from counterfoil.errors import Locked
from counterfoil.wallet.spelling import as_pages_see
from counterfoil.wallet.unlocked import IDLE_SECONDS, Unlocked

EIP55 = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


class Key:
    wiped = False

    def wipe(self) -> None:
        self.wiped = True


class Clock:
    now = 1_000

    def __call__(self) -> int:
        return self.now


def test_is_idle_once_nobody_used_the_key_for_long_and_locking_wipes_it() -> None:
    clock, key = Clock(), Key()
    unlocked = Unlocked(clock)
    assert not unlocked.is_unlocked and not unlocked.is_idle
    unlocked.hold(key)  # type: ignore[arg-type] # the storage key, played
    clock.now += IDLE_SECONDS - 1
    assert unlocked.is_unlocked and unlocked.key() is key
    clock.now += IDLE_SECONDS
    assert unlocked.is_idle and not unlocked.is_unlocked
    with pytest.raises(Locked):
        unlocked.key()
    unlocked.lock()
    assert key.wiped and not unlocked.is_idle


def test_pages_see_evm_addresses_in_lower_case_and_others_as_they_are() -> None:
    assert as_pages_see([EIP55, "So1anaAddressOfSomeone"]) == [EIP55.lower(), "So1anaAddressOfSomeone"]
