"""The thread: a page asks, the window tells, the passkey is touched in the page, two parties sign, a node mines."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.devnet.anvil import ETHER, Anvil
from tests.e2e.browser import Browser
from tests.e2e.persona import Persona

FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


@pytest.fixture
def me(browser: Browser) -> Persona:
    return Persona(browser)


def test_from_an_installed_extension_to_a_mined_transaction(me: Persona, anvil: Anvil, tmp_path: Path) -> None:
    set_up = me.open_set_up()
    me.pair(set_up)
    me.use_node(anvil.url)
    me.make_home_passkey(set_up)
    me.make_vault(set_up)
    me.prove_recovery_file(set_up, me.save_recovery_file(set_up, tmp_path))

    with me.browser.context.expect_page() as opened:
        set_up.get_by_role("button", name="Open the test page").click()
    page = opened.value
    me.attach(page)
    me.connect(page, lambda: page.get_by_role("button", name="Connect").click())
    expect(page.get_by_role("log")).to_contain_text("Connected: 0x")
    assert me.touches <= 4
    account = (page.get_by_role("log").text_content() or "").split("Connected: ")[1][:42]
    anvil.fund(account, ETHER)

    before = me.touches
    with me.window() as window:
        page.get_by_role("button", name="Send 0.01 test coins").click()
        shown = window()
    expect(shown.locator("main")).to_contain_text("0.01")
    expect(shown.locator("header")).to_contain_text("localhost")
    me.approve(shown)
    me.finish(shown)
    expect(page.get_by_role("log")).to_contain_text("Mined in block", timeout=20_000)
    assert me.touches - before == 1
    assert anvil.balance(FRIEND) > 10_000 * ETHER
