"""What a node says would happen, by each way that it may have, and what a lying contract can make of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.simulation import CHECKED, UNCHANGED, simulate
from counterfoil.chains.evm.summary import read_unsigned
from counterfoil.chains.family import NOT_SIMULATED, Native, Simulation
from counterfoil.errors import NodeRejected, NodeUnreachable
from tests.contract.test_evm_on_a_real_chain import OTHER, Wallet
from tests.contract.test_evm_on_a_real_chain import wallet as wallet

Call = Callable[..., Awaitable[Any]]
FRIEND = bytes.fromhex(OTHER[2:])
WAYS = ("eth_simulateV1", "debug_traceCall")

# Any call: writes the log Transfer(0, caller, 1000) and does nothing else. A token that only says it paid.
LIAR = (
    "6103e8600052"  # mstore(0, 1000)
    "33"  # caller
    "5f"  # from: zero
    "7fddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    "60205fa3"  # log3(0, 32, …)
    "5f5ff3"
)
# A shop: for one ether it sends back half, to its caller.
SHOP = "5f5f5f5f6706f05b59d3b20000335af1005f"


def node(wallet: Wallet, *, without: tuple[str, ...] = ()) -> Call:
    """The real node, as if it had some methods not."""

    async def call(method: str, *params: object) -> Any:
        if method in without:
            raise NodeRejected(node_code=-32601, node_message="the method does not exist")
        return await wallet.client._call(wallet.chain, method, *params)

    return call


async def simulated(wallet: Wallet, without: tuple[str, ...] = (), **fields: Any) -> Simulation:
    tx = read_unsigned(wallet.chain, await wallet.prepare(**fields))
    return await simulate(node(wallet, without=without), wallet.chain, wallet.account, tx)


async def deploy(wallet: Wallet, code: str) -> str:
    """A contract with this runtime code."""
    size = len(code) // 2
    receipt = await wallet.send(data=f"0x60{size:02x}600c60003960{size:02x}6000f3{code}")
    return str(receipt["contractAddress"])


def shown(simulation: Simulation) -> list[tuple[str, str, int | None]]:
    return [(change.direction, change.asset, change.amount) for change in simulation.changes]


@pytest.mark.parametrize("without", [(), WAYS[:1]], ids=["eth_simulateV1", "debug_traceCall"])
async def test_coins_and_tokens_that_move_are_read_from_the_state(wallet: Wallet, without: tuple[str, ...]) -> None:
    token = await wallet.deploy_token(supply=1000)
    wallet.chain = dataclasses.replace(wallet.chain, tokens={token: Native("TST", "Test Coin", 18)})
    data = "0x" + encode_call("transfer(address,uint256)", FRIEND, 600).hex()
    found = await simulated(wallet, without, to=token, data=data)
    assert (found.level, found.failure) == ("simulated", None)
    assert shown(found) == [("out", token, 600)]
    assert found.changes[0].symbol == "TST"
    found = await simulated(wallet, without, to=OTHER, value=hex(10**17))
    assert shown(found) == [("out", "native", 10**17)]


@pytest.mark.parametrize("without", [(), WAYS[:1]], ids=["eth_simulateV1", "debug_traceCall"])
async def test_what_comes_back_is_counted_against_what_leaves(wallet: Wallet, without: tuple[str, ...]) -> None:
    shop = await deploy(wallet, SHOP)
    found = await simulated(wallet, without, to=shop, value=hex(10**18))
    assert shown(found) == [("out", "native", 5 * 10**17)]


@pytest.mark.parametrize("without", [(), WAYS[:1]], ids=["eth_simulateV1", "debug_traceCall"])
async def test_a_log_that_says_a_token_arrived_is_not_believed(wallet: Wallet, without: tuple[str, ...]) -> None:
    liar = await deploy(wallet, LIAR)
    assert len((await wallet.send(to=liar, data="0x01020304", gas="0x30d40"))["logs"]) == 1
    found = await simulated(wallet, without, to=liar, data="0x01020304", gas="0x30d40")
    assert shown(found) == []
    assert found.sentence == UNCHANGED


@pytest.mark.parametrize("without", [(), WAYS[:1], WAYS], ids=["eth_simulateV1", "debug_traceCall", "eth_call"])
async def test_a_failure_is_an_answer_with_the_contracts_reason(wallet: Wallet, without: tuple[str, ...]) -> None:
    token = await wallet.deploy_token(supply=5)
    data = "0x" + encode_call("transfer(address,uint256)", FRIEND, 6).hex()
    found = await simulated(wallet, without, to=token, data=data)
    assert found.failure is not None
    assert "“ERC20: transfer amount exceeds balance”" in found.failure.sentence
    assert found.changes == ()


async def test_with_eth_call_alone_it_is_only_checked(wallet: Wallet) -> None:
    found = await simulated(wallet, WAYS, to=OTHER, value="0x1")
    assert (found.level, found.sentence, found.changes) == ("checked", CHECKED, ())


async def test_without_any_way_it_says_so(wallet: Wallet) -> None:
    assert await simulated(wallet, (*WAYS, "eth_call"), to=OTHER, value="0x1") == NOT_SIMULATED


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        [],
        [{}],
        [{"calls": 5}],
        [{"calls": []}],
        [{"calls": [5]}],
        {"calls": []},
        "0x",
        [{"calls": [{"status": 1}]}],
    ],
    ids=json.dumps,
)
async def test_nonsense_from_a_node_is_not_an_error(wallet: Wallet, nonsense: Any) -> None:
    tx = read_unsigned(wallet.chain, await wallet.prepare(to=OTHER, value="0x1"))

    async def call(method: str, *params: object) -> Any:
        if method == "eth_call":
            return await wallet.client._call(wallet.chain, method, *params)
        return nonsense

    found = await simulate(call, wallet.chain, wallet.account, tx)
    assert found.level in {"checked", "simulated"}
    assert found.changes == ()


async def test_a_node_that_is_away_is_an_error(wallet: Wallet) -> None:
    tx = read_unsigned(wallet.chain, await wallet.prepare(to=OTHER, value="0x1"))

    async def call(_method: str, *_params: object) -> Any:
        raise NodeUnreachable(reason="connection")

    with pytest.raises(NodeUnreachable):
        await simulate(call, wallet.chain, wallet.account, tx)
