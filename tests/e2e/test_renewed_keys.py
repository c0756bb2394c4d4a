"""The keys are renewed on the home page: same address, and the old recovery file is worth nothing."""

from __future__ import annotations

import json
from pathlib import Path

from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import expect

from tests.e2e.browser import Browser
from tests.e2e.persona import RECOVERY, Persona
from tests.e2e.standing import answer, blank_site, start

FRESH = "velvet anchor thistle marble"


def test_new_shares_sign_for_the_same_address_once_their_recovery_file_was_opened_again(
    browser: Browser, tmp_path: Path
) -> None:
    me = Persona(browser)
    home = me.open_set_up()
    me.pair(home)
    me.make_home_passkey(home)
    me.make_vault(home)
    old = me.save_recovery_file(home, tmp_path)
    me.prove_recovery_file(home, old)
    [account] = me.listed("account", "list")["accounts"]

    home.goto(browser.url("extension/ui/home.html"))
    home.get_by_text("Renew the keys").click()
    renewing = home.locator("#renew-keys")
    renewing.get_by_label("Passphrase of the new recovery file").fill(FRESH)
    renewing.get_by_label("The same once more").fill(FRESH)
    renewing.get_by_role("button", name="Touch the home passkey").click()
    waiting = home.locator("#new-recovery-file")
    expect(waiting).to_be_visible(timeout=60_000)
    with home.expect_download() as download:
        waiting.get_by_role("button", name="Save the file").click()
    new = tmp_path / f"new-{download.value.suggested_filename}"
    download.value.save_as(new)
    waiting.get_by_label("The file").set_input_files(new)
    waiting.get_by_label("Its passphrase").fill(FRESH)
    waiting.get_by_role("button", name="Open it").click()
    expect(waiting).to_have_count(0, timeout=60_000)
    expect(home.get_by_text("Recovery file proven", exact=True)).to_be_visible(timeout=60_000)

    with blank_site() as site:
        page = me.visit(site.url)
        me.connect(page, lambda: start(page, "connecting", "eth_requestAccounts"))
        [address] = answer(page, "connecting")["result"]
        with me.window() as window:
            start(page, "signing", "personal_sign", ["0x48656c6c6f", address])
            shown = window()
        me.approve(shown)
        me.finish(shown)
        signature = answer(page, "signing")["result"]
    signer = Account.recover_message(encode_defunct(text="Hello"), signature=signature)
    assert signer.lower() == address.lower() == account["address"].lower()
    assert verified(me, new, FRESH)["current"] is True
    assert verified(me, old, RECOVERY)["current"] is False


def verified(me: Persona, file: Path, passphrase: str) -> dict[str, object]:
    """What the terminal says of a recovery file."""
    said: dict[str, object] = json.loads(
        me.terminal("backup", "verify", str(file), "--passphrase-stdin", "--json", given=passphrase + "\n", check=False)
    )
    return said
