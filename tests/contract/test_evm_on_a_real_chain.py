"""Everything we finish is mined by a node that no one here wrote."""

from __future__ import annotations

import dataclasses
import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account

from counterfoil.chains.evm.calls import encode_call, parse_call
from counterfoil.chains.evm.client import EvmClient
from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.evm.transaction import encode_unsigned, parse_unsigned
from counterfoil.chains.family import Chain, Kind
from counterfoil.codecs.abi import encode_abi
from counterfoil.errors import (
    BroadcastUnknown,
    InputError,
    InvalidTransaction,
    NodeRejected,
    NodeUnreachable,
    SimulationFailed,
    UnknownMethod,
)
from tests.devnet.anvil import Anvil
from tests.node_tools import node_package
from tests.unit.chains.evm_samples import LOCAL, sign

OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@dataclasses.dataclass
class Wallet:
    """An account on the local chain and all that it needs to send."""

    chain: Chain
    client: EvmClient
    node: Anvil
    key: PrivateKey
    account: str

    async def prepare(self, **fields: Any) -> bytes:
        params = [{"from": self.account, **fields}]
        kind, intent = FAMILY.read_request(self.chain, self.account, "eth_sendTransaction", params)
        facts = await self.client.facts(self.chain, self.account, kind, intent)
        return FAMILY.prepare(self.chain, self.account, kind, intent, facts)

    def finish(self, unsigned: bytes) -> bytes:
        (digest,) = FAMILY.digests(self.chain, Kind.TRANSACTION, unsigned)
        return FAMILY.assemble(self.chain, Kind.TRANSACTION, unsigned, [sign(digest, self.key)])

    async def send(self, **fields: Any) -> dict[str, Any]:
        unsigned = await self.prepare(**fields)
        signed = self.finish(unsigned)
        assert Account.recover_transaction(signed) == self.account
        (slot,) = FAMILY.slots(self.chain, self.account, Kind.TRANSACTION, unsigned)
        sent = await self.client.broadcast(self.chain, signed)
        assert sent == FAMILY.transaction_id(self.chain, signed)
        receipt = self.node.receipt(sent)
        assert await self.client.status(self.chain, sent, self.account, slot) == "mined"
        cap = FAMILY.summarize(self.chain, self.account, Kind.TRANSACTION, unsigned).fee_cap
        assert int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16) <= cap
        return receipt

    async def deploy_token(self, supply: int = 10**21) -> str:
        path = node_package("@openzeppelin/contracts") / "build/contracts/ERC20PresetFixedSupply.json"
        code = json.loads(path.read_text())["bytecode"]
        types = ["string", "string", "uint256", "address"]
        arguments = encode_abi(types, ["Test Coin", "TST", supply, bytes.fromhex(self.account[2:])])
        receipt = await self.send(data=code + arguments.hex())
        token: str = receipt["contractAddress"]
        return FAMILY.parse_address(self.chain, token)


@pytest.fixture
async def wallet(anvil: Anvil) -> AsyncIterator[Wallet]:
    key = PrivateKey(secrets.token_bytes(32))
    account = FAMILY.address(LOCAL, key.public_key.format())
    anvil.fund(account)
    client = EvmClient()
    yield Wallet(dataclasses.replace(LOCAL, rpc_url=anvil.url), client, anvil, key, account)
    await client.close()


@pytest.mark.parametrize("kind", ["0x0", "0x1", "0x2", None])
async def test_a_transfer_of_every_type_is_mined(wallet: Wallet, kind: str | None) -> None:
    fields = {"type": kind} if kind else {}
    before = int(wallet.node.rpc("eth_getBalance", OTHER, "latest"), 16)
    receipt = await wallet.send(to=OTHER, value=hex(12345), **fields)
    assert receipt["type"] == (kind or "0x2")
    assert int(wallet.node.rpc("eth_getBalance", OTHER, "latest"), 16) == before + 12345


async def test_an_access_list_is_mined(wallet: Wallet) -> None:
    entry = {"address": OTHER, "storageKeys": ["0x" + "11" * 32]}
    for kind in ("0x1", "0x2"):
        receipt = await wallet.send(to=OTHER, value="0x1", accessList=[entry], type=kind)
        assert receipt["status"] == "0x1"


async def test_a_token_is_deployed_sent_and_allowed(wallet: Wallet) -> None:
    token = await wallet.deploy_token()
    raw = bytes.fromhex(OTHER[2:])
    await wallet.send(to=token, data="0x" + encode_call("transfer(address,uint256)", raw, 777).hex())
    await wallet.send(to=token, data="0x" + encode_call("approve(address,uint256)", raw, 2**256 - 1).hex(), type="0x0")
    me = bytes.fromhex(wallet.account[2:])
    for call, expected in [
        (encode_call("balanceOf(address)", raw), 777),
        (encode_call("allowance(address,address)", me, raw), 2**256 - 1),
    ]:
        answer = await wallet.client.passthrough(
            wallet.chain, "eth_call", [{"to": token, "data": "0x" + call.hex()}, "latest"]
        )
        assert int(answer, 16) == expected


async def test_what_an_unknown_token_says_of_itself_is_shown_as_a_claim(wallet: Wallet) -> None:
    token = await wallet.deploy_token()
    data = "0x" + encode_call("transfer(address,uint256)", bytes.fromhex(OTHER[2:]), 1).hex()
    params = [{"from": wallet.account, "to": token, "data": data}]
    kind, intent = FAMILY.read_request(wallet.chain, wallet.account, "eth_sendTransaction", params)
    facts = await wallet.client.facts(wallet.chain, wallet.account, kind, intent)
    unsigned = FAMILY.prepare(wallet.chain, wallet.account, kind, intent, facts)
    found = FAMILY.weigh(wallet.chain, wallet.account, kind, unsigned, facts=facts, now=0)
    assert [f.code for f in found] == ["token_claims"]
    assert "“Test Coin” (TST, 18 decimals)" in found[0].sentence
    summary = FAMILY.summarize(wallet.chain, wallet.account, kind, unsigned)
    assert not summary.priced
    assert summary.changes[0].symbol is None


async def test_a_transaction_that_would_fail_is_a_warning_with_the_contracts_reason(wallet: Wallet) -> None:
    token = await wallet.deploy_token(supply=5)
    data = encode_call("transfer(address,uint256)", bytes.fromhex(OTHER[2:]), 6)
    assert parse_call(data).name == "transfer"
    params = [{"from": wallet.account, "to": token, "data": "0x" + data.hex()}]
    kind, intent = FAMILY.read_request(wallet.chain, wallet.account, "eth_sendTransaction", params)
    facts = await wallet.client.facts(wallet.chain, wallet.account, kind, intent)
    assert facts is not None
    assert facts.revert == "ERC20: transfer amount exceeds balance"
    unsigned = FAMILY.prepare(wallet.chain, wallet.account, kind, intent, facts)
    (found,) = (
        finding
        for finding in FAMILY.weigh(wallet.chain, wallet.account, kind, unsigned, facts=facts, now=0)
        if finding.code == "would_fail"
    )
    assert facts.revert in found.sentence


async def test_more_than_the_account_has_is_refused(wallet: Wallet) -> None:
    with pytest.raises(SimulationFailed) as caught:
        await wallet.prepare(to=OTHER, value=hex(10**21))
    assert caught.value.word == "insufficient_funds"


async def test_a_node_of_another_chain_is_refused(wallet: Wallet) -> None:
    wallet.chain = dataclasses.replace(wallet.chain, id="eip155:1")
    with pytest.raises(NodeUnreachable) as caught:
        await wallet.prepare(to=OTHER, value="0x1")
    assert caught.value.word == "wrong_chain"


async def test_the_same_bytes_sent_again_are_a_success(wallet: Wallet) -> None:
    signed = wallet.finish(await wallet.prepare(to=OTHER, value="0x1"))
    wallet.node.rpc("evm_setAutomine", False)
    try:
        first = await wallet.client.broadcast(wallet.chain, signed)
        assert await wallet.client.broadcast(wallet.chain, signed) == first
        assert await wallet.client.status(wallet.chain, first, wallet.account, "nonce:0") == "pending"
        wallet.node.mine()
        wallet.node.receipt(first)
        assert await wallet.client.broadcast(wallet.chain, signed) == first
        assert await wallet.client.status(wallet.chain, first, wallet.account, "nonce:0") == "mined"
    finally:
        wallet.node.rpc("evm_setAutomine", True)


async def test_a_nonce_that_another_transaction_used_is_told_apart(wallet: Wallet) -> None:
    mine = wallet.finish(await wallet.prepare(to=OTHER, value="0x1"))
    other = wallet.finish(await wallet.prepare(to=OTHER, value="0x2"))
    wallet.node.receipt(await wallet.client.broadcast(wallet.chain, other))
    with pytest.raises(NodeRejected):
        await wallet.client.broadcast(wallet.chain, mine)
    ours = FAMILY.transaction_id(wallet.chain, mine)
    assert await wallet.client.status(wallet.chain, ours, wallet.account, "nonce:0") == "replaced"
    assert await wallet.client.status(wallet.chain, ours, wallet.account, "nonce:1") == "unknown"


async def test_a_refresh_keeps_the_intent_and_the_cap(wallet: Wallet) -> None:
    for kind in ("0x0", "0x1", "0x2"):
        unsigned = await wallet.prepare(to=OTHER, value="0x1", type=kind)
        summary = FAMILY.summarize(wallet.chain, wallet.account, Kind.TRANSACTION, unsigned)
        old = parse_unsigned(unsigned)
        stale = dataclasses.replace(old, max_fee=1, priority_fee=1)
        fresh = await wallet.client.refresh(
            wallet.chain, wallet.account, Kind.TRANSACTION, encode_unsigned(stale), summary.fee_cap
        )
        assert FAMILY.intent_of(wallet.chain, Kind.TRANSACTION, fresh) == FAMILY.intent_of(
            wallet.chain, Kind.TRANSACTION, unsigned
        )
        assert 1 < parse_unsigned(fresh).fee_cap <= summary.fee_cap
        with pytest.raises(InvalidTransaction) as caught:
            await wallet.client.refresh(wallet.chain, wallet.account, Kind.TRANSACTION, unsigned, 21_000)
        assert caught.value.word == "fee_cap"


async def test_a_page_gets_the_nodes_own_error(wallet: Wallet) -> None:
    token = await wallet.deploy_token(supply=0)
    call = {"to": token, "from": OTHER, "data": "0x" + encode_call("transfer(address,uint256)", bytes(20), 1).hex()}
    with pytest.raises(NodeRejected) as caught:
        await wallet.client.passthrough(wallet.chain, "eth_call", [call, "latest"])
    assert caught.value.details["node_code"] == 3
    assert "revert" in str(caught.value.details["node_message"])
    assert str(caught.value.details["data"]).startswith("0x08c379a0")


async def test_only_reading_is_passed_on(wallet: Wallet) -> None:
    for method in ("eth_sendTransaction", "eth_sendRawTransaction", "anvil_setBalance", "personal_unlockAccount"):
        with pytest.raises(UnknownMethod):
            await wallet.client.passthrough(wallet.chain, method, [])
    with pytest.raises(InputError):
        await wallet.client.passthrough(wallet.chain, "eth_call", {"to": OTHER})
    assert int(await wallet.client.passthrough(wallet.chain, "eth_blockNumber", None), 16) >= 0
    assert await wallet.client.balance(wallet.chain, wallet.account) == 10**20


async def test_a_chain_without_a_node_says_so(wallet: Wallet) -> None:
    for url in (None, "ws://127.0.0.1:1", "file:///etc/passwd", "http://", "http://name:word@127.0.0.1:1"):
        chain = dataclasses.replace(wallet.chain, rpc_url=url)
        with pytest.raises(NodeUnreachable) as caught:
            await wallet.client.balance(chain, wallet.account)
        assert caught.value.word == "no_node"
    with pytest.raises(BroadcastUnknown):
        chain = dataclasses.replace(wallet.chain, rpc_url="http://127.0.0.1:1")
        await wallet.client.broadcast(chain, wallet.finish(await wallet.prepare(to=OTHER, value="0x1")))
