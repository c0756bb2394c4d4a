"""MetaMask's own test dapp, unchanged: what it offers works, and it checks our signatures with its own libraries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.devnet.anvil import Anvil
from tests.devnet.dapp_server import DappServer
from tests.e2e.standing import Standing, answer, ask, start

RECIPIENT = "0x0c54FcCd2e384b4BB6f2E405Bf5Cbc15a017AaFb"
TOKEN_RECIPIENT = "0x2f318C334780961FB129D2a6c30D0763d9a5C970"
SPENDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ANY_AMOUNT = "0x095ea7b3" + SPENDER[2:].lower().rjust(64, "0") + "f" * 64


@pytest.fixture(scope="module")
def served() -> Iterator[DappServer]:
    with DappServer() as server:
        yield server


@pytest.fixture
def page(wallet: Standing, served: DappServer) -> Iterator[Page]:
    """The dapp, connected by its own button if it is not yet."""
    with wallet.visiting(served.url) as page:
        expect(page.locator("#activeProviderName")).to_have_text("Counterfoil", timeout=30_000)
        if not ask(page, "eth_accounts")["result"]:
            wallet.me.connect(page, lambda: page.locator("#connectButton").click())
        expect(page.locator("#connectButton")).to_have_text("Connected")
        wallet.node.fund(account_of(page), 10 * 10**18)
        yield page


def account_of(page: Page) -> str:
    return str(ask(page, "eth_accounts")["result"][0])


def press(page: Page, name: str) -> Callable[[], None]:
    button = page.locator(f"#{name}")
    expect(button).to_be_enabled(timeout=15_000)
    return button.click


def last_transaction(wallet: Standing) -> dict[str, Any]:
    """Of the newest block."""
    block = wallet.node.rpc("eth_getBlockByNumber", "latest", True)
    transaction = dict(block["transactions"][-1])
    return {**transaction, "receipt": wallet.node.receipt(transaction["hash"])}


def send(page: Page, transaction: dict[str, str]) -> Callable[[], None]:
    sent = {"from": account_of(page), **transaction}
    return lambda: start(page, "sending", "eth_sendTransaction", [sent])


@pytest.fixture
def token(wallet: Standing, page: Page) -> str:
    """A token of the dapp's own contract, deployed by its own button."""
    said = wallet.approve(press(page, "createToken"))
    assert "contract" in said.lower()
    expect(page.locator("#erc20TokenAddresses")).to_have_text(re.compile("0x[0-9a-fA-F]{40}"), timeout=20_000)
    address = page.locator("#erc20TokenAddresses").inner_text()
    assert wallet.node.rpc("eth_getCode", address, "latest") != "0x"
    return address


def token_units(wallet: Standing, token: str, call: str, *addresses: str) -> int:
    data = call + "".join(address[2:].lower().rjust(64, "0") for address in addresses)
    return int(wallet.node.rpc("eth_call", {"to": token, "data": data}, "latest"), 16)


BALANCE_OF, ALLOWANCE = "0x70a08231", "0xdd62ed3e"


# ── what it shows ────────────────────────────────────────────────────────────────────────────────────
def test_it_shows_chain_and_account(page: Page) -> None:
    account = account_of(page)
    expect(page.locator("#chainId")).to_have_text("0x7a69")
    expect(page.locator("#network")).to_have_text("31337")
    expect(page.locator("#accounts")).to_have_text(account)
    page.locator("#getAccounts").click()
    expect(page.locator("#getAccountsResult")).to_have_text(account)


# ── coins ────────────────────────────────────────────────────────────────────────────────────────────
def test_sends_a_legacy_transaction_as_one(wallet: Standing, page: Page) -> None:
    said = wallet.approve(press(page, "sendButton"))
    assert RECIPIENT.lower() in said.replace("\n", "").replace(" ", "").lower()
    mined = last_transaction(wallet)
    assert (mined["type"], mined["to"], mined["gasPrice"]) == ("0x0", RECIPIENT.lower(), "0x2540be400")
    assert mined["receipt"]["status"] == "0x1"


def test_sends_an_eip_1559_transaction_with_the_dapps_fees(wallet: Standing, page: Page) -> None:
    wallet.approve(press(page, "sendEIP1559Button"))
    mined = last_transaction(wallet)
    assert (mined["type"], mined["maxFeePerGas"]) == ("0x2", "0x2540be400")
    assert mined["receipt"]["status"] == "0x1"


def test_its_form_moves_coins_to_the_wei(wallet: Standing, page: Page) -> None:
    before = wallet.node.balance(RECIPIENT)
    page.locator("#toInput").fill(RECIPIENT)
    page.locator("#amountInput").fill("0x16345785d8a0001")
    page.locator("#gasInput").fill("0x2540be400")
    said = wallet.approve(press(page, "submitForm"))
    assert "0.100000000000000001 ETH" in said
    assert wallet.node.balance(RECIPIENT) - before == 10**17 + 1


def test_a_refusal_reaches_the_page_as_4001_and_moves_nothing(wallet: Standing, page: Page) -> None:
    account = account_of(page)
    before = (wallet.node.balance(account), wallet.node.rpc("eth_getTransactionCount", account, "pending"))
    wallet.refuse(send(page, {"to": RECIPIENT, "value": "0x1"}))
    assert answer(page, "sending")["code"] == 4001
    assert (wallet.node.balance(account), wallet.node.rpc("eth_getTransactionCount", account, "pending")) == before


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────
def test_deploys_a_token_and_transfers_it(wallet: Standing, page: Page, token: str) -> None:
    said = wallet.approve(press(page, "transferTokens"))
    assert "TST" in said
    assert token_units(wallet, token, BALANCE_OF, TOKEN_RECIPIENT) == 15_000


def test_approves_a_limited_amount_and_increases_it(wallet: Standing, page: Page, token: str) -> None:
    page.locator("#approveTo").fill(SPENDER)
    said = wallet.approve(press(page, "approveTokens"))
    assert "any amount" not in said.lower()
    account = account_of(page)
    assert token_units(wallet, token, ALLOWANCE, account, SPENDER) == 70_000
    wallet.approve(press(page, "increaseTokenAllowance"))
    assert token_units(wallet, token, ALLOWANCE, account, SPENDER) == 80_000


def test_says_of_an_unlimited_approval_that_it_is_any_amount(wallet: Standing, page: Page, token: str) -> None:
    said = wallet.approve(send(page, {"to": token, "data": ANY_AMOUNT}))
    assert "any amount" in said.lower()
    wallet.node.receipt(answer(page, "sending")["result"])
    assert token_units(wallet, token, ALLOWANCE, account_of(page), SPENDER) == 2**256 - 1


# ── signatures, checked by the dapp's own libraries ──────────────────────────────────────────────────
def test_its_own_check_and_ec_recover_find_the_signer_of_a_text(wallet: Standing, page: Page) -> None:
    said = wallet.approve(press(page, "personalSign"))
    assert "Example `personal_sign` message" in said
    expect(page.locator("#personalSignResult")).to_have_text(re.compile("0x[0-9a-f]{130}"))
    page.locator("#personalSignVerify").click()
    for result in ("personalSignVerifySigUtilResult", "personalSignVerifyECRecoverResult"):
        expect(page.locator(f"#{result}")).to_have_text(account_of(page))


@pytest.mark.parametrize("button", ["signTypedDataV4", "signPermit"])
def test_its_own_check_finds_the_signer_of_typed_data(wallet: Standing, page: Page, button: str) -> None:
    wallet.approve(press(page, button))
    page.locator(f"#{button}Verify").click(timeout=15_000)
    expect(page.locator(f"#{button}VerifyResult")).to_have_text(account_of(page), ignore_case=True)


def test_a_refused_text_shows_the_dapp_the_refusal(wallet: Standing, page: Page) -> None:
    wallet.refuse(press(page, "personalSign"))
    expect(page.locator("#personalSign")).to_contain_text("Error:")


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_sign", ["0x" + "00" * 20, "0x" + "87" * 32]),
        ("eth_signTypedData", [[{"type": "string", "name": "Message", "value": "Hi"}], "0x" + "00" * 20]),
        ("eth_signTypedData_v3", ["0x" + "00" * 20, "{}"]),
        ("eth_getEncryptionPublicKey", ["0x" + "00" * 20]),
        ("eth_decrypt", ["0x00", "0x" + "00" * 20]),
    ],
)
def test_what_is_never_done_is_4200_and_opens_no_window(page: Page, method: str, params: list[Any]) -> None:
    given = [account_of(page) if item == "0x" + "00" * 20 else item for item in params]
    assert ask(page, method, given)["code"] == 4200


# ── sign-in texts ────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def on_ethereum(wallet: Standing, page: Page) -> Iterator[Page]:
    """The dapp's sign-in texts are for chain 1."""
    with Anvil(chain_id=1) as node:
        wallet.me.terminal("chain", "set-endpoint", "eip155:1", node.url)
        assert ask(page, "wallet_switchEthereumChain", [{"chainId": "0x1"}]) == {"result": None}
        expect(page.locator("#chainId")).to_have_text("0x1")
        yield page
        assert ask(page, "wallet_switchEthereumChain", [{"chainId": "0x7a69"}]) == {"result": None}


@pytest.mark.parametrize("button", ["siwe", "siweResources"])
def test_signs_in_where_the_text_is_for_this_site_account_and_network(
    wallet: Standing, on_ethereum: Page, button: str
) -> None:
    said = wallet.approve(press(on_ethereum, button))
    assert "Sign in to localhost:" in said
    expect(on_ethereum.locator("#siweResult")).to_have_text(re.compile("^0x[0-9a-f]{130}$"))


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ("siweBadDomain", "not to the site that asks"),
        ("siweBadAccount", "another account"),
        ("siweMalformed", "malformed"),
    ],
)
def test_never_signs_in_elsewhere_as_another_or_by_half_a_text(
    wallet: Standing, on_ethereum: Page, button: str, reason: str
) -> None:
    blocked(wallet, on_ethereum, button, reason)


def test_never_signs_in_on_another_network(wallet: Standing, page: Page) -> None:
    blocked(wallet, page, "siwe", "another network")


def blocked(wallet: Standing, page: Page, button: str, reason: str) -> None:
    """The window only says why not; the page has its answer already."""
    with wallet.me.window() as window:
        press(page, button)()
        shown = window()
    expect(shown.get_by_role("heading", name="Refused")).to_be_visible(timeout=20_000)
    assert shown.locator("#approve").count() == 0
    assert reason in shown.locator("main").inner_text()
    expect(page.locator("#siweResult")).to_have_text(re.compile("^Error: "))
    wallet.me.finish(shown)


# ── networks and tokens ──────────────────────────────────────────────────────────────────────────────
def test_adds_its_network_by_its_own_button_and_switches_by_the_other(wallet: Standing, page: Page) -> None:
    press(page, "switchEthereumChain")()
    assert ask(page, "wallet_switchEthereumChain", [{"chainId": "0x53a"}])["code"] == 4902
    with Anvil(chain_id=1338, port=8546):
        said = wallet.approve(press(page, "addEthereumChain"))
        assert "Localhost 8546" in said and "1338 (0x53a), confirmed by the node" in said and "127.0.0.1:8546" in said
        expect(page.locator("#chainId")).to_have_text("0x53a")
        assert ask(page, "eth_blockNumber")["result"] == "0x0"
        assert ask(page, "wallet_switchEthereumChain", [{"chainId": "0x7a69"}]) == {"result": None}
        expect(page.locator("#network")).to_have_text("31337")
        press(page, "switchEthereumChain")()
        expect(page.locator("#chainId")).to_have_text("0x53a")
    listed = wallet.me.listed("chain", "list")["chains"]
    assert [chain["chain"] for chain in listed if chain["own"]] == ["eip155:1338"]
    wallet.me.terminal("chain", "remove", "--yes", "eip155:1338")
    expect(page.locator("#chainId")).to_have_text("0x7a69")


def test_its_token_is_shown_by_name_once_it_is_watched(wallet: Standing, page: Page, token: str) -> None:
    said = wallet.approve(press(page, "watchAssets"))
    assert "Show the token TST by its name" in said and token[2:8].lower() in said.lower()
    said = wallet.refuse(press(page, "transferTokens"))
    assert "1.5 TST" in said


# ── batches of calls ─────────────────────────────────────────────────────────────────────────────────
def test_says_what_a_vault_account_can_not_do_at_once(page: Page) -> None:
    press(page, "eip5792GetCapabilitiesButton")()
    expect(page.locator("#eip5792GetCapabilitiesResult")).to_contain_text("unsupported")
    press(page, "eip5792SendCallsButton")()
    expect(page.locator("#eip5792SendCallsError")).to_contain_text("several calls as one")


def test_sends_a_batch_one_call_after_the_other(wallet: Standing, page: Page) -> None:
    sent = [{"to": RECIPIENT, "value": hex(value)} for value in (11, 22)]
    batch = {"version": "2.0.0", "chainId": "0x7a69", "atomicRequired": False, "calls": sent}
    before = wallet.node.balance(RECIPIENT)
    with wallet.me.window() as window:
        start(page, "batch", "wallet_sendCalls", [batch])
        shown = window()
    for number in (1, 2):
        expect(shown.locator("main")).to_contain_text(f"call {number} of 2", timeout=20_000)
        wallet.me.approve(shown)
        if number == 1:
            expect(shown.get_by_role("button", name="Next of 1")).to_be_visible(timeout=30_000)
            wallet.me.carry_all()
            shown.get_by_role("button", name="Next of 1").click()
    wallet.me.finish(shown)
    page.locator("#eip5792RequestIdInput").fill(answer(page, "batch")["result"]["id"])
    press(page, "eip5792GetCallsStatusButton")()
    expect(page.locator("#eip5792GetCallsStatusResult")).to_contain_text('"status": 200', timeout=20_000)
    assert wallet.node.balance(RECIPIENT) - before == 33


# ── what is malformed ────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("button", ["signInvalidType", "signInvalidPrimaryType", "signNoPrimaryTypeDefined"])
def test_malformed_typed_data_is_refused_without_a_window(page: Page, button: str) -> None:
    press(page, button)()
    expect(page.locator("#signMalformedResult")).to_have_text(re.compile("Error:"), timeout=15_000)


# ── permissions ──────────────────────────────────────────────────────────────────────────────────────
def test_permissions_are_shown_taken_back_and_given_again(wallet: Standing, page: Page) -> None:
    page.locator("#getPermissions").click()
    expect(page.locator("#permissionsResult")).to_have_text("eth_accounts")
    page.locator("#revokeAccountsPermission").click()
    expect(page.locator("#accounts")).to_have_text("")
    assert ask(page, "eth_accounts")["result"] == []
    assert ask(page, "wallet_getPermissions")["result"] == []
    refused = ask(page, "eth_sendTransaction", [{"from": "0x" + "11" * 20, "to": RECIPIENT}])
    assert refused["code"] == 4100
    expect(page.locator("#connectButton")).to_have_text("Connect")
    before = wallet.me.touches
    wallet.approve(press(page, "requestPermissions"))
    expect(page.locator("#accounts")).to_have_text(re.compile("0x[0-9a-f]{40}"))
    assert wallet.me.touches == before, "a site that has its passkey connects again without a touch"


def test_reading_the_chain_needs_no_window(wallet: Standing, page: Page) -> None:
    account = account_of(page)
    assert ask(page, "eth_getBalance", [account, "latest"])["result"] == hex(wallet.node.balance(account))
    assert ask(page, "eth_blockNumber")["result"] == wallet.node.rpc("eth_blockNumber")
    assert ask(page, "web3_clientVersion")["result"].startswith("anvil")
