"""Accounts, chains and keys that the tests of the EVM family share. The key is a test key, printed here for all to see."""

from __future__ import annotations

from typing import Any

from coincurve import PrivateKey

from counterfoil.chains.evm.facts import Facts
from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.family import Chain, Kind
from counterfoil.chains.registry import load_chains
from counterfoil.types import Caip2, Signature

CHAINS = load_chains()
ETHEREUM: Chain = CHAINS[Caip2("eip155:1")]
LOCAL: Chain = CHAINS[Caip2("eip155:31337")]

KEY = PrivateKey(bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"))
ACCOUNT = FAMILY.address(ETHEREUM, KEY.public_key.format())
OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SPENDER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
USDC = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
UNKNOWN_TOKEN = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"

FACTS = Facts(
    chain_id=1,
    nonce=7,
    balance=10**20,
    gas_limit=21_000,
    base_fee=10**10,
    priority_fee=10**9,
    gas_price=11 * 10**9,
    target_has_code=False,
)


def sign(digest: bytes, key: PrivateKey = KEY) -> Signature:
    raw = key.sign_recoverable(digest, hasher=None)
    return Signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64])


def prepared(chain: Chain = ETHEREUM, facts: Facts = FACTS, **fields: Any) -> bytes:
    params = [{"from": ACCOUNT, **fields}]
    kind, intent = FAMILY.read_request(chain, ACCOUNT, "eth_sendTransaction", params)
    return FAMILY.prepare(chain, ACCOUNT, kind, intent, facts)


def summarized(chain: Chain = ETHEREUM, facts: Facts = FACTS, **fields: Any) -> Any:
    return FAMILY.summarize(chain, ACCOUNT, Kind.TRANSACTION, prepared(chain, facts, **fields))


def codes(summary: Any) -> set[str]:
    return {finding.code for finding in summary.findings}
