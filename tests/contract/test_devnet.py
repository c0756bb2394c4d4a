"""The node and the dapp server that the other tests stand on."""

from __future__ import annotations

import gc
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devnet import safe_contracts
from tests.devnet.anvil import ETHER, Anvil, NodeError
from tests.devnet.dapp_server import DappServer
from tests.devnet.safe_contracts import PUBLISHED, deploy_safe_contracts, has_code
from tests.node_tools import node_package

NOBODY = "0x" + "11" * 20
EMPTY_CONTRACT = "0x" + "6001600c60003960016000f3" + "00"


@pytest.fixture(scope="module")
def node() -> Iterator[Anvil]:
    with Anvil() as running:
        yield running


def test_the_node_mines_and_goes_back(node: Anvil) -> None:
    assert int(node.rpc("eth_chainId"), 16) == 31337
    before = node.snapshot()
    node.fund(NOBODY)
    assert node.balance(NOBODY) == 100 * ETHER
    node.mine(3)
    node.revert(before)
    assert node.balance(NOBODY) == 0


def test_the_node_takes_a_contract(node: Anvil) -> None:
    address = node.deploy(EMPTY_CONTRACT)
    assert node.rpc("eth_getCode", address, "latest") == "0x00"


def test_the_node_checks_passkey_signatures_on_chain(node: Anvil) -> None:
    """Osaka has P-256 at 0x100: a wrong signature gives no bytes, and the call succeeds all the same."""
    assert node.rpc("eth_call", {"to": "0x" + "100".rjust(40, "0"), "data": "0x" + "00" * 160}, "latest") == "0x"


def test_the_nodes_refusal_is_an_error(node: Anvil) -> None:
    with pytest.raises(NodeError, match="No Signer available"):
        node.rpc("eth_sendTransaction", {"from": NOBODY, "to": NOBODY, "value": hex(ETHER)})


def test_two_nodes_run_side_by_side() -> None:
    with Anvil(chain_id=1) as one, Anvil(chain_id=8453, hardfork="prague") as two:
        assert one.url != two.url
        assert [int(node.rpc("eth_chainId"), 16) for node in (one, two)] == [1, 8453]


def test_leaves_no_log_behind_where_there_is_no_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("ANVIL", str(tmp_path / "missing"))
    with pytest.raises(FileNotFoundError), Anvil():
        pass
    gc.collect()  # an open file that nobody closed would warn here, and a warning is an error
    assert list(tmp_path.glob("anvil-*")) == []


@pytest.fixture(scope="module", params=["osaka", "prague"])
def with_safe(request: pytest.FixtureRequest) -> Iterator[Anvil]:
    node_package("@safe-global/safe-contracts")
    with Anvil(hardfork=request.param) as running:
        deploy_safe_contracts(running)
        yield running


def test_every_safe_contract_stands_at_its_published_address(with_safe: Anvil) -> None:
    at = deploy_safe_contracts(with_safe)
    assert len(set(at.values())) == len(PUBLISHED) == 15
    assert all(has_code(with_safe, address) for address in at.values())
    assert at["SafeL2"] == "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762"
    assert at["EntryPoint"] == "0x0000000071727De22E5E9d8BAf0edAc6f37da032"


def test_bytecode_that_is_not_the_published_one_is_noticed(node: Anvil, monkeypatch: pytest.MonkeyPatch) -> None:
    node_package("@safe-global/safe-contracts")
    before = node.snapshot()
    honest = safe_contracts.creation_code
    monkeypatch.setattr(safe_contracts, "creation_code", lambda file: honest(file) + "00")
    with pytest.raises(RuntimeError, match="did not come out at"):
        deploy_safe_contracts(node)
    node.revert(before)


def test_serves_pages_before_files_and_nothing_outside_the_folder() -> None:
    with DappServer(pages={"/own": "<p>own"}, headers={"permissions-policy": "publickey-credentials-get=()"}) as dapp:
        with urllib.request.urlopen(f"http://127.0.0.1:{dapp.port}/own") as answer:
            assert answer.read() == b"<p>own"
            assert answer.headers["permissions-policy"] == "publickey-credentials-get=()"
        with urllib.request.urlopen(f"http://127.0.0.1:{dapp.port}/?page=1") as answer:
            assert b"E2E Test Dapp" in answer.read()
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{dapp.port}/..%2fpackage.json")
        refused.value.close()
        assert refused.value.code == 404


def test_leaves_out_what_a_page_would_load_from_elsewhere() -> None:
    page = "<link rel=stylesheet href='https://cdn.example/x.css'><script src=\"https://cdn.example/x.js\"></script><b>here"
    with DappServer(None, pages={"/": page}) as dapp:
        assert dapp.read("/") == (b"<b>here", "text/html; charset=utf-8")
