"""Which account a page's call is about, and how its call ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from counterfoil.errors import (
    InputError,
    NotPermitted,
    RateLimited,
    RequestExpired,
    UnknownMethod,
    UnsafeToSign,
    UserRejected,
    WalletError,
)
from counterfoil.store import requests
from counterfoil.types import Origin, RequestState
from counterfoil.wallet import connect, provider
from counterfoil.wallet.end import expire_due, refuse
from counterfoil.wallet.propose import MAX_WAITING_PER_ORIGIN, Caller
from tests.adversary.ceremony.stops import eventually
from tests.fakes.two_agent_person import FRIEND, SITE, TAB, Someone, outcome

STRANGER = Origin("https://stranger.example")


async def asked(someone: Someone, method: str, params: Any = (), origin: Origin = SITE) -> Any:
    params = list(params) if isinstance(params, tuple) else params
    return await provider.answer(someone.wallet, Caller(origin, None, {**TAB}, None), method, params, "{}")


async def test_a_stranger_learns_the_chain_and_nothing_of_the_person(someone: Someone) -> None:
    assert await asked(someone, "eth_chainId", origin=STRANGER) == "0x1"
    assert await asked(someone, "net_version", origin=STRANGER) == "1"
    assert await asked(someone, "eth_accounts", origin=STRANGER) == []
    assert await asked(someone, "eth_coinbase", origin=STRANGER) is None
    assert await asked(someone, "wallet_getPermissions", origin=STRANGER) == []
    for method in ("personal_sign", "eth_sendTransaction", "eth_signTypedData_v4"):
        with pytest.raises(NotPermitted):
            await asked(someone, method, ["0x00", someone.address], STRANGER)
    assert requests.pending(someone.pair.device.db) == []


async def test_a_locked_wallet_says_nothing_to_connected_sites_either(someone: Someone) -> None:
    assert [a.lower() for a in await asked(someone, "eth_accounts")] == [someone.address.lower()]
    someone.wallet.unlocked.lock()
    assert await asked(someone, "eth_accounts") == []


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("personal_sign", ["0x00", FRIEND]),
        ("personal_sign", [FRIEND, "0x00"]),
        ("eth_signTypedData_v4", [FRIEND, "{}"]),
        ("eth_sendTransaction", [{"from": FRIEND, "to": FRIEND}]),
    ],
    ids=str,
)
async def test_an_account_that_the_site_does_not_see_is_refused(someone: Someone, method: str, params: Any) -> None:
    with pytest.raises(NotPermitted):
        await asked(someone, method, params)


@pytest.mark.parametrize(("method", "params"), [("personal_sign", []), ("eth_signTypedData_v4", [{}])], ids=str)
async def test_a_call_that_names_no_account_is_told_so(someone: Someone, method: str, params: Any) -> None:
    with pytest.raises(InputError):
        await asked(someone, method, params)


async def test_the_account_is_found_however_it_is_spelt(someone: Someone) -> None:
    for spelt in (someone.address, someone.address.lower(), "0x" + someone.address[2:].upper()):
        task = asyncio.create_task(asked(someone, "personal_sign", ["0x1234", spelt]))
        assert await eventually(lambda: bool(requests.pending(someone.pair.device.db)))
        (waiting,) = requests.pending(someone.pair.device.db)
        assert waiting.account == someone.address
        refuse(someone.wallet, waiting.id)
        assert isinstance(await outcome(task), UserRejected)


@pytest.mark.parametrize("params", [None, {}, "x", 7, [None], [[]]], ids=str)
@pytest.mark.parametrize("method", ["personal_sign", "eth_sendTransaction", "eth_signTypedData_v4"])
async def test_parameters_of_another_form_end_in_an_error_of_ours(someone: Someone, method: str, params: Any) -> None:
    with pytest.raises(WalletError):
        await asked(someone, method, params)


async def test_eth_sign_and_unknown_methods_are_told_apart(someone: Someone) -> None:
    with pytest.raises(UnsafeToSign):
        await asked(someone, "eth_sign", [someone.address, "0x00"])
    with pytest.raises(UnknownMethod):
        await asked(someone, "eth_madeUp")
    with pytest.raises(InputError):
        await asked(someone, "wallet_requestPermissions", [{"steal": {}}])


async def test_a_page_is_answered_when_its_request_ends_however_it_ends(someone: Someone) -> None:
    task = asyncio.create_task(asked(someone, "personal_sign", ["0x1234", someone.address]))
    assert await eventually(lambda: bool(requests.pending(someone.pair.device.db)))
    (waiting,) = requests.pending(someone.pair.device.db)
    someone.pair.clock.now = waiting.expires_at
    expire_due(someone.wallet)
    with pytest.raises(RequestExpired):
        await asyncio.wait_for(task, 2)


async def test_a_page_is_answered_five_seconds_after_expiry_though_nothing_happens(someone: Someone) -> None:
    request = await someone.ask_to_sign()
    someone.pair.clock.now = request.expires_at + provider.ANSWER_SECONDS_AFTER_EXPIRY
    with pytest.raises(RequestExpired):
        await provider.settle(someone.wallet, request)
    requests.move(someone.pair.device.db, request.id, {RequestState.PROPOSED}, RequestState.APPROVED, now=1)
    requests.move(someone.pair.device.db, request.id, {RequestState.APPROVED}, RequestState.RELEASED, now=1)
    error = await outcome(provider.settle(someone.wallet, request))
    assert error.word == "unfinished_after_release"
    assert "Nothing was signed" not in error.message


async def test_a_site_can_not_flood_the_window(someone: Someone) -> None:
    for number in range(MAX_WAITING_PER_ORIGIN):
        await someone.ask_to_sign(str(number))
    with pytest.raises(RateLimited):
        await someone.ask_to_sign("one more")


async def test_a_revoked_site_sees_and_asks_nothing_any_more(someone: Someone) -> None:
    assert await asked(someone, "wallet_revokePermissions", [{"eth_accounts": {}}]) is None
    assert await asked(someone, "eth_accounts") == []
    with pytest.raises(NotPermitted):
        await asked(someone, "personal_sign", ["0x00", someone.address])
    with pytest.raises(NotPermitted):
        connect.revoke(someone.wallet, SITE)
