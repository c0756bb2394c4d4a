"""``eth_subscribe``: to the very page, while it is there, and no node is asked for nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from counterfoil.errors import InputError, NodeUnreachable, RateLimited, UnknownMethod
from counterfoil.types import Caip2, Origin
from counterfoil.wallet import connect, provider, subscribe
from counterfoil.wallet.propose import Caller
from counterfoil.wallet.put_on_chain import put_on_chain
from counterfoil.wallet.subscriptions import MOST_OF_A_PAGE, UNHEARD_SECONDS
from tests.adversary.ceremony.stops import eventually
from tests.fakes.two_agent_person import FRIEND, SITE, TAB, Someone

ETHEREUM = Caip2("eip155:1")
PAGE = TAB["document_id"]
OTHER_PAGE = "E" * 32
TOPIC = "0x" + "ab" * 32


class Chain:
    """A chain that grows when a test says so; ``asked`` counts what its node was asked."""

    def __init__(self) -> None:
        self.height, self.fork, self.asked = 100, "a", 0
        self.spans: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.too_much = False

    async def passthrough(self, _chain: Any, method: str, params: list[Any]) -> Any:
        self.asked += 1
        if self.error is not None:
            raise self.error
        if method == "eth_getLogs" and self.too_much:
            raise NodeUnreachable
        if method == "eth_getLogs":
            self.spans.append(params[0])
            return [{"blockNumber": params[0]["fromBlock"]}]
        number = self.height if params[0] == "latest" else int(params[0], 16)
        return {"number": hex(number), "hash": f"{self.fork}{number}", "transactions": ["0x1"], "size": "0x1"}


@pytest.fixture
def chain(someone: Someone, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chain]:
    chain = Chain()
    for name in ("NEAR_SECONDS", "FAR_SECONDS", "TROUBLE_SECONDS"):
        monkeypatch.setattr(subscribe, name, 0.01)
    someone.pair.node.passthrough = chain.passthrough  # type: ignore[assignment, method-assign]
    someone.told = []  # type: ignore[attr-defined]
    someone.listening = True  # type: ignore[attr-defined]
    someone.wallet.events.message = lambda *told: someone.told.append(told)  # type: ignore[attr-defined]
    someone.wallet.events.hears = lambda _profile: someone.listening  # type: ignore[attr-defined]
    yield chain
    assert someone.pair.device.wallet.subscriptions.followed == frozenset(), "a test ends what it began"


async def asked(someone: Someone, method: str, *params: Any, page: str = PAGE, origin: Origin = SITE) -> Any:
    caller = Caller(origin, None, {**TAB, "document_id": page}, None)
    return await provider.answer(someone.wallet, caller, method, list(params), "{}")


async def ended(someone: Someone, *subscriptions: str) -> None:
    for one in subscriptions:
        assert await asked(someone, "eth_unsubscribe", one)
    assert await eventually(lambda: not someone.wallet.subscriptions.followed)


async def test_new_heads_reach_the_very_page_each_once_in_order(someone: Someone, chain: Chain) -> None:
    subscription = await asked(someone, "eth_subscribe", "newHeads")
    chain.height = 103
    assert await eventually(lambda: len(someone.told) == 3)
    assert {told[:2] for told in someone.told} == {(SITE, PAGE)}
    sent = [told[2]["data"] for told in someone.told]
    assert [one["result"]["number"] for one in sent] == ["0x65", "0x66", "0x67"]
    assert {one["subscription"] for one in sent} == {subscription}
    assert all(told[2]["type"] == "eth_subscription" for told in someone.told)
    assert "transactions" not in sent[0]["result"]
    await ended(someone, subscription)


async def test_another_block_at_the_same_height_is_news(someone: Someone, chain: Chain) -> None:
    subscription = await asked(someone, "eth_subscribe", "newHeads")
    chain.height = 101
    assert await eventually(lambda: len(someone.told) == 1)
    chain.fork = "b"
    assert await eventually(lambda: len(someone.told) == 2)
    assert [told[2]["data"]["result"]["hash"] for told in someone.told] == ["a101", "b101"]
    await ended(someone, subscription)


async def test_logs_are_asked_for_by_address_and_topic_from_the_next_block_on(someone: Someone, chain: Chain) -> None:
    wanted = {"address": FRIEND, "topics": [TOPIC, None, [TOPIC, TOPIC]]}
    subscription = await asked(someone, "eth_subscribe", "logs", {**wanted, "fromBlock": "0x0"})
    chain.height = 105
    assert await eventually(lambda: len(someone.told) == 1)
    assert chain.spans == [{**wanted, "fromBlock": "0x65", "toBlock": "0x69"}]
    await ended(someone, subscription)


async def test_a_filter_that_the_node_can_not_answer_stops_nobody_else(someone: Someone, chain: Chain) -> None:
    logs = await asked(someone, "eth_subscribe", "logs")
    heads = await asked(someone, "eth_subscribe", "newHeads", page=OTHER_PAGE)
    chain.too_much, chain.height = True, 101
    assert await eventually(lambda: len(someone.told) == 1)
    chain.height = 102
    assert await eventually(lambda: len(someone.told) == 2)
    assert {told[1] for told in someone.told} == {OTHER_PAGE} and chain.spans == []
    chain.too_much, chain.height = False, 103
    assert await eventually(lambda: len(someone.told) == 4)
    assert (chain.spans[0]["fromBlock"], chain.spans[0]["toBlock"]) == ("0x65", "0x67"), "nothing is left out"
    assert await asked(someone, "eth_unsubscribe", heads, page=OTHER_PAGE)
    await ended(someone, logs)


async def test_no_node_is_asked_when_nobody_listens(someone: Someone, chain: Chain) -> None:
    subscription = await asked(someone, "eth_subscribe", "newHeads")
    assert someone.wallet.subscriptions.followed == {ETHEREUM}
    await ended(someone, subscription)
    before = chain.asked
    await asyncio.sleep(0.05)
    assert chain.asked == before


async def test_two_pages_share_one_look_at_the_chain(someone: Someone, chain: Chain) -> None:
    one = await asked(someone, "eth_subscribe", "newHeads")
    other = await asked(someone, "eth_subscribe", "newHeads", page=OTHER_PAGE)
    chain.height = 101
    assert await eventually(lambda: len(someone.told) == 2)
    assert {told[1] for told in someone.told} == {PAGE, OTHER_PAGE}
    assert await asked(someone, "eth_unsubscribe", other) is False, "another page's"
    assert await asked(someone, "eth_unsubscribe", other, page=OTHER_PAGE)
    await ended(someone, one)


@pytest.mark.parametrize("how", ["page", "tab", "revoked", "switched", "browser", "removed"])
async def test_a_subscription_ends_with_what_it_belongs_to(someone: Someone, chain: Chain, how: str) -> None:
    await asked(someone, "eth_subscribe", "newHeads")
    wallet = someone.wallet
    if how == "page":
        wallet.subscriptions.end_page(1, OTHER_PAGE)
        assert wallet.subscriptions.of_chain(ETHEREUM), "another page of the tab"
        wallet.subscriptions.end_page(1, PAGE)
    elif how == "tab":
        wallet.subscriptions.end_page(1, None)
    elif how == "revoked":
        connect.revoke(wallet, SITE)
    elif how == "switched":
        put_on_chain(wallet, SITE, Caip2("eip155:10"))
    elif how == "browser":
        someone.listening = False  # type: ignore[attr-defined]
        someone.pair.clock.now += UNHEARD_SECONDS + 1
    else:
        wallet.subscriptions.end_chain(ETHEREUM)
    assert await eventually(lambda: not wallet.subscriptions.followed)


async def test_a_locked_wallet_asks_no_node_and_says_nothing(someone: Someone, chain: Chain) -> None:
    await asked(someone, "eth_subscribe", "newHeads")
    someone.wallet.unlocked.lock()
    await asyncio.sleep(0.02)
    before, chain.height = chain.asked, 105
    await asyncio.sleep(0.05)
    assert chain.asked == before and someone.told == []
    await someone.wallet.subscriptions.close()


async def test_a_node_in_trouble_is_asked_again_later(someone: Someone, chain: Chain) -> None:
    subscription = await asked(someone, "eth_subscribe", "newHeads")
    chain.error = NodeUnreachable()
    before = chain.asked
    assert await eventually(lambda: chain.asked > before + 1)
    chain.error, chain.height = None, 101
    assert await eventually(lambda: len(someone.told) == 1)
    await ended(someone, subscription)


async def test_a_page_may_not_subscribe_without_end(someone: Someone, chain: Chain) -> None:
    all_of_them = [await asked(someone, "eth_subscribe", "newHeads") for _ in range(MOST_OF_A_PAGE)]
    with pytest.raises(RateLimited):
        await asked(someone, "eth_subscribe", "newHeads")
    await ended(someone, *all_of_them)


@pytest.mark.parametrize("kind", ["newPendingTransactions", "syncing"])
async def test_what_is_not_followed_is_said_to_be_unsupported(someone: Someone, chain: Chain, kind: str) -> None:
    with pytest.raises(UnknownMethod):
        await asked(someone, "eth_subscribe", kind)


@pytest.mark.parametrize(
    "params",
    [
        [],
        ["everything"],
        [1],
        ["newHeads", {}],
        ["logs", 1],
        ["logs", {"address": "0x12"}],
        ["logs", {"address": [FRIEND, 1]}],
        ["logs", {"topics": "0x"}],
        ["logs", {"topics": [TOPIC] * 5}],
        ["logs", {"topics": [["0x12"]]}],
        ["logs", {"blockHash": TOPIC}],
    ],
    ids=str,
)
async def test_what_is_no_subscription_is_refused(someone: Someone, chain: Chain, params: list[Any]) -> None:
    with pytest.raises(InputError):
        await asked(someone, "eth_subscribe", *params)
    assert chain.asked == 0
    with pytest.raises(InputError):
        await asked(someone, "eth_unsubscribe")
