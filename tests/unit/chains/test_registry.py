from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.evm.address import encode_address, parse_address
from counterfoil.chains.evm.kinds import FAMILY
from counterfoil.chains.registry import chain_of, family_of, load_chains
from counterfoil.errors import InputError, InvalidAddress, UnknownChain
from counterfoil.types import Caip2
from tests.unit.chains.evm_samples import ACCOUNT, OTHER, USDC

COIN = {"symbol": "TST", "name": "Test", "decimals": 18}


def test_every_chain_of_the_list_is_there() -> None:
    chains = load_chains()
    assert len(chains) == 16
    assert {chain.name for chain in chains.values() if chain.testnet} == {"Sepolia", "Local test chain"}
    for key, chain in chains.items():
        assert key == chain.id
        assert family_of(chain) is FAMILY
        assert chain.native.decimals == 18
        assert chain.path == "m/44'/60'/0'/0/0"
        assert chain.high_fee


def test_tokens_are_written_with_their_checksum() -> None:
    text = files("counterfoil.chains").joinpath("chains.json").read_text()
    for address in re.findall(r"0x[0-9a-fA-F]{40}", text):
        assert encode_address(bytes.fromhex(address[2:])) == address
    assert json.loads(text)["chains"]
    assert load_chains()[Caip2("eip155:1")].tokens[USDC].decimals == 6


def test_a_person_may_set_a_node_and_add_tokens() -> None:
    chains = load_chains({"eip155:1": {"rpc_url": "https://node.example/key", "tokens": {OTHER.lower(): COIN}}})
    ethereum = chains[Caip2("eip155:1")]
    assert ethereum.rpc_url == "https://node.example/key"
    assert ethereum.tokens[OTHER].symbol == "TST"
    assert ethereum.tokens[USDC].symbol == "USDC"
    assert load_chains()[Caip2("eip155:1")].rpc_url is None


def test_a_setting_never_renames_a_token_or_a_chain_that_we_know() -> None:
    chains = load_chains({"eip155:1": {"tokens": {USDC: COIN, USDC.lower(): COIN}}})
    assert chains[Caip2("eip155:1")].tokens[USDC].decimals == 6
    for setting in ({"name": "Mainnet"}, {"native": COIN}, {"testnet": True}):
        with pytest.raises(InputError):
            load_chains({"eip155:1": setting})


def test_a_chain_of_ones_own_can_be_added() -> None:
    own = {"name": "Mine", "native": COIN, "rpc_url": "http://127.0.0.1:9"}
    chain = load_chains({"eip155:4242": own})[Caip2("eip155:4242")]
    assert (chain.name, chain.native.symbol, chain.testnet, chain.family) == ("Mine", "TST", False, "evm")


@pytest.mark.parametrize(
    ("key", "setting"),
    [
        ("eip155:4242", {}),
        ("eip155:4242", {"name": "Mine", "native": COIN}),
        ("eip155:0", {"name": "Mine", "native": COIN, "rpc_url": "http://a"}),
        ("eip155:01", {"name": "Mine", "native": COIN, "rpc_url": "http://a"}),
        ("solana:1", {"name": "Mine", "native": COIN, "rpc_url": "http://a"}),
        ("eip155:1", {"rpc_url": "ws://a"}),
        ("eip155:1", {"rpc_url": "file:///etc/passwd"}),
        ("eip155:1", {"rpc_url": "https://name:word@a"}),
        ("eip155:1", {"rpc_url": "https://a b"}),
        ("eip155:1", {"explorer": "http://a"}),
        ("eip155:1", {"tokens": {"0x12": COIN}}),
        ("eip155:1", {"tokens": {OTHER: {**COIN, "decimals": 99}}}),
        ("eip155:1", {"tokens": {OTHER: {**COIN, "decimals": "6"}}}),
        ("eip155:1", {"more": 1}),
        ("eip155:1", 5),
    ],
)
def test_refuses_settings_that_do_not_hold(key: str, setting: object) -> None:
    with pytest.raises(InputError):
        load_chains({key: setting})


def test_an_unknown_chain_is_an_error_of_its_own() -> None:
    with pytest.raises(UnknownChain):
        chain_of(load_chains(), "eip155:99999")
    assert chain_of(load_chains(), "eip155:1").name == "Ethereum"


@given(st.binary(min_size=20, max_size=20))
def test_addresses_have_one_checksummed_spelling(raw: bytes) -> None:
    from eth_utils import to_checksum_address

    address = encode_address(raw)
    assert address == to_checksum_address(raw)
    assert (
        parse_address(address) == parse_address(address.lower()) == parse_address("0x" + raw.hex().upper()) == address
    )
    swapped = "0x" + address[2:].swapcase()
    if swapped[2:] not in {address[2:].lower(), address[2:].upper()}:
        with pytest.raises(InvalidAddress):
            parse_address(swapped)


@given(st.one_of(st.text(max_size=50), st.integers(), st.none(), st.binary(max_size=45)))
def test_garbage_is_no_address(value: object) -> None:
    with pytest.raises(InvalidAddress):
        parse_address(value)


def test_a_public_key_off_the_curve_has_no_address() -> None:
    for key in (b"", b"\2" + b"\xff" * 32, b"\5" * 33, bytes(33)):
        with pytest.raises(InvalidAddress):
            FAMILY.address(load_chains()[Caip2("eip155:1")], key)
    assert ACCOUNT == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
