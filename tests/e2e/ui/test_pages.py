"""Set-up and home, and that everybody can use them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.ui.screens import PASSPHRASE
from tests.e2e.ui.stage import Stage


def begin(stage: Stage, step: str) -> Page:
    """The set-up at a step."""
    stage.world.set(onboarding=step, home_credential=None if step == "home_passkey" else "aG9tZQ")
    page = stage.page("onboarding")
    stage.browser.attach_authenticator(page)
    return page


def make_vault(page: Page) -> None:
    """Step two."""
    page.fill("input[name=recovery]", PASSPHRASE)
    page.fill("input[name=again]", PASSPHRASE)
    page.click("button:has-text('Make the vault')")


def test_the_whole_set_up_takes_one_touch_and_leaks_no_secret(bare: Stage, tmp_path: Path) -> None:
    bare.world.set(onboarding="home_passkey")
    page = bare.page("onboarding")
    bare.browser.attach_authenticator(page)
    expect(page.locator(".code")).to_have_text("482 916")
    bare.world.set(confirm_pairing=True)
    page.click("text=Make the passkey")
    make_vault(page)
    with page.expect_download() as saving:
        page.click("text=Save the file")
    saved = tmp_path / "recovery"
    saving.value.save_as(saved)
    page.set_input_files("input[type=file]", saved)
    page.fill("input[name=recovery]", PASSPHRASE)
    page.click("button:has-text('Open it')")
    with bare.browser.context.expect_page() as opened:
        bare.world.set(try_it=bare.site + "/")
        page.click("text=Open the test page")
    assert opened.value.url == bare.site + "/"
    assert bare.browser.touches == 1
    home = bare.world.calls("passkey_finishHome")[0]
    assert [slot["recipient"] for slot in home["slots"]] == ["agent", "cosigner"]
    assert "results" not in json.dumps(home["response"])
    assert PASSPHRASE not in (bare.world.home / "calls.jsonl").read_text()


@pytest.mark.parametrize(
    ("step", "heading"),
    [
        ("home_passkey", "Make your home passkey"),
        ("vault", "Make your vault"),
        ("recovery_file", "Save the recovery file"),
        ("try_it", "Try it"),
    ],
)
def test_resumes_where_it_was_left(stage: Stage, step: str, heading: str) -> None:
    expect(begin(stage, step).locator("main h1")).to_have_text(heading)


def test_a_passkey_that_unlocks_nothing_is_backed_by_two_passphrases(stage: Stage) -> None:
    stage.world.set(onboarding="home_passkey")
    page = stage.page("onboarding")
    stage.browser.attach_authenticator(page, prf=False)
    page.click("text=Make the passkey")
    expect(page.locator("main h1")).to_have_text("Two passphrases")
    page.fill("input[name=agent]", "one passphrase")
    page.fill("input[name=cosigner]", "one passphrase")
    page.click("text=Go on")
    expect(page.locator("[role=alert]:not(.hidden-text)")).to_contain_text("two different")
    page.fill("input[name=cosigner]", "another passphrase")
    page.click("text=Go on")
    expect(page.locator("main h1")).to_have_text("Make your vault")
    assert stage.world.calls("passkey_finishHome")[0]["slots"] == []
    assert {slot["kind"] for slot in stage.world.calls("passkey_addSlots")[0]["slots"]} == {"passphrase"}


def test_two_passphrases_that_differ_make_no_vault(stage: Stage) -> None:
    page = begin(stage, "vault")
    page.fill("input[name=recovery]", PASSPHRASE)
    page.fill("input[name=again]", PASSPHRASE + "x")
    page.click("button:has-text('Make the vault')")
    expect(page.locator("[role=alert]:not(.hidden-text)")).to_contain_text("not the same")
    assert stage.world.calls("vault_create") == []


def test_a_wrong_recovery_file_is_said_to_be_one(stage: Stage, tmp_path: Path) -> None:
    page = begin(stage, "recovery_file")
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"something else")
    page.set_input_files("input[type=file]", wrong)
    page.fill("input[name=recovery]", PASSPHRASE)
    page.click("button:has-text('Open it')")
    expect(page.locator("[role=alert]:not(.hidden-text)")).to_contain_text("not a readable recovery file")


def test_versions_that_do_not_fit_are_shown(stage: Stage) -> None:
    stage.world.set(protocols=[99])
    stage.browser.kill_worker()
    expect(stage.page("onboarding").locator("main h1")).to_have_text("The two halves don't fit")


def test_home_shows_accounts_and_disconnects_sites(stage: Stage) -> None:
    page = stage.page("home")
    expect(page.locator("text=Savings").first).to_be_visible()
    page.click("[aria-label='Disconnect https://app.uniswap.org']")
    expect(page.locator("[aria-label='Disconnect https://app.uniswap.org']")).to_have_count(0)
    assert stage.world.calls("site_revoke") == [{"origin": "https://app.uniswap.org"}]


def test_home_locks(stage: Stage) -> None:
    page = stage.page("home")
    page.click("text=Lock")
    expect(page.locator("text=Counterfoil is locked.")).to_be_visible()
    page.click("button:has-text('Unlock')")
    expect(page.locator("dialog h2")).to_have_text("Counterfoil is locked")


def violations(page: Page) -> list[str]:
    """What axe finds."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("step", ["home_passkey", "vault", "recovery_file", "try_it"])
def test_axe_finds_nothing_in_the_set_up(stage: Stage, step: str, scheme: str) -> None:
    page = begin(stage, step)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_selector("main h1")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["some", "none", "many"])
def test_axe_finds_nothing_at_home(stage: Stage, size: str, scheme: str) -> None:
    stage.world.set(size=size, history=40)
    page = stage.page("home")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_selector("text=Settings")
    page.wait_for_function("!document.querySelector('.skeleton')")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["connect", "send", "token-approval-unlimited", "typed-data", "message", "long"])
def test_axe_finds_nothing_in_the_window(stage: Stage, kind: str, scheme: str) -> None:
    stage.page("home").close()
    stage.world.push(propose=kind)
    page = stage.window()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_selector("#approve")
    page.eval_on_selector("#read-to-here, main", "(end) => end.scrollIntoView()")
    page.wait_for_timeout(900)
    assert violations(page) == []
