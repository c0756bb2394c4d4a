"""What a page may rely on: EIP-1193, EIP-6963 and EIP-2255, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.devnet.anvil import Anvil
from tests.devnet.dapp_server import DappServer
from tests.e2e.standing import Standing, answer, ask, blank_site, start

STRANGER = "0x" + "11" * 20
LISTEN = """() => { window.heard = []; for (const name of ["connect", "disconnect", "chainChanged", "accountsChanged"])
    window.ethereum.on(name, (data) => window.heard.push([name, data])); }"""


@pytest.fixture
def site() -> Iterator[DappServer]:
    with blank_site() as server:
        yield server


@pytest.fixture
def page(wallet: Standing, site: DappServer) -> Iterator[Page]:
    """A site that nobody knows yet."""
    with wallet.visiting(site.url) as page:
        assert ask(page, "eth_chainId") == {"result": "0x7a69"}  # greeted: what it hears from now on is news
        page.evaluate(LISTEN)
        yield page


@pytest.fixture
def account(wallet: Standing, page: Page) -> str:
    address = wallet.connect(page)
    page.evaluate("window.heard.length = 0")
    return address


def heard(page: Page, *events: Any) -> None:
    """Exactly these events, once they are there."""
    page.wait_for_function("count => window.heard.length >= count", arg=len(events), timeout=15_000)
    assert page.evaluate("window.heard") == [list(event) for event in events]


# ── the provider as an object ────────────────────────────────────────────────────────────────────────
def test_two_questions_get_two_announcements_of_one_frozen_provider(page: Page) -> None:
    found = page.evaluate(
        """() => { const details = []; addEventListener("eip6963:announceProvider", (e) => details.push(e.detail));
        dispatchEvent(new Event("eip6963:requestProvider")); dispatchEvent(new Event("eip6963:requestProvider"));
        const [one, two] = details; const { info, provider } = one; return { count: details.length,
            same: info.uuid === two.info.uuid && provider === two.provider && provider === window.ethereum,
            frozen: Object.isFrozen(one) && Object.isFrozen(info) && Object.isFrozen(provider),
            uuid: info.uuid, name: info.name, rdns: info.rdns, icon: info.icon.slice(0, 11) }; }"""
    )
    uuid = found.pop("uuid")
    assert len(uuid) == 36 and uuid[14] == "4"
    assert found == {
        "count": 2, "same": True, "frozen": True, "name": "Counterfoil", "rdns": "app.counterfoil", "icon": "data:image/",
    }  # fmt: skip


def test_each_load_of_a_page_announces_a_new_uuid(page: Page) -> None:
    uuid = """() => new Promise((resolve) => { addEventListener("eip6963:announceProvider",
        (e) => resolve(e.detail.info.uuid)); dispatchEvent(new Event("eip6963:requestProvider")); })"""
    before = page.evaluate(uuid)
    page.reload()
    assert page.evaluate(uuid) != before


def test_is_connected_while_it_can_answer(page: Page) -> None:
    assert page.evaluate("window.ethereum.isConnected()") is True


def test_a_listener_that_was_removed_or_throws_stops_nobody(wallet: Standing, page: Page) -> None:
    page.evaluate(
        """() => { const gone = () => window.heard.push("gone"); window.ethereum.on("accountsChanged", gone);
        window.ethereum.removeListener("accountsChanged", gone);
        window.ethereum.on("accountsChanged", () => { throw new Error("the page's own"); });
        window.ethereum.on("accountsChanged", () => window.heard.push(["later", 1])); }"""
    )
    account = wallet.connect(page)
    heard(page, ("accountsChanged", [account]), ("later", 1))


# ── errors ───────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("wallet_doesNotExist", [], 4200),
        ("eth_sign", [STRANGER, "0x00"], 4200),
        ("debug_traceTransaction", [], 4200),
        ("eth_sendTransaction", [{"from": STRANGER, "to": STRANGER}], 4100),
        ("personal_sign", ["0x00", STRANGER], 4100),
        ("eth_getBalance", [STRANGER, "latest"], 4100),
    ],
)
def test_a_stranger_is_told_what_is_wrong(page: Page, method: str, params: list[Any], code: int) -> None:
    refused = ask(page, method, params)
    assert refused["code"] == code and refused["message"] and refused["data"]["reason"]


def test_a_stranger_sees_no_accounts_and_no_permissions(page: Page) -> None:
    for method in ("eth_accounts", "wallet_getPermissions"):
        assert ask(page, method)["result"] == []


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("eth_sendTransaction", []),
        ("eth_sendTransaction", [{"to": "0x12", "from": "ACCOUNT"}]),
        ("eth_sendTransaction", [{"to": STRANGER, "from": "ACCOUNT", "value": "ten"}]),
        ("eth_sendTransaction", [{"to": STRANGER, "from": "ACCOUNT", "chainId": "0x1"}]),
        ("eth_sendTransaction", [{"to": STRANGER, "from": "ACCOUNT", "surprise": 1}]),
        ("personal_sign", ["0x00"]),
        ("eth_signTypedData_v4", ["ACCOUNT", "{"]),
        ("eth_signTypedData_v4", ["ACCOUNT", "[]"]),
        ("wallet_revokePermissions", [{"eth_everything": {}}]),
    ],
)
def test_malformed_params_are_32602_and_open_no_window(
    page: Page, account: str, method: str, params: list[Any]
) -> None:
    filled = [
        {key: account if value == "ACCOUNT" else value for key, value in item.items()}
        if isinstance(item, dict)
        else (account if item == "ACCOUNT" else item)
        for item in params
    ]
    assert ask(page, method, filled)["code"] == -32602


@pytest.mark.parametrize(
    "call",
    [
        "{}",
        "{method: 1}",
        "{method: ''}",
        "undefined",
        "{method: 'eth_chainId', params: 1}",
        "{method: 'eth_chainId', params: 1n}",
    ],
)
def test_what_is_no_call_is_refused(page: Page, call: str) -> None:
    code = page.evaluate(f"() => window.ethereum.request({call}).then(() => null, (error) => error.code)")
    assert code in {-32600, -32602}


def test_an_account_of_someone_else_is_refused(page: Page, account: str) -> None:
    assert ask(page, "eth_sendTransaction", [{"from": STRANGER, "to": account}])["code"] in {4100, -32602}


# ── events ───────────────────────────────────────────────────────────────────────────────────────────
def test_connecting_and_revoking_are_heard_once_each(wallet: Standing, page: Page) -> None:
    account = wallet.connect(page)
    heard(page, ("accountsChanged", [account]))
    assert ask(page, "wallet_revokePermissions", [{"eth_accounts": {}}]) == {"result": None}
    heard(page, ("accountsChanged", [account]), ("accountsChanged", []))


def test_a_person_revokes_in_the_terminal_and_the_page_hears_of_it(
    wallet: Standing, site: DappServer, page: Page, account: str
) -> None:
    wallet.me.terminal("site", "revoke", "--yes", site.origin)
    heard(page, ("accountsChanged", []))
    assert ask(page, "eth_accounts")["result"] == []


def test_locking_takes_the_accounts_away_and_unlocking_brings_them_back(
    wallet: Standing, page: Page, account: str
) -> None:
    wallet.me.terminal("lock")
    heard(page, ("accountsChanged", []))
    assert ask(page, "eth_accounts")["result"] == []
    assert ask(page, "personal_sign", ["0x00", account])["code"] == 4100
    unlock(wallet)
    heard(page, ("accountsChanged", []), ("accountsChanged", [account]))
    assert ask(page, "eth_accounts")["result"] == [account]


def test_every_open_page_hears_that_the_chain_changed(wallet: Standing, page: Page, account: str) -> None:
    with blank_site() as other, wallet.visiting(other.url) as stranger:
        assert ask(stranger, "eth_chainId") == {"result": "0x7a69"}
        stranger.evaluate(LISTEN)
        try:
            wallet.me.terminal("chain", "use", "eip155:11155111")
            for listening in (page, stranger):
                heard(listening, ("chainChanged", "0xaa36a7"))
                assert ask(listening, "eth_chainId") == {"result": "0xaa36a7"}
                assert listening.evaluate("window.ethereum.chainId") == "0xaa36a7"
        finally:
            wallet.me.terminal("chain", "use", "eip155:31337")
        heard(page, ("chainChanged", "0xaa36a7"), ("chainChanged", "0x7a69"))


def test_switching_is_told_to_that_site_alone(wallet: Standing, page: Page, account: str) -> None:
    with Anvil(chain_id=10) as node, blank_site() as other, wallet.visiting(other.url) as stranger:
        assert ask(stranger, "eth_chainId") == {"result": "0x7a69"}
        stranger.evaluate(LISTEN)
        refused = ask(stranger, "wallet_switchEthereumChain", [{"chainId": "0xa"}])
        assert refused["code"] == 4100
        wallet.me.terminal("chain", "set-endpoint", "eip155:10", node.url)
        assert ask(page, "wallet_switchEthereumChain", [{"chainId": "0xa"}]) == {"result": None}
        heard(page, ("chainChanged", "0xa"))
        assert ask(page, "eth_chainId") == {"result": "0xa"}
        assert ask(stranger, "eth_chainId") == {"result": "0x7a69"}
        assert stranger.evaluate("window.heard") == []


def test_new_blocks_reach_the_very_page_that_subscribed(
    wallet: Standing, site: DappServer, page: Page, account: str
) -> None:
    hear = """() => { window.blocks = []; window.ethereum.on("message", (m) => window.blocks.push(m)); }"""
    with wallet.visiting(site.url) as other:
        assert ask(other, "eth_accounts")["result"] == [account]
        for listening in (page, other):
            listening.evaluate(hear)
        subscription = ask(page, "eth_subscribe", ["newHeads"])["result"]
        assert ask(other, "eth_unsubscribe", [subscription]) == {"result": False}
        wallet.node.rpc("anvil_mine", "0x2")
        page.wait_for_function("window.blocks.length === 2", timeout=20_000)
        newest = wallet.node.rpc("eth_getBlockByNumber", "latest", False)
        message = page.evaluate("window.blocks[1]")
        assert message["type"] == "eth_subscription" and message["data"]["subscription"] == subscription
        assert message["data"]["result"]["hash"] == newest["hash"]
        assert other.evaluate("window.blocks") == []
        assert ask(page, "eth_unsubscribe", [subscription]) == {"result": True}
    assert ask(page, "eth_subscribe", ["newPendingTransactions"])["code"] == 4200


def unlock(wallet: Standing) -> None:
    """With the home passkey, in the tab where it was made."""
    home = wallet.me.home
    assert home is not None
    home.goto(wallet.browser.url("extension/ui/home.html"))
    home.get_by_role("button", name="Unlock", exact=True).click()
    home.get_by_role("button", name="Unlock with your passkey").click()
    expect(home.get_by_role("button", name="Lock", exact=True)).to_be_visible(timeout=30_000)


# ── permissions ──────────────────────────────────────────────────────────────────────────────────────
def test_permissions_have_the_form_of_eip_2255(wallet: Standing, site: DappServer, page: Page) -> None:
    wallet.me.connect(page, lambda: start(page, "asked", "wallet_requestPermissions", [{"eth_accounts": {}}]))
    given = answer(page, "asked")["result"]
    assert given == ask(page, "wallet_getPermissions")["result"]
    (permission,) = given
    account = ask(page, "eth_accounts")["result"]
    assert permission["invoker"] == site.origin
    assert permission["parentCapability"] == "eth_accounts"
    assert permission["caveats"] == [{"type": "restrictReturnedAccounts", "value": account}]


def test_a_permission_that_does_not_exist_is_refused(page: Page) -> None:
    assert ask(page, "wallet_requestPermissions", [{"everything": {}}])["code"] == -32602


# ── many at once, and pages that go away ─────────────────────────────────────────────────────────────
def test_ten_calls_at_once_get_ten_answers(wallet: Standing, page: Page, account: str) -> None:
    answers = page.evaluate(
        """(account) => Promise.all(Array.from({length: 10}, (_, i) => window.ethereum.request(
        i % 2 ? {method: "eth_getBalance", params: [account, "latest"]} : {method: "eth_chainId"})))""",
        account,
    )
    assert answers == ["0x7a69", hex(wallet.node.balance(account))] * 5


def test_three_wait_in_one_window_and_refuse_all_answers_each(wallet: Standing, page: Page, account: str) -> None:
    with wallet.me.window() as window:
        for number in range(3):
            start(page, f"call{number}", "personal_sign", [f"0x{number:02x}", account])
        shown = window()
    expect(shown.locator("header")).to_contain_text("1 of 3")
    with shown.expect_event("close"):
        shown.get_by_role("button", name="Refuse all").click()
    assert [answer(page, f"call{number}")["code"] for number in range(3)] == [4001] * 3


def test_what_waits_in_a_queue_is_decided_one_by_one(wallet: Standing, page: Page, account: str) -> None:
    with wallet.me.window() as window:
        for number in range(2):
            start(page, f"call{number}", "personal_sign", ["0x" + f"text {number}".encode().hex(), account])
        shown = window()
    expect(shown.locator("main")).to_contain_text("text 0")
    shown.locator("#refuse").click()
    expect(shown.locator("main")).to_contain_text("text 1")
    wallet.read(shown)
    wallet.me.approve(shown)
    wallet.me.finish(shown)
    assert answer(page, "call0")["code"] == 4001
    assert answer(page, "call1")["result"].startswith("0x")


def test_a_page_that_asks_too_much_is_told_to_wait(wallet: Standing, page: Page, account: str) -> None:
    with wallet.me.window() as window:
        page.evaluate(
            """(account) => { window.calls = Array.from({length: 8}, (_, i) => window.ethereum.request(
            {method: "personal_sign", params: [`0x0${i}`, account]}).then(() => null, (error) => error.code)); }""",
            account,
        )
        shown = window()
    expect(shown.locator("header")).to_contain_text("1 of 5")
    with shown.expect_event("close"):
        shown.get_by_role("button", name="Refuse all").click()
    assert sorted(page.evaluate("Promise.all(window.calls)")) == [-32005] * 3 + [4001] * 5


@pytest.mark.parametrize("how", ["reload", "close", "leave"])
def test_nobody_can_approve_what_a_page_asked_that_is_gone(
    wallet: Standing, site: DappServer, account: str, how: str
) -> None:
    with wallet.visiting(site.url) as leaving:
        with wallet.me.window() as window:
            start(leaving, "lost", "personal_sign", ["0x00", account])
            shown = window()
        expect(shown.locator("#approve")).to_be_visible()
        if how == "reload":
            leaving.reload()
        elif how == "leave":
            leaving.goto("about:blank")
        else:
            wallet.me.carry_all()
            leaving.close()
        expect(shown.get_by_role("heading", name="Refused")).to_be_visible(timeout=15_000)
        wallet.me.finish(shown)


def test_closing_the_window_refuses(wallet: Standing, page: Page, account: str) -> None:
    with wallet.me.window() as window:
        start(page, "unanswered", "personal_sign", ["0x00", account])
        shown = window()
    expect(shown.locator("#approve")).to_be_visible()
    shown.close()
    assert answer(page, "unanswered")["code"] == 4001


def test_a_page_that_is_loaded_again_is_still_connected(page: Page, account: str) -> None:
    page.reload()
    assert ask(page, "eth_accounts")["result"] == [account]
