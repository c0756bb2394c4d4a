"""What a person sees of a transaction before and after they approve it: what the node expects, and what can still be done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from counterfoil.chains.evm.calls import encode_call
from counterfoil.codecs.abi import encode_abi
from tests.devnet.anvil import ETHER, Anvil
from tests.e2e.standing import Standing, answer, blank_site, start
from tests.node_tools import node_package

FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
BROKE = "0x60006000fd"
"""Code of a contract to make: its making reverts."""


@pytest.fixture
def page(wallet: Standing) -> Iterator[Page]:
    with blank_site() as site, wallet.visiting(site.url) as page:
        yield page


@pytest.fixture
def account(wallet: Standing, page: Page) -> str:
    return wallet.connect(page)


def made(node: Anvil, code: str) -> str:
    """The address of a new contract, made by one of the node's own accounts."""
    sent = node.rpc("eth_sendTransaction", {"from": node.accounts[0], "data": code, "gas": hex(5_000_000)})
    return str(node.receipt(sent)["contractAddress"])


def shop(node: Anvil) -> str:
    """A contract that gives 500 of a token to whoever calls it."""
    path = node_package("@openzeppelin/contracts") / "build/contracts/ERC20PresetFixedSupply.json"
    owner = bytes.fromhex(node.accounts[0][2:])
    arguments = encode_abi(["string", "string", "uint256", "address"], ["Test Coin", "TST", 10**9, owner])
    token = made(node, json.loads(path.read_text())["bytecode"] + arguments.hex())
    pay = f"7fa9059cbb{'00' * 28}6000523360045261 01f4602452".replace(" ", "")  # transfer(caller, 500) in memory
    code = pay + f"5f5f60445f5f73{token[2:]}5af100"
    found = made(node, f"0x60{len(code) // 2:02x}600c60003960{len(code) // 2:02x}6000f3{code}")
    stock = "0x" + encode_call("transfer(address,uint256)", bytes.fromhex(found[2:]), 10_000).hex()
    node.receipt(node.rpc("eth_sendTransaction", {"from": node.accounts[0], "to": token, "data": stock}))
    return found


def opened(wallet: Standing, page: Page, call: dict[str, Any]) -> Page:
    with wallet.me.window() as window:
        start(page, "sending", "eth_sendTransaction", [call])
        return window()


def test_what_a_call_would_bring_is_shown_beside_what_its_bytes_say(wallet: Standing, page: Page, account: str) -> None:
    call = {"from": account, "to": shop(wallet.node), "value": hex(ETHER), "data": "0x12345678", "gas": hex(200_000)}
    window = opened(wallet, page, call)
    expect(window.locator("#what")).to_contain_text("Call 0x12345678")
    simulation = window.get_by_role("status", name="Simulation")
    expect(simulation).to_contain_text("Simulated by your node.", timeout=20_000)
    expect(simulation.locator(".change.out")).to_contain_text("1 ETH")
    expect(simulation.locator(".change.in")).to_contain_text("500 units of an unknown token")
    wallet.me.approve(window)
    wallet.me.finish(window)
    assert wallet.node.receipt(answer(page, "sending")["result"])["status"] == "0x1"


def test_a_call_that_would_fail_is_warned_of_and_may_be_refused(wallet: Standing, page: Page, account: str) -> None:
    window = opened(wallet, page, {"from": account, "data": BROKE})
    expect(window.get_by_role("status", name="Simulation")).to_contain_text("it would fail", timeout=20_000)
    warning = window.locator(".finding.caution", has_text="Your node says that this would fail")
    expect(warning).to_have_count(1)
    expect(window.locator("#approve")).to_be_enabled(timeout=20_000)
    wallet.me.refuse(window)
    assert answer(page, "sending")["code"] == 4001


def test_a_transaction_that_waits_is_sped_up_from_the_home_page(wallet: Standing, page: Page, account: str) -> None:
    node = wallet.node
    node.rpc("evm_setAutomine", False)
    try:
        window = opened(wallet, page, {"from": account, "to": FRIEND, "value": hex(ETHER // 10)})
        wallet.me.approve(window)
        wallet.me.finish(window)
        first = answer(page, "sending")["result"]
        home = wallet.me.visit(wallet.browser.url("extension/ui/home.html"))
        with wallet.me.window() as popup:
            home.get_by_role("button", name="Speed up").click()
            window = popup()
        expect(window.locator(".origin")).to_have_text("Counterfoil")
        expect(window.get_by_text("The same as before, for a higher fee.")).to_be_visible()
        wallet.me.approve(window)
        wallet.me.finish(window)
        node.mine()
        expect(home.locator("li.request").first).to_contain_text("Done", timeout=30_000)
        expect(home.locator("li.request").nth(1)).to_contain_text("Replaced", timeout=30_000)
        expect(home.get_by_role("button", name="Speed up")).to_have_count(0)
        assert node.rpc("eth_getTransactionReceipt", first) is None
        home.close()
    finally:
        node.rpc("evm_setAutomine", True)
