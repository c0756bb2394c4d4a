"""Transactions and addresses that another wallet's core made."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from coincurve import PublicKey

from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.family import Kind
from counterfoil.chains.registry import load_chains
from counterfoil.types import Caip2, Signature
from tests.unit.chains.evm_samples import FACTS

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
CHAINS = load_chains()
NAMES = {
    "Ethereum": 1,
    "Arbitrum": 42161,
    "Base": 8453,
    "Optimism": 10,
    "Polygon": 137,
    "BSC": 56,
    "Avalanche": 43114,
    "Blast": 81457,
    "Zksync": 324,
    "Mantle": 5000,
    "CronosChain": 25,
    "Hyperliquid": 999,
    "Sei": 1329,
    "Robinhood": 4663,
}


def derive(public_key: bytes, chain_code: bytes, path: str) -> bytes:
    """Public BIP32, written here once more so that the test stands alone."""
    key = PublicKey(public_key)
    for step in path.replace("'", "").split("/")[1:]:
        data = key.format() + int(step).to_bytes(4, "big")
        digest = hmac.new(chain_code, data, hashlib.sha512).digest()
        key, chain_code = key.add(digest[:32]), digest[32:]
    return key.format()


def _vectors() -> list[dict[str, Any]]:
    vectors = json.loads((VECTORS / "wallet-core.json").read_text())["vectors"]
    found = [vector for vector in vectors if vector["family"] == "evm"]
    assert found
    return found


@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: vector["name"])
def test_wallet_core_makes_the_same_transaction(vector: dict[str, Any]) -> None:
    given = vector["input"]
    chain = CHAINS[Caip2(f"eip155:{given['chain_id']}")]
    account = FAMILY.address(chain, bytes.fromhex(vector["public_key"]))
    assert account == vector["address"]
    fields = {
        "from": account,
        "to": given["to"],
        "value": hex(int(given["value"])),
        "data": given["data"],
        "nonce": hex(given["nonce"]),
        "gas": hex(int(given["gas_limit"])),
        "type": hex(given["type"]),
    }
    for ours, theirs in [
        ("gasPrice", "gas_price"),
        ("maxFeePerGas", "max_fee_per_gas"),
        ("maxPriorityFeePerGas", "max_priority_fee_per_gas"),
    ]:
        if theirs in given:
            fields[ours] = hex(int(given[theirs]))
    kind, intent = FAMILY.read_request(chain, account, "eth_sendTransaction", [fields])
    facts = dataclasses.replace(FACTS, chain_id=given["chain_id"], nonce=0)
    unsigned = FAMILY.prepare(chain, account, kind, intent, facts)
    assert [digest.hex() for digest in FAMILY.digests(chain, kind, unsigned)] == vector["digests"]
    raw = bytes.fromhex(vector["signatures"][0])
    signature = Signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64])
    signed = FAMILY.assemble(chain, Kind.TRANSACTION, unsigned, [signature])
    assert signed.hex() == vector["tx"]
    assert FAMILY.transaction_id(chain, signed) == vector["txid"]


def test_wallet_core_derives_the_same_addresses_on_every_chain() -> None:
    data = json.loads((VECTORS / "addresses.json").read_text())
    checked = 0
    for key in data["keys"]:
        secp = key["secp256k1"]
        public_key, code = bytes.fromhex(secp["public_key"]), bytes.fromhex(secp["chain_code"])
        for name, number in NAMES.items():
            chain = CHAINS[Caip2(f"eip155:{number}")]
            child = derive(public_key, code, chain.path)
            assert child.hex() == secp["child_public_keys"][chain.path]
            assert FAMILY.address(chain, child) == secp["addresses"][name]
            checked += 1
    assert checked == 14 * len(data["keys"])
