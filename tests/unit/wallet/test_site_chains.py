"""Networks and tokens that sites ask for: shown and granted, told to that site alone, never in place of a node that is set."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from counterfoil.chains.family import Native
from counterfoil.errors import (
    AlreadyExists,
    InputError,
    NodeUnreachable,
    NotFound,
    NotPermitted,
    RateLimited,
    StateConflict,
    UnknownChain,
    UserRejected,
)
from counterfoil.store import log, requests, settings, sites
from counterfoil.store.requests import Request
from counterfoil.types import Caip2, Origin
from counterfoil.wallet import connect, own_chains, provider
from counterfoil.wallet.end import refuse
from counterfoil.wallet.networks import Networks
from counterfoil.wallet.propose import MAX_WAITING_PER_ORIGIN, Caller
from tests.adversary.ceremony.stops import eventually
from tests.fakes.two_agent_person import FRIEND, SITE, TAB, Someone, outcome

OTHER_SITE = Origin("https://other.example")
NODE = "https://node.example"
CHAIN: dict[str, Any] = {
    "chainId": "0x53a",
    "chainName": "Valley",
    "rpcUrls": [NODE],
    "nativeCurrency": {"name": "Valley coin", "symbol": "VLY", "decimals": 18},
}
VALLEY, ETHEREUM = Caip2("eip155:1338"), Caip2("eip155:1")
TOKEN = {"type": "ERC20", "options": {"address": FRIEND, "symbol": "TST", "decimals": 4}}


@pytest.fixture
def world(someone: Someone) -> Someone:
    """Nodes that say what chain they are of, and a list of what pages were told."""
    someone.nodes = {NODE: VALLEY}  # type: ignore[attr-defined]
    someone.told = []  # type: ignore[attr-defined]

    async def chain_at(url: str, seconds: float) -> str:
        if url not in someone.nodes:  # type: ignore[attr-defined]
            raise NodeUnreachable
        return someone.nodes[url]  # type: ignore[attr-defined]

    async def token(chain: Any, address: str) -> Native | None:
        return Native("TST", "Test token", 4)

    someone.pair.node.chain_at = chain_at  # type: ignore[method-assign]
    someone.pair.node.token = token  # type: ignore[method-assign]
    someone.wallet.events.provider = lambda *told: someone.told.append(told)  # type: ignore[attr-defined]
    return someone


async def asked(someone: Someone, method: str, *params: Any, origin: Origin = SITE) -> Any:
    caller = Caller(origin, None, {**TAB}, None)
    return await provider.answer(someone.wallet, caller, method, list(params), "{}")


async def waiting(someone: Someone, method: str, *params: Any) -> tuple[asyncio.Task[Any], Request]:
    task = asyncio.create_task(asked(someone, method, *params))
    assert await eventually(lambda: bool(requests.pending(someone.pair.device.db)) or task.done())
    if task.done():
        task.result()
    return task, requests.pending(someone.pair.device.db)[0]


# ── adding ───────────────────────────────────────────────────────────────────────────────────────────
async def test_a_new_network_is_shown_granted_and_told_to_its_site_alone(world: Someone) -> None:
    task, request = await waiting(world, "wallet_addEthereumChain", CHAIN)
    assert "Valley" in request.summary["sentence"]
    assert ["Node", NODE] in request.summary["details"]
    assert "1338 (0x53a)" in dict(request.summary["details"])["Chain id"]
    assert world.wallet.networks.find(VALLEY) is None, "nothing before the person says yes"
    await world.decide(request)
    assert await task is None
    chain = world.wallet.networks.chain(VALLEY)
    assert (chain.name, chain.native.symbol, chain.rpc_url) == ("Valley", "VLY", NODE)
    assert world.told == [(SITE, "chainChanged", "0x53a")]
    assert await asked(world, "eth_chainId") == "0x53a"
    assert await asked(world, "eth_chainId", origin=OTHER_SITE) == "0x1"
    assert log.page(world.pair.device.db, before=None, limit=1)[0].kind == "add_chain"


async def test_a_refused_network_is_not_there(world: Someone) -> None:
    task, request = await waiting(world, "wallet_addEthereumChain", CHAIN)
    refuse(world.wallet, request.id)
    assert isinstance(await outcome(task), UserRejected)
    assert world.wallet.networks.find(VALLEY) is None and world.told == []


async def test_a_node_of_another_chain_or_none_is_refused_without_a_window_and_without_saying_which(
    world: Someone,
) -> None:
    world.nodes["https://liar.example"] = ETHEREUM
    for nodes in (["https://liar.example"], ["https://silent.example"]):
        error = await outcome(asked(world, "wallet_addEthereumChain", {**CHAIN, "rpcUrls": nodes}))
        assert isinstance(error, InputError) and error.word == "node"
        assert error.as_dict()["details"] == {}
    assert requests.pending(world.pair.device.db) == []


async def test_the_first_node_that_is_right_is_taken(world: Someone) -> None:
    nodes = ["https://silent.example", NODE]
    _, request = await waiting(world, "wallet_addEthereumChain", {**CHAIN, "rpcUrls": nodes})
    assert request.intent["rpc_url"] == NODE
    refuse(world.wallet, request.id)


async def test_a_node_that_is_set_is_never_replaced_by_a_sites(world: Someone) -> None:
    world.wallet.networks.use_node(ETHEREUM, "https://mine.example")
    world.nodes["https://evil.example"] = ETHEREUM
    wish = {**CHAIN, "chainId": "0x1", "chainName": "Ethereum", "rpcUrls": ["https://evil.example"]}
    assert await asked(world, "wallet_addEthereumChain", wish) is None
    assert requests.pending(world.pair.device.db) == []
    assert world.wallet.networks.chain(ETHEREUM).rpc_url == "https://mine.example"


async def test_a_network_of_ours_without_a_node_keeps_its_name_and_coin(world: Someone) -> None:
    world.nodes["https://theirs.example"] = ETHEREUM
    wish = {**CHAIN, "chainId": "0x1", "chainName": "Free money", "rpcUrls": ["https://theirs.example"]}
    task, request = await waiting(world, "wallet_addEthereumChain", wish)
    assert "Ethereum" in request.summary["sentence"] and "Free money" not in str(request.summary)
    await world.decide(request)
    assert await task is None
    chain = world.wallet.networks.chain(ETHEREUM)
    assert (chain.name, chain.native.symbol, chain.rpc_url) == ("Ethereum", "ETH", "https://theirs.example")


async def test_a_node_set_while_the_window_was_open_stays(world: Someone) -> None:
    world.nodes["https://theirs.example"] = ETHEREUM
    wish = {**CHAIN, "chainId": "0x1", "rpcUrls": ["https://theirs.example"]}
    _, request = await waiting(world, "wallet_addEthereumChain", wish)
    world.wallet.networks.use_node(ETHEREUM, "https://mine.example")
    with pytest.raises(StateConflict):
        await world.approve(request)
    assert world.wallet.networks.chain(ETHEREUM).rpc_url == "https://mine.example"
    refuse(world.wallet, request.id)


async def test_what_was_added_outlives_a_restart_and_a_version_that_brings_the_network(world: Someone) -> None:
    task, request = await waiting(world, "wallet_addEthereumChain", CHAIN)
    await world.decide(request)
    await task
    db = world.pair.device.db
    assert Networks(db).chain(VALLEY).name == "Valley"
    kept = settings.get(db, "chains")
    settings.put(db, "chains", {**kept, ETHEREUM: kept[VALLEY]})
    later = Networks(db).chain(ETHEREUM)
    assert (later.name, later.rpc_url) == ("Ethereum", NODE), "our name, the person's node"


async def test_a_site_has_its_nodes_asked_one_after_the_other(world: Someone) -> None:
    asked_one = asyncio.Event()

    async def silent(url: str, seconds: float) -> str:
        asked_one.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    world.pair.node.chain_at = silent  # type: ignore[method-assign]
    first = asyncio.create_task(asked(world, "wallet_addEthereumChain", CHAIN))
    await asked_one.wait()
    with pytest.raises(RateLimited):
        await asked(world, "wallet_addEthereumChain", CHAIN)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    world.pair.node.chain_at = none  # type: ignore[method-assign]
    with pytest.raises(InputError):
        await asked(world, "wallet_addEthereumChain", CHAIN)


async def none(url: str, seconds: float) -> str:
    raise NodeUnreachable


# ── switching ────────────────────────────────────────────────────────────────────────────────────────
async def test_switching_is_the_sites_own_and_opens_no_window(world: Someone) -> None:
    world.wallet.networks.use_node(Caip2("eip155:10"), NODE)
    await world.connect(OTHER_SITE)
    world.told.clear()
    assert await asked(world, "wallet_switchEthereumChain", {"chainId": "0xa"}) is None
    assert await asked(world, "wallet_switchEthereumChain", {"chainId": "0xa"}) is None
    assert world.told == [(SITE, "chainChanged", "0xa")], "once, and to that site alone"
    assert await asked(world, "eth_chainId") == "0xa"
    assert await asked(world, "eth_chainId", origin=OTHER_SITE) == "0x1"
    connect.revoke(world.wallet, SITE)
    assert sites.chain(world.pair.device.db, SITE) is None


@pytest.mark.parametrize("chain_id", ["0x53a", "0x89"], ids=["unknown", "no node"])
async def test_a_network_that_can_not_be_asked_is_4902(world: Someone, chain_id: str) -> None:
    with pytest.raises(UnknownChain):
        await asked(world, "wallet_switchEthereumChain", {"chainId": chain_id})


async def test_strangers_change_nothing(world: Someone) -> None:
    for method, params in (
        ("wallet_switchEthereumChain", {"chainId": "0x1"}),
        ("wallet_addEthereumChain", CHAIN),
        ("wallet_watchAsset", TOKEN),
        ("eth_subscribe", "newHeads"),
        ("eth_unsubscribe", "0x1"),
    ):
        with pytest.raises(NotPermitted):
            await asked(world, method, params, origin=OTHER_SITE)
    assert sites.chain(world.pair.device.db, OTHER_SITE) is None


async def test_a_site_can_not_flood_the_window_with_networks(world: Someone) -> None:
    tasks = []
    for _ in range(MAX_WAITING_PER_ORIGIN):
        tasks.append(asyncio.create_task(asked(world, "wallet_addEthereumChain", CHAIN)))
    assert await eventually(lambda: len(requests.pending(world.pair.device.db)) == MAX_WAITING_PER_ORIGIN)
    with pytest.raises(RateLimited):
        await asked(world, "wallet_addEthereumChain", CHAIN)
    with pytest.raises(RateLimited):
        await asked(world, "wallet_watchAsset", TOKEN)
    for request in requests.pending(world.pair.device.db):
        refuse(world.wallet, request.id)
    assert all([isinstance(await outcome(task), UserRejected) for task in tasks])


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────
async def test_a_token_is_named_once_granted_with_what_its_contract_says(world: Someone) -> None:
    task, request = await waiting(world, "wallet_watchAsset", TOKEN)
    assert request.summary["to"] == FRIEND
    await world.decide(request)
    assert await task is True
    assert world.wallet.networks.chain(ETHEREUM).tokens[FRIEND] == Native("TST", "Test token", 4)
    assert await asked(world, "wallet_watchAsset", TOKEN) is True, "known: nothing is asked again"
    assert world.told == []


async def test_a_site_that_says_other_decimals_than_the_contract_is_refused(world: Someone) -> None:
    wrong = {"type": "ERC20", "options": {**TOKEN["options"], "decimals": 18}}  # type: ignore[dict-item]
    with pytest.raises(InputError) as caught:
        await asked(world, "wallet_watchAsset", wrong)
    assert caught.value.word == "decimals"
    assert requests.pending(world.pair.device.db) == []


async def test_a_token_of_ours_is_never_renamed(world: Someone) -> None:
    usdc = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
    assert (
        await asked(world, "wallet_watchAsset", {"type": "ERC20", "options": {"address": usdc, "symbol": "X"}}) is True
    )
    assert world.wallet.networks.chain(ETHEREUM).tokens[usdc].symbol == "USDC"


# ── the person's own ─────────────────────────────────────────────────────────────────────────────────
async def test_the_person_adds_and_forgets_a_network_whose_node_is_asked_first(world: Someone) -> None:
    given: dict[str, Any] = {"name": "Valley", "native": Native("VLY", "Valley", 18), "explorer": None, "testnet": True}
    with pytest.raises(InputError) as caught:
        await own_chains.add(world.wallet, Caip2("eip155:7777"), rpc_url=NODE, **given)
    assert caught.value.word == "chain_id"
    chain = await own_chains.add(world.wallet, VALLEY, rpc_url=NODE, **given)
    assert chain.testnet and world.wallet.networks.is_own(VALLEY)
    with pytest.raises(AlreadyExists):
        await own_chains.add(world.wallet, VALLEY, rpc_url=NODE, **given)
    await asked(world, "wallet_switchEthereumChain", {"chainId": "0x53a"})
    own_chains.remove(world.wallet, VALLEY)
    assert world.told[-1] == (SITE, "chainChanged", "0x1")
    assert await asked(world, "eth_chainId") == "0x1"


async def test_a_network_is_not_forgotten_while_something_needs_it(world: Someone) -> None:
    given: dict[str, Any] = {"name": "Valley", "native": Native("VLY", "Valley", 18), "explorer": None, "testnet": True}
    await own_chains.add(world.wallet, VALLEY, rpc_url=NODE, **given)
    with pytest.raises(NotFound):
        own_chains.remove(world.wallet, ETHEREUM)
    with pytest.raises(UnknownChain):
        own_chains.remove(world.wallet, Caip2("eip155:7777"))
    await asked(world, "wallet_switchEthereumChain", {"chainId": "0x53a"})
    task, request = await waiting(world, "wallet_watchAsset", TOKEN)
    with pytest.raises(StateConflict):
        own_chains.remove(world.wallet, VALLEY)
    refuse(world.wallet, request.id)
    await outcome(task)
    settings.put(world.pair.device.db, "default_chain", VALLEY)
    with pytest.raises(StateConflict):
        own_chains.remove(world.wallet, VALLEY)
