"""Passkeys at home: added, removed, named; changes that wait for a person."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.ui.stage import Stage
from tests.e2e.ui.test_pages import violations
from tests.fakes.views import a_change


def at_home(stage: Stage, *, prf: bool = True) -> Page:
    """The home page, with a home passkey that can be touched."""
    page = stage.page("home")
    stage.browser.attach_authenticator(page, prf=prf)
    stage.world.set(home_credential=None)
    expect(page.get_by_role("heading", name="Passkeys", exact=True)).to_be_visible(timeout=20_000)
    return page


def add(page: Page, name: str = "Key in the drawer") -> None:
    """Up to the touch of the one that is there already."""
    page.get_by_label("What you call it").fill(name)
    page.get_by_role("button", name="Make the new passkey").click()
    page.get_by_role("button", name="Let it in").click(timeout=20_000)


def test_a_second_passkey_is_asked_for_until_there_is_one(stage: Stage) -> None:
    page = at_home(stage)
    asked = page.get_by_role("region", name="A second passkey")
    asked.get_by_role("button", name="Add a second passkey").click()
    expect(page.get_by_text("your word here counts for it as well")).to_be_visible()
    add(page)
    expect(page.get_by_text("Key in the drawer")).to_be_visible(timeout=20_000)
    expect(asked).to_have_count(0)
    [made] = stage.world.calls("passkey_addHome")
    assert made["can_unlock"] is True
    assert "results" not in str(made["response"])
    [slots] = stage.world.calls("passkey_addSlots")
    assert [slot["recipient"] for slot in slots["slots"]] == ["agent", "cosigner"]
    assert {slot["credential_id"] for slot in slots["slots"]} == {made["response"]["id"]}


def test_a_second_passkey_that_opens_nothing_brings_two_passphrases(stage: Stage) -> None:
    page = at_home(stage, prf=False)
    page.get_by_role("button", name="Add a second passkey").first.click()
    add(page)
    page.get_by_role("dialog").get_by_label("For this computer").fill("one passphrase")
    page.get_by_role("dialog").get_by_label("For the co-signer").fill("another passphrase")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Key in the drawer")).to_be_visible(timeout=20_000)
    [slots] = stage.world.calls("passkey_addSlots")
    assert {slot["kind"] for slot in slots["slots"]} == {"passphrase"}


def test_with_a_second_device_the_page_says_whose_yes_is_missing(stage: Stage) -> None:
    stage.world.set(needs_person=True)
    page = at_home(stage)
    page.get_by_role("button", name="Add a second passkey").first.click()
    add(page)
    expect(page.get_by_role("heading", name="One more yes")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Open Counterfoil on Laptop and allow it there.").first).to_be_visible()
    assert stage.world.calls("passkey_addSlots") == []
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Call it off").click()
    expect(page.get_by_role("region", name="A change that waits")).to_have_count(0)


@pytest.mark.parametrize("answer", ["Allow it", "Call it off"])
def test_what_another_device_asks_for_is_allowed_or_called_off(stage: Stage, answer: str) -> None:
    stage.world.set(changes=[a_change()])
    page = at_home(stage)
    asked = page.get_by_role("region", name="A change that waits")
    expect(asked).to_contain_text("Laptop asks")
    expect(asked).to_contain_text("Allow it only if you asked for it yourself")
    asked.get_by_role("button", name=answer).click()
    method = "change_agree" if answer == "Allow it" else "change_cancel"
    assert stage.world.wait_for(method) == {"change_id": "cd" * 16}


def test_a_sites_passkey_is_removed_by_the_home_passkey(stage: Stage) -> None:
    page = at_home(stage)
    page.get_by_role("button", name="Add a second passkey").first.click()
    add(page)
    row = page.get_by_role("listitem").filter(has_text="app.uniswap.org").filter(has_text="What it may do")
    row.get_by_text("What it may do").click(timeout=20_000)
    row.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The site is disconnected")).to_be_visible()
    page.get_by_role("button", name="Remove it").click()
    expect(row).to_have_count(0, timeout=20_000)
    assert stage.world.calls("passkey_remove") == [{"credential_id": "c2l0ZQ"}]
    assert len(stage.world.calls("change_approve")) == 2


def test_the_last_home_passkey_has_no_remove(stage: Stage) -> None:
    page = at_home(stage)
    row = page.get_by_role("listitem").filter(has_text="Home passkey").filter(has_text="What it may do")
    row.get_by_text("What it may do").click()
    expect(row.get_by_text("The last home passkey can't be removed.")).to_be_visible()
    expect(row.get_by_role("button", name="Remove")).to_have_count(0)


def test_a_passkey_is_renamed(stage: Stage) -> None:
    page = at_home(stage)
    row = page.get_by_role("listitem").filter(has_text="Home passkey").filter(has_text="What it may do")
    row.get_by_text("What it may do").click()
    row.get_by_role("button", name="Rename").click()
    page.get_by_label("Its name on this computer").fill("This laptop")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(page.get_by_text("This laptop")).to_be_visible(timeout=20_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_dialog_and_the_notices(stage: Stage, scheme: str) -> None:
    stage.world.set(changes=[a_change()])
    page = at_home(stage)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.get_by_text("What it may do").first.click()
    assert violations(page) == []
    page.get_by_role("button", name="Add a second passkey").first.click()
    assert violations(page) == []
