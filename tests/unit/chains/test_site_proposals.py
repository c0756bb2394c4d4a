"""Networks and tokens that sites propose.   EIP-3085, EIP-747"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.chains.add_chain import chain_findings, is_node_for_sites, is_this_computer, read_chain, read_chain_id
from counterfoil.chains.family import Native
from counterfoil.chains.lookalikes import imitated, skeleton
from counterfoil.chains.watch_asset import ProposedAsset, asset_findings, check_claim, read_asset
from counterfoil.errors import InputError
from tests.unit.chains.evm_samples import CHAINS, ETHEREUM, UNKNOWN_TOKEN

COIN = {"name": "Test", "symbol": "TEST", "decimals": 18}
CHAIN: dict[str, Any] = {
    "chainId": "0x53a",
    "chainName": "Localhost 8546",
    "rpcUrls": ["http://127.0.0.1:8546"],
    "nativeCurrency": COIN,
    "blockExplorerUrls": None,
}
ASSET: dict[str, Any] = {"type": "ERC20", "options": {"address": UNKNOWN_TOKEN, "symbol": "TST", "decimals": 4}}


def test_a_network_is_read_as_the_standard_has_it() -> None:
    read = read_chain([CHAIN])
    assert (read.id, read.name, read.nodes) == ("eip155:1338", "Localhost 8546", ("http://127.0.0.1:8546",))
    assert (read.native, read.explorer) == (Native("TEST", "Test", 18), None)
    urls = ["http://explorer.example", "https://explorer.example/"]
    assert read_chain([{**CHAIN, "blockExplorerUrls": urls}]).explorer == "https://explorer.example"


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        ({"chainId": "1338"}, "chain_id"),
        ({"chainId": 1338}, "chain_id"),
        ({"chainId": "0x0"}, "chain_id"),
        ({"chainId": "0x053a"}, "chain_id"),
        ({"chainId": "0xffffffffffffff"}, "chain_id"),
        ({"chainName": ""}, "name"),
        ({"chainName": "x" * 61}, "name"),
        ({"chainName": "Ether\u202eeum"}, "name"),
        ({"chainName": None}, "name"),
        ({"nativeCurrency": None}, "coin"),
        ({"nativeCurrency": {**COIN, "decimals": 6}}, "coin"),
        ({"nativeCurrency": {**COIN, "decimals": 30}}, "coin"),
        ({"nativeCurrency": {**COIN, "decimals": "18"}}, "coin"),
        ({"nativeCurrency": {**COIN, "decimals": True}}, "coin"),
        ({"nativeCurrency": {**COIN, "symbol": "TWELVELETTER"}}, "coin"),
        ({"rpcUrls": []}, "node"),
        ({"rpcUrls": "https://node.example"}, "node"),
        ({"rpcUrls": ["http://node.example", "wss://node.example", "file:///etc/passwd"]}, "node"),
    ],
    ids=str,
)
def test_a_network_that_does_not_hold_is_refused(patch: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError) as caught:
        read_chain([{**CHAIN, **patch}])
    assert caught.value.word == reason


@pytest.mark.parametrize("params", [None, [], {}, [1], [CHAIN, CHAIN], "x"], ids=str)
def test_what_is_no_network_is_refused(params: object) -> None:
    for read in (read_chain, read_chain_id):
        with pytest.raises(InputError):
            read(params)


@pytest.mark.parametrize(
    ("url", "fits"),
    [
        ("https://node.example/key", True),
        ("https://10.0.0.1:8545", True),
        ("http://localhost:8545", True),
        ("http://127.9.9.9", True),
        ("http://[::1]:8545", True),
        ("http://10.0.0.1", False),
        ("http://localhost.evil.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("https://name:word@node.example", False),
        ("https://@node.example", False),
        ("http://127.0.0.1@evil.example", False),
        ("https://node.example/#x", False),
        ("https://node.example:port", False),
        ("https://", False),
        ("https://node.example/a b", False),
        ("https://nodé.example", False),
        ("https://node.example/" + "a" * 500, False),
        (None, False),
    ],
)
def test_a_site_names_nodes_by_https_or_on_this_computer(url: object, fits: bool) -> None:
    assert is_node_for_sites(url) is fits


def test_this_computer_is_told_from_others() -> None:
    assert is_this_computer("http://127.0.0.1:1") and is_this_computer("https://localhost/x")
    assert not any(map(is_this_computer, ("https://node.example", "", "http://[::2]")))


def test_a_network_that_borrows_a_name_is_a_danger() -> None:
    known = CHAINS.values()
    for name in ("Ethereum", "ethereum", "Ethereum ", "Еthereum", "Éthereum", "E-thereum"):
        codes = {f.code for f in chain_findings(read_chain([{**CHAIN, "chainName": name}]), "https://n", known)}
        assert "name_imitates" in codes, name
    plain = chain_findings(read_chain([CHAIN]), "https://n", known)
    assert {finding.code for finding in plain} == {"node_of_site"}
    own = chain_findings(read_chain([{**CHAIN, "chainId": "0x1", "chainName": "Ethereum"}]), "https://n", known)
    assert {finding.code for finding in own} == {"node_of_site"}
    coin = chain_findings(read_chain([{**CHAIN, "nativeCurrency": {**COIN, "symbol": "ETH"}}]), "https://n", known)
    assert {finding.code for finding in coin} == {"node_of_site", "coin_alike"}


def test_a_token_is_read_as_an_object_and_in_a_list() -> None:
    for params in (ASSET, [ASSET]):
        assert read_asset(params) == ProposedAsset(UNKNOWN_TOKEN, "TST", 4)
    as_text = {"type": "ERC20", "options": {"address": UNKNOWN_TOKEN.lower(), "decimals": "18"}}
    assert read_asset(as_text) == ProposedAsset(UNKNOWN_TOKEN, None, 18)


@pytest.mark.parametrize(
    "params",
    [
        None,
        [],
        {"type": "ERC20"},
        {**ASSET, "type": "ERC721"},
        {**ASSET, "type": "ERC1155"},
        {"type": "ERC20", "options": {}},
        {"type": "ERC20", "options": {"address": "0x12"}},
        {"type": "ERC20", "options": {**ASSET["options"], "symbol": "x" * 21}},
        {"type": "ERC20", "options": {**ASSET["options"], "decimals": 37}},
        {"type": "ERC20", "options": {**ASSET["options"], "decimals": True}},
        {"type": "ERC20", "options": {**ASSET["options"], "decimals": "4.0"}},
    ],
    ids=str,
)
def test_a_token_that_does_not_hold_is_refused(params: object) -> None:
    with pytest.raises(InputError):
        read_asset(params)


def test_only_what_the_contract_says_counts() -> None:
    proposed = read_asset(ASSET)
    assert check_claim(proposed, Native("TST", "Token", 4)) == Native("TST", "Token", 4)
    assert check_claim(ProposedAsset(UNKNOWN_TOKEN, None, None), Native("XYZ", "", 0)) == Native("XYZ", "XYZ", 0)
    for claim, reason in (
        (None, "no_token"),
        (Native("TST", "Token", 18), "decimals"),
        (Native("USDC", "Token", 4), "symbol"),
        (Native("T\u200bST", "Token", 4), "symbol"),
        (Native("", "Token", 4), "no_token"),
    ):
        with pytest.raises(InputError) as caught:
            check_claim(proposed, claim)
        assert caught.value.word == reason


@pytest.mark.parametrize("symbol", ["USDC", "usdc", "USDС", "U5DC", "UЅDC", "U.S.D.C", "ＵＳＤＣ", "ETH", "3TH"])
def test_a_symbol_like_that_of_a_known_token_is_a_danger(symbol: str) -> None:
    (finding,) = asset_findings(ETHEREUM, UNKNOWN_TOKEN, Native(symbol, "Some token", 6))
    assert (finding.code, finding.level.value) == ("token_imitates", "danger")


def test_a_name_like_that_of_a_known_token_is_a_danger_and_others_a_caution() -> None:
    assert asset_findings(ETHEREUM, UNKNOWN_TOKEN, Native("ABC", "USD Coin", 6))[0].code == "token_imitates"
    assert asset_findings(ETHEREUM, UNKNOWN_TOKEN, Native("ABC", "A B C", 6))[0].code == "token_of_site"


@given(st.text(max_size=40))
def test_every_name_looks_like_itself_or_has_no_skeleton(name: str) -> None:
    assert imitated(name, [name]) == (name if skeleton(name) else None)
