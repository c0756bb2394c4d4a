"""Two parts of a starter vault are on this computer: a second file makes its loss bearable."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.browser import Browser
from tests.e2e.persona import Persona

SECOND = "velvet anchor thistle marble"


def test_the_home_page_asks_for_a_second_file_until_it_was_opened_again(browser: Browser, tmp_path: Path) -> None:
    me = Persona(browser)
    page = me.set_up(tmp_path)
    page.goto(browser.url("extension/ui/home.html"))
    page.get_by_text("Save a second file").click()
    page.get_by_label("Passphrase of the second file").fill(SECOND)
    page.get_by_label("The same once more").fill(SECOND)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the second file").click()
    saved = tmp_path / download.value.suggested_filename
    download.value.save_as(saved)

    page.get_by_label("The file").set_input_files(saved)
    page.get_by_label("Its passphrase").fill("not the one")
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_role("alert").filter(has_text="passphrase")).to_be_visible(timeout=30_000)
    page.get_by_label("Its passphrase").fill(SECOND)
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_text("Second file proven")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Save a second file")).to_have_count(0)
    assert "two files bring every vault back" in me.terminal("doctor", check=False)
