"""Batches of calls on a vault account: one transaction after the other, each approved.   EIP-5792"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from counterfoil.errors import (
    BatchRefused,
    InputError,
    NotPermitted,
    RateLimited,
    UnsafeToSign,
    UserRejected,
    WalletError,
)
from counterfoil.store import call_batches, requests
from counterfoil.store.requests import Request
from counterfoil.types import Caip2, Origin, RequestState
from counterfoil.wallet import provider
from counterfoil.wallet.end import refuse
from counterfoil.wallet.propose import MAX_WAITING_PER_ORIGIN, Caller
from counterfoil.wallet.running_batches import RunningBatches
from tests.adversary.ceremony.stops import eventually
from tests.fakes.two_agent_person import FRIEND, SITE, TAB, Someone, outcome

OTHER_SITE = Origin("https://other.example")
NODE = "https://node.example"


@pytest.fixture
def world(someone: Someone) -> Someone:
    """A network with a node, whose receipts the test writes."""
    someone.wallet.networks.use_node(Caip2("eip155:1"), NODE)
    someone.receipts = {}  # type: ignore[attr-defined]

    async def passthrough(_chain: Any, method: str, params: list[Any]) -> Any:
        assert method == "eth_getTransactionReceipt"
        return someone.receipts.get(params[0])  # type: ignore[attr-defined]

    someone.pair.node.passthrough = passthrough  # type: ignore[assignment, method-assign]
    return someone


def batch(*values: int, **patch: Any) -> dict[str, Any]:
    calls = [{"to": FRIEND, "value": hex(value)} for value in values]
    return {"version": "2.0.0", "chainId": "0x1", "atomicRequired": False, "calls": calls, **patch}


async def asked(someone: Someone, method: str, *params: Any, key: str | None = None, origin: Origin = SITE) -> Any:
    caller = Caller(origin, None, {**TAB}, key)
    return await provider.answer(someone.wallet, caller, method, list(params), "{}")


async def status(someone: Someone, batch_id: str) -> dict[str, Any]:
    return await asked(someone, "wallet_getCallsStatus", batch_id)


async def shown(someone: Someone, number: int) -> Request:
    """The ``number``-th transaction of the batch, once it waits in the window."""
    db = someone.pair.device.db
    assert await eventually(lambda: len([r for r in requests.listed(db) if r.kind == "transaction"]) == number)
    (waiting,) = requests.pending(db)
    return waiting


def mined(someone: Someone, request: Request, ok: bool = True) -> None:
    sent = requests.get(someone.pair.device.db, request.id)
    someone.receipts[sent.transaction_id] = {  # type: ignore[attr-defined]
        "status": "0x1" if ok else "0x0", "blockHash": "0xb", "blockNumber": "0x1", "gasUsed": "0x5208",
        "transactionHash": sent.transaction_id, "from": "0x", "logs": [{"address": "0xa", "data": "0x", "topics": [], "logIndex": "0x0"}],
    }  # fmt: skip


async def test_calls_are_shown_approved_and_sent_one_after_the_other(world: Someone) -> None:
    task = asyncio.create_task(asked(world, "wallet_sendCalls", batch(10**18, 2 * 10**18)))
    first = await shown(world, 1)
    (place,) = [f for f in first.summary["findings"] if f["code"] == "call_of_batch"]
    assert "1 of 2" in place["sentence"]
    assert "1. Send 1 ETH" in place["why"] and "2. Send 2 ETH" in place["why"]
    assert not task.done()
    await world.decide(first)
    batch_id = (await task)["id"]
    second = await shown(world, 2)
    found = await status(world, batch_id)
    assert (found["status"], found["atomic"], found["chainId"], found["id"]) == (100, False, "0x1", batch_id)
    await world.decide(second)
    nonces = [(requests.get(world.pair.device.db, r.id).slots or [""])[0] for r in (first, second)]
    assert nonces == ["nonce:0", "nonce:1"]
    assert len(world.pair.node.sent) == 2
    mined(world, first)
    assert (await status(world, batch_id))["status"] == 100
    mined(world, second)
    done = await status(world, batch_id)
    assert done["status"] == 200
    assert [set(receipt) for receipt in done["receipts"]] == [
        {"logs", "status", "blockHash", "blockNumber", "gasUsed", "transactionHash"}
    ] * 2
    assert set(done["receipts"][0]["logs"][0]) == {"address", "data", "topics"}
    assert await asked(world, "wallet_showCallsStatus", batch_id) is None


async def test_refusing_the_first_is_4001_and_nothing_is_sent(world: Someone) -> None:
    task = asyncio.create_task(asked(world, "wallet_sendCalls", batch(1, 2, id="mine")))
    refuse(world.wallet, (await shown(world, 1)).id)
    assert isinstance(await outcome(task), UserRejected)
    assert world.pair.node.sent == []
    assert isinstance(await outcome(status(world, "mine")), BatchRefused)
    again = asyncio.create_task(asked(world, "wallet_sendCalls", batch(1, 2, id="mine")))
    refuse(world.wallet, (await shown(world, 2)).id)
    assert isinstance(await outcome(again), UserRejected), "its id was free again"


async def sent_first(world: Someone, **patch: Any) -> tuple[str, Request]:
    task = asyncio.create_task(asked(world, "wallet_sendCalls", batch(1, 2, **patch)))
    first = await shown(world, 1)
    await world.decide(first)
    return (await task)["id"], first


async def test_refusing_the_second_leaves_the_first_and_says_so(world: Someone) -> None:
    batch_id, first = await sent_first(world)
    refuse(world.wallet, (await shown(world, 2)).id)
    assert await eventually(lambda: not world.wallet.batches._all)
    mined(world, first)
    assert (await status(world, batch_id))["status"] == 600


@pytest.mark.parametrize(("good", "expected"), [((False, False), 500), ((True, False), 600)])
async def test_what_the_chain_undid_is_told(world: Someone, good: tuple[bool, bool], expected: int) -> None:
    batch_id, first = await sent_first(world)
    second = await shown(world, 2)
    await world.decide(second)
    for request, ok in zip((first, second), good, strict=True):
        mined(world, request, ok)
    assert await eventually(lambda: not world.wallet.batches._all)
    assert (await status(world, batch_id))["status"] == expected


async def test_a_batch_that_can_not_happen_any_more_is_400(world: Someone) -> None:
    batch_id, first = await sent_first(world)
    refuse(world.wallet, (await shown(world, 2)).id)
    assert await eventually(lambda: not world.wallet.batches._all)
    requests.move(world.pair.device.db, first.id, {RequestState.SENT}, RequestState.DEAD, now=1)
    assert (await status(world, batch_id))["status"] == 400


async def test_a_restarted_agent_goes_on_with_the_batch_when_the_page_asks_again(world: Someone) -> None:
    """The batch is on record with its first request; only the task is gone."""
    db, wish = world.pair.device.db, batch(1, 2)
    task = asyncio.create_task(asked(world, "wallet_sendCalls", wish, key="k"))
    first = await shown(world, 1)
    kept = call_batches.find_by_client_key(db, "k")
    assert kept is not None
    running = world.wallet.batches
    world.wallet.batches = RunningBatches()
    again = asyncio.create_task(asked(world, "wallet_sendCalls", wish, key="k"))
    await asyncio.sleep(0)
    assert len(requests.pending(db)) == 1, "no second request for the same call"
    await world.decide(first)
    assert (await again)["id"] == kept.batch_id == (await task)["id"]
    assert await eventually(lambda: len(requests.pending(db)) == 1), "one second call, not two"
    refuse(world.wallet, requests.pending(db)[0].id)
    await eventually(lambda: not running._all and not world.wallet.batches._all)


async def test_a_page_that_goes_away_ends_its_batch(world: Someone) -> None:
    batch_id, first = await sent_first(world)
    second = await shown(world, 2)
    world.wallet.batches.end_page(TAB["tab_id"], TAB["document_id"])
    refuse(world.wallet, second.id)
    assert await eventually(lambda: not world.wallet.batches._all)
    mined(world, first)
    assert (await status(world, batch_id))["status"] == 600


async def test_a_mistake_of_ours_still_answers(world: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_of: Any) -> None:
        raise RuntimeError("ours")

    world.pair.node.facts = broken  # type: ignore[assignment, method-assign]
    error = await outcome(asyncio.wait_for(asked(world, "wallet_sendCalls", batch(1)), 5))
    assert isinstance(error, WalletError) and error.code == 9000


@pytest.mark.parametrize(
    ("patch", "reason"),
    [({"atomicRequired": True}, "not_atomic"), ({"chainId": "0x53a"}, "chain"), ({"chainId": "0x89"}, "chain")],
)
async def test_what_a_vault_account_can_not_do_opens_no_window(
    world: Someone, patch: dict[str, Any], reason: str
) -> None:
    error = await outcome(asked(world, "wallet_sendCalls", batch(1, 2, **patch)))
    assert isinstance(error, BatchRefused) and error.word == reason
    assert requests.pending(world.pair.device.db) == []


async def test_ids_are_the_sites_own_and_used_once(world: Someone) -> None:
    await world.connect(OTHER_SITE)
    await sent_first(world, id="mine")
    refuse(world.wallet, (await shown(world, 2)).id)
    error = await outcome(asked(world, "wallet_sendCalls", batch(1, id="mine")))
    assert isinstance(error, BatchRefused) and error.word == "duplicate_id"
    for origin, batch_id in ((OTHER_SITE, "mine"), (SITE, "other")):
        for method in ("wallet_getCallsStatus", "wallet_showCallsStatus"):
            error = await outcome(asked(world, method, batch_id, origin=origin))
            assert isinstance(error, BatchRefused) and error.word == "unknown_id"


async def test_one_call_that_can_not_be_read_or_is_never_signed_refuses_all(world: Someone) -> None:
    good = {"to": FRIEND, "value": "0x1"}
    with pytest.raises(InputError):
        await asked(world, "wallet_sendCalls", batch(calls=[good, {"to": "0x12"}]))
    hash_approval = {"to": FRIEND, "data": "0xd4d9bdcd" + "00" * 32}
    with pytest.raises(UnsafeToSign):
        await asked(world, "wallet_sendCalls", batch(calls=[good, hash_approval]))
    assert requests.pending(world.pair.device.db) == []


async def test_another_account_or_a_stranger_is_refused(world: Someone) -> None:
    with pytest.raises(NotPermitted):
        await asked(world, "wallet_sendCalls", batch(1, **{"from": FRIEND}))
    for method, params in (
        ("wallet_sendCalls", batch(1)),
        ("wallet_getCallsStatus", "x"),
        ("wallet_getCapabilities", FRIEND),
    ):
        with pytest.raises(NotPermitted):
            await asked(world, method, params, origin=OTHER_SITE)


async def test_a_site_can_not_flood_the_window_with_batches(world: Someone) -> None:
    for number in range(MAX_WAITING_PER_ORIGIN):
        await world.ask_to_sign(str(number))
    with pytest.raises(RateLimited):
        await asked(world, "wallet_sendCalls", batch(1, 2))
    assert not world.wallet.batches._all


async def test_capabilities_are_those_of_the_account_where_it_can_act(world: Someone) -> None:
    here = {"0x1": {"atomic": {"status": "unsupported"}}}
    found = await asked(world, "wallet_getCapabilities", world.address)
    assert found.items() >= here.items() and "0x89" not in found
    assert await asked(world, "wallet_getCapabilities", world.address.lower(), ["0x1", "0x89", "0x53a"]) == here
    with pytest.raises(NotPermitted):
        await asked(world, "wallet_getCapabilities", FRIEND)
