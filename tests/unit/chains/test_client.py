"""The client against nodes that lie, stumble or die; the honest ones are in tests/contract."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from counterfoil.chains.evm.calls import encode_call
from counterfoil.chains.evm.client import EvmClient
from counterfoil.chains.evm.facts import Replaced
from counterfoil.chains.evm.fees import GAS_OF_A_FAILURE, add_margin, fit_fees, raise_fees
from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.evm.node_errors import readable_reason, revert_reason
from counterfoil.chains.evm.transaction import parse_unsigned
from counterfoil.chains.family import Kind
from counterfoil.chains.registry import make_client
from counterfoil.codecs.abi import encode_abi
from counterfoil.errors import BroadcastUnknown, InvalidTransaction, NodeRejected, NodeUnreachable, SimulationFailed
from tests.fakes.rpc_node import raw_body, results, rpc_node
from tests.unit.chains.evm_samples import ACCOUNT, ETHEREUM, FACTS, OTHER, USDC, prepared, sign

GOOD = {
    "eth_chainId": "0x1",
    "eth_getTransactionCount": "0x7",
    "eth_getBalance": hex(10**18),
    "eth_getBlockByNumber": {"baseFeePerGas": hex(10**10)},
    "eth_maxPriorityFeePerGas": hex(10**9),
    "eth_gasPrice": hex(11 * 10**9),
    "eth_getCode": "0x",
    "eth_estimateGas": hex(21000),
}


@pytest.fixture
async def client() -> AsyncIterator[EvmClient]:
    made = make_client(ETHEREUM)
    assert isinstance(made, EvmClient)
    yield made
    await made.close()


async def facts(client: EvmClient, url: str, **fields: Any) -> Any:
    chain = dataclasses.replace(ETHEREUM, rpc_url=url)
    kind, intent = FAMILY.read_request(
        chain, ACCOUNT, "eth_sendTransaction", [{"from": ACCOUNT, "to": OTHER, **fields}]
    )
    return await client.facts(chain, ACCOUNT, kind, intent)


def signed_bytes() -> bytes:
    unsigned = prepared(to=OTHER, value="0x1")
    return FAMILY.assemble(
        ETHEREUM, Kind.TRANSACTION, unsigned, [sign(FAMILY.digests(ETHEREUM, Kind.TRANSACTION, unsigned)[0])]
    )


async def test_facts_are_what_the_node_says(client: EvmClient) -> None:
    async with rpc_node(results(**GOOD)) as url:
        found = await facts(client, url)
    assert found == dataclasses.replace(FACTS, balance=10**18)
    assert await client.facts(ETHEREUM, ACCOUNT, Kind.MESSAGE, b"x") is None


async def test_old_chains_have_one_gas_price(client: EvmClient) -> None:
    old = {**GOOD, "eth_getBlockByNumber": {}, "eth_maxPriorityFeePerGas": Exception("the method is not supported")}
    async with rpc_node(results(**old)) as url:
        found = await facts(client, url)
    assert (found.base_fee, found.priority_fee, found.gas_price) == (None, 11 * 10**9, 11 * 10**9)


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("eth_chainId", "0x2"),
        ("eth_chainId", 1),
        ("eth_getTransactionCount", "seven"),
        ("eth_getTransactionCount", None),
        ("eth_getBalance", "-0x1"),
        ("eth_getBlockByNumber", None),
        ("eth_getBlockByNumber", {"baseFeePerGas": 5}),
        ("eth_gasPrice", "0x" + "f" * 65),
        ("eth_estimateGas", {}),
    ],
)
async def test_nonsense_from_a_node_is_an_error(client: EvmClient, method: str, answer: object) -> None:
    async with rpc_node(results(**{**GOOD, method: answer})) as url:
        with pytest.raises(NodeUnreachable):
            await facts(client, url)


async def test_a_node_that_cannot_estimate_needs_a_limit_from_the_page(client: EvmClient) -> None:
    async with rpc_node(results(**{**GOOD, "eth_estimateGas": Exception("busy")})) as url:
        with pytest.raises(NodeRejected):
            await facts(client, url)
        assert (await facts(client, url, gas="0x5300")).gas_limit == 0x5300


async def test_a_revert_is_a_warning_and_too_little_money_ends_it(client: EvmClient) -> None:
    async with rpc_node(results(**{**GOOD, "eth_estimateGas": Exception("execution reverted")})) as url:
        given, chosen = await facts(client, url, gas="0x5300"), await facts(client, url)
    assert (given.gas_limit, given.revert) == (0x5300, "")
    assert (chosen.gas_limit, chosen.revert) == (GAS_OF_A_FAILURE, "")
    found = FAMILY.weigh(ETHEREUM, ACCOUNT, Kind.TRANSACTION, prepared(to=OTHER), facts=chosen, now=0)
    assert "would_fail" in {finding.code for finding in found}
    async with rpc_node(results(**{**GOOD, "eth_estimateGas": Exception("insufficient funds for gas")})) as url:
        with pytest.raises(SimulationFailed) as caught:
            await facts(client, url, gas="0x5300")
    assert caught.value.word == "insufficient_funds"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("0x", ""),
        ("0x08c379a0" + encode_abi(["string"], ["No stock\u202e"]).hex(), "No stock⟨U+202E⟩"),
        ("0x4e487b71" + encode_abi(["uint256"], [0x11]).hex(), "a number overflowed"),
        ("0x12345678" + "00" * 32, "an error of the contract's own, 0x12345678"),
    ],
)
def test_why_it_would_fail_is_put_into_words(data: str, said: str) -> None:
    assert readable_reason(data) == said


async def test_a_slot_is_missing_only_where_nothing_holds_it(client: EvmClient) -> None:
    async with rpc_node(results(eth_getTransactionCount="0x7")) as url:
        chain = dataclasses.replace(ETHEREUM, rpc_url=url)
        for slot, held, found in (
            ("nonce:7", [], None),
            ("nonce:8", [], "nonce:7"),
            ("nonce:9", ["nonce:7"], "nonce:8"),
            ("nonce:9", ["nonce:7", "nonce:8"], None),
            ("nonce:3", [], None),
        ):
            assert await client.missing(chain, ACCOUNT, slot, held) == found


@pytest.mark.parametrize(
    ("price", "tip"), [(0, 0), (1, 1), (10, 3), (10**9, 10**9), (10**9 + 1, 7), (2 * 10**11 + 9, 10**10 + 1)]
)
def test_a_replacement_costs_at_least_a_tenth_more_on_both_prices_and_what_the_chain_wants(
    price: int, tip: int
) -> None:
    raised, its_tip = raise_fees(Replaced(price, tip), 0, 0)
    assert raised * 10 >= price * 11 and its_tip * 10 >= tip * 11
    assert raised > price and its_tip > tip and raised >= its_tip
    assert raise_fees(Replaced(price, tip), 10**12, 10**11) == (10**12, 10**11)


async def test_a_tokens_claims_are_optional_and_bounded(client: EvmClient) -> None:
    data = "0x" + encode_call("transfer(address,uint256)", bytes(20), 1).hex()
    for answer in ("0x", "0x" + "00" * 5000, 5, Exception("execution reverted")):
        node = {**GOOD, "eth_getCode": "0x60", "eth_call": answer}
        async with rpc_node(results(**node)) as url:
            assert (await facts(client, url, data=data)).token is None
    async with rpc_node(results(**{**GOOD, "eth_getCode": "0x60"})) as url:
        assert (await facts(client, url, to=USDC, data=data)).token is None


@pytest.mark.parametrize("words", ["already known", "ALREADY_EXISTS: x", "known transaction: 0x"])
async def test_a_node_that_knows_the_bytes_has_them(client: EvmClient, words: str) -> None:
    signed = signed_bytes()
    async with rpc_node(results(eth_sendRawTransaction=Exception(words))) as url:
        chain = dataclasses.replace(ETHEREUM, rpc_url=url)
        assert await client.broadcast(chain, signed) == FAMILY.transaction_id(chain, signed)


async def test_a_used_nonce_is_a_success_only_if_it_was_ours(client: EvmClient) -> None:
    signed = signed_bytes()
    refused = Exception("nonce too low")
    for known, outcome in (({}, None), (None, NodeRejected)):
        async with rpc_node(results(eth_sendRawTransaction=refused, eth_getTransactionByHash=known)) as url:
            chain = dataclasses.replace(ETHEREUM, rpc_url=url)
            if outcome is None:
                assert await client.broadcast(chain, signed) == FAMILY.transaction_id(chain, signed)
            else:
                with pytest.raises(outcome):
                    await client.broadcast(chain, signed)


@pytest.mark.parametrize(
    "node",
    [
        raw_body("oops", 502),
        raw_body("{}"),
        results(eth_sendRawTransaction="0x" + "11" * 32),
        results(eth_sendRawTransaction=None),
    ],
)
async def test_an_unclear_answer_leaves_the_broadcast_unknown(client: EvmClient, node: Any) -> None:
    async with rpc_node(node) as url:
        with pytest.raises(BroadcastUnknown) as caught:
            await client.broadcast(dataclasses.replace(ETHEREUM, rpc_url=url), signed_bytes())
    assert caught.value.details["transaction_id"] == FAMILY.transaction_id(ETHEREUM, signed_bytes())


async def test_a_clear_refusal_is_told(client: EvmClient) -> None:
    async with rpc_node(results(eth_sendRawTransaction=Exception("transaction underpriced"))) as url:
        with pytest.raises(NodeRejected):
            await client.broadcast(dataclasses.replace(ETHEREUM, rpc_url=url), signed_bytes())


def test_a_refresh_stays_within_the_cap_and_never_lowers_gas() -> None:
    for kind in ("0x0", "0x1", "0x2"):
        tx = parse_unsigned(prepared(to=OTHER, value="0x1", type=kind))
        assert fit_fees(tx, FACTS, tx.fee_cap) == tx
        risen = dataclasses.replace(FACTS, base_fee=FACTS.base_fee * 15 // 10, gas_price=2 * FACTS.gas_price)
        if kind == "0x2":
            assert fit_fees(tx, risen, tx.fee_cap) == tx
        far = dataclasses.replace(FACTS, base_fee=FACTS.base_fee * 10, gas_price=FACTS.gas_price * 10)
        with pytest.raises(InvalidTransaction) as caught:
            fit_fees(tx, far, tx.fee_cap)
        assert caught.value.word == "fee_cap"
        more = fit_fees(tx, far, tx.fee_cap * 20)
        assert tx.fee_cap < more.fee_cap <= tx.fee_cap * 20
        hungry = dataclasses.replace(FACTS, gas_limit=30_000)
        assert fit_fees(tx, hungry, tx.fee_cap * 2).gas_limit == 30_000
        assert fit_fees(tx, dataclasses.replace(FACTS, gas_limit=5), tx.fee_cap).gas_limit == tx.gas_limit


def test_gas_gets_a_margin_except_for_plain_transfers() -> None:
    assert add_margin(21_000) == 21_000
    assert add_margin(40_000) == 50_000


def test_a_contracts_reason_is_read() -> None:
    assert revert_reason("0x08c379a0" + encode_abi(["string"], ["no money"]).hex()) == "no money"
    assert revert_reason("0x4e487b71" + encode_abi(["uint256"], [0x11]).hex()) == "a number overflowed"
    assert revert_reason("0x4e487b71" + encode_abi(["uint256"], [0x77]).hex()) == "panic 119"
    for data in ("0x", "0x08c379a0", "0x08c379a0ff", "zz", "0x12345678"):
        assert revert_reason(data) is None


async def test_a_node_says_which_chain_it_has_and_what_time_it_is(client: EvmClient) -> None:
    async with rpc_node(results(eth_chainId="0x5", eth_blockNumber="0x10")) as url:
        node = await client.look(dataclasses.replace(ETHEREUM, rpc_url=url))
    assert (node.chain, node.height) == ("eip155:5", 16)
    assert node.clock is not None
    assert abs(node.clock - time.time()) < 60
