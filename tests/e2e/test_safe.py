"""Safes in a real browser: made on the home page, chosen at connecting, first and later acts, a text, a refusal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.devnet.anvil import ETHER
from tests.devnet.dapp_server import DappServer
from tests.devnet.safe_contracts import deploy_safe_contracts, has_code
from tests.e2e.standing import Standing, answer, ask, blank_site, standing, start
from tests.node_tools import ask_node, node_package

FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ENABLE_MODULE = "0x610b5925" + "00" * 12 + "11" * 20
TEXT = "Good evening, Safe"
VERIFY = """
const { createPublicClient, http } = require('viem');
const { anvil } = require('viem/chains');
const { url, address, message, signature } = read();
const client = createPublicClient({ chain: anvil, transport: http(url) });
client.verifyMessage({ address, message, signature }).then(
  (good) => process.stdout.write(JSON.stringify(good)), (error) => { console.error(error); process.exit(1); });
"""


@pytest.fixture(scope="module")
def wallet(playwright: Playwright) -> Iterator[Standing]:
    """One person with one Safe, made once; the tests are chapters of one story and share it."""
    with standing(playwright) as ready:
        deploy_safe_contracts(ready.node)
        make_safe(ready)
        yield ready


@pytest.fixture(scope="module")
def site(wallet: Standing) -> Iterator[DappServer]:
    with blank_site() as server:
        yield server


@pytest.fixture
def page(wallet: Standing, site: DappServer) -> Iterator[Page]:
    with wallet.visiting(site.url) as page:
        yield page


def make_safe(wallet: Standing) -> None:
    with wallet.visiting(wallet.browser.url("extension/ui/home.html")) as home:
        home.get_by_text("Make a Safe account").first.click()
        said = wallet.approve(lambda: home.get_by_role("button", name="Make a Safe account").click())
        assert "publishes what its passkey signed" in said
        assert "14-day lock" in said
        expect(home.get_by_text("Safe 1")).to_be_visible(timeout=20_000)


def connected(wallet: Standing, page: Page) -> str:
    """The site sees the Safe and nothing else; its address as the page has it."""
    seen = ask(page, "eth_accounts")["result"]
    if not seen:
        with wallet.me.window() as window:
            start(page, "connecting", "eth_requestAccounts")
            shown = window()
        expect(shown.get_by_text("Safe 1")).to_be_visible(timeout=20_000)
        shown.locator(".choice", has_text="Account 1").locator("input").uncheck()
        shown.locator(".choice", has_text="Safe 1").locator("input").check()
        wallet.me.approve(shown)
        wallet.me.finish(shown)
        seen = answer(page, "connecting")["result"]
    assert len(seen) == 1
    return str(seen[0])


def verified(wallet: Standing, address: str, signature: str) -> bool:
    node_package("viem")
    return bool(ask_node(VERIFY, {"url": wallet.node.url, "address": address, "message": TEXT, "signature": signature}))


def signed_text(wallet: Standing, page: Page, address: str) -> str:
    said = wallet.approve(lambda: start(page, "signing", "personal_sign", ["0x" + TEXT.encode().hex(), address]))
    assert "Your Safe vouches for this text." in said
    return str(answer(page, "signing")["result"])


def test_a_text_is_believed_before_the_safe_stands(wallet: Standing, page: Page) -> None:
    safe = connected(wallet, page)
    if has_code(wallet.node, safe):
        pytest.skip("the Safe stands already: this chapter comes first")
    signature = signed_text(wallet, page, safe)
    assert signature.endswith("6492" * 16)
    assert verified(wallet, safe, signature)


def test_the_first_act_creates_the_safe_and_its_lock(wallet: Standing, page: Page) -> None:
    safe = connected(wallet, page)
    wallet.node.fund(safe, ETHER)
    fund_payer(wallet)
    before = wallet.node.balance(FRIEND)
    call = {"from": safe, "to": FRIEND, "value": hex(5)}
    said = wallet.approve(lambda: start(page, "sending", "eth_sendTransaction", [call]))
    assert "creates your Safe on this network and sets up its 14-day lock" in said
    sent = answer(page, "sending")["result"]
    assert wallet.node.receipt(sent)["status"] == "0x1"
    assert wallet.node.balance(FRIEND) == before + 5
    assert has_code(wallet.node, safe)


def test_a_later_act_and_a_text_of_the_standing_safe(wallet: Standing, page: Page) -> None:
    safe = connected(wallet, page)
    fund_payer(wallet)
    before = wallet.node.balance(FRIEND)
    call = {"from": safe, "to": FRIEND, "value": hex(7)}
    said = wallet.approve(lambda: start(page, "sending", "eth_sendTransaction", [call]))
    assert "sets up its 14-day lock" not in said
    assert wallet.node.receipt(answer(page, "sending")["result"])["status"] == "0x1"
    assert wallet.node.balance(FRIEND) == before + 7
    signature = signed_text(wallet, page, safe)
    assert not signature.endswith("6492" * 16)
    assert verified(wallet, safe, signature)


def test_a_batch_is_one_act(wallet: Standing, page: Page) -> None:
    safe = connected(wallet, page)
    fund_payer(wallet)
    before = wallet.node.balance(FRIEND)
    calls = [{"to": FRIEND, "value": hex(3)}, {"to": FRIEND, "value": hex(4)}]
    wish = {"version": "2.0.0", "chainId": "0x7a69", "from": safe, "atomicRequired": True, "calls": calls}
    said = wallet.approve(lambda: start(page, "batch", "wallet_sendCalls", [wish]))
    assert "2 steps at once, all or none" in said
    batch = answer(page, "batch")["result"]["id"]
    page.wait_for_function(
        """async (id) => (await window.ethereum.request({method: "wallet_getCallsStatus", params: [id]})).status === 200""",
        arg=batch,
        timeout=20_000,
    )
    assert wallet.node.balance(FRIEND) == before + 7
    status = ask(page, "wallet_getCallsStatus", [batch])["result"]
    assert status["atomic"] is True
    assert len(status["receipts"]) == 1


def test_a_safe_never_changes_itself_for_a_site(wallet: Standing, page: Page) -> None:
    safe = connected(wallet, page)
    with wallet.me.window() as window:
        start(page, "taking", "eth_sendTransaction", [{"from": safe, "to": safe, "data": ENABLE_MODULE}])
        shown = window()
    expect(shown.get_by_text("Counterfoil never lets a site", exact=False).first).to_be_visible(timeout=20_000)
    assert shown.locator("#approve").count() == 0
    wallet.me.finish(shown)
    refused = answer(page, "taking")
    assert "result" not in refused


def test_a_safe_of_the_sites_own_passkey_is_touched_in_the_page(wallet: Standing) -> None:
    with blank_site() as server, wallet.visiting(server.url) as page:
        vault = wallet.connect(page)
        origin = server.url.rstrip("/")
        with wallet.visiting(wallet.browser.url("extension/ui/home.html")) as home:
            row = home.locator("li", has_text=origin).filter(
                has=home.get_by_role("button", name="Make a Safe for this site")
            )
            said = wallet.approve(lambda: row.get_by_role("button", name="Make a Safe for this site").click())
            assert f"Only pages of {origin} can ask for its touch." in said
        with wallet.me.window() as window:
            start(page, "more", "wallet_requestPermissions", [{"eth_accounts": {}}])
            shown = window()
        expect(shown.get_by_text("Safe for localhost")).to_be_visible(timeout=20_000)
        shown.locator(".choice", has_text="Account 1").locator("input").uncheck()
        shown.locator(".choice", has_text="Safe for localhost").locator("input").check()
        wallet.me.approve(shown)
        wallet.me.finish(shown)
        (safe,) = ask(page, "eth_accounts")["result"]
        assert safe != vault
        fund_payer(wallet)
        wallet.node.fund(safe, ETHER)
        page.bring_to_front()
        call = {"from": safe, "to": FRIEND, "value": hex(9)}
        wallet.approve(lambda: start(page, "sending", "eth_sendTransaction", [call]))
        assert wallet.node.receipt(answer(page, "sending")["result"])["status"] == "0x1"


def fund_payer(wallet: Standing) -> None:
    """Coins for fees: the vault's account pays."""
    for account in wallet.me.listed("account", "list")["accounts"]:
        if account["kind"] == "vault":
            wallet.node.fund(account["address"], 100 * ETHER)
