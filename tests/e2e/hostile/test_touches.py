"""The passkey fails, lies or is not touched: nothing is signed, the window says so, the page gets its answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.authenticator import Spoiling
from tests.e2e.hostile.world import Asked, World


def asked_to_touch(world: World, page: Page) -> tuple[Asked, Page]:
    """A text was approved in the window, and the page's passkey is wanted."""
    asked, window = world.window(lambda: world.ask_text(page))
    world.me.approve(window)
    return asked, window


@pytest.mark.parametrize("way", ["isBogusSignature", "isBadUV", "isBadUP"])
def test_a_passkey_that_answers_wrongly_signs_nothing_and_the_page_hears_of_it(world: World, way: Spoiling) -> None:
    page = world.open()
    before = world.signatures()
    world.me.pages[page].spoil(way)
    asked, window = asked_to_touch(world, page)
    alert = window.get_by_role("alert")
    expect(alert).to_contain_text("Nothing was signed", timeout=20_000)
    assert world.signatures() == before
    window.get_by_role("button", name="Refuse").click()
    assert asked.error()["code"] == 4001
    assert world.last()["state"] == "refused"
    assert world.signatures() == before


def test_after_a_wrong_answer_the_person_can_try_again_and_a_right_one_is_signed(world: World) -> None:
    page = world.open()
    world.me.pages[page].spoil("isBogusSignature")
    asked, window = asked_to_touch(world, page)
    expect(window.get_by_role("alert")).to_contain_text("Nothing was signed", timeout=20_000)
    world.me.pages[page].spoil()
    window.get_by_role("button", name="Try again").click()
    world.me.approve(window)
    assert world.signed_by_me("Hello", asked.result())


def test_closing_the_window_after_a_wrong_answer_refuses(world: World) -> None:
    page = world.open()
    world.me.pages[page].spoil("isBadUV")
    asked, window = asked_to_touch(world, page)
    expect(window.get_by_role("alert")).to_contain_text("Nothing was signed", timeout=20_000)
    window.close()
    assert asked.error()["code"] == 4001


def busy(page: Page) -> None:
    """The page keeps the browser's one question for itself."""
    page.evaluate(
        """() => { window.busy = new AbortController();
          void navigator.credentials.get({ signal: busy.signal, publicKey: { challenge: new Uint8Array(32) } }).catch(() => 0); }"""
    )


def test_a_page_that_blocks_the_passkey_is_said_to_and_the_home_passkey_is_offered(world: World) -> None:
    page = world.open()
    world.me.pages[page].keep_waiting()
    busy(page)
    asked, window = asked_to_touch(world, page)
    expect(window.get_by_role("alert")).to_contain_text("using another passkey", timeout=20_000)
    window.get_by_role("button", name=re.compile("doesn't work in this page")).click()
    assert world.signed_by_me("Hello", asked.result())
    assert world.last()["state"] == "final"


DELETE = "(said) => PublicKeyCredential.signalUnknownCredential(said)"


def test_a_page_that_deletes_its_passkey_loses_nothing_and_makes_a_new_one(world: World) -> None:
    page = world.open()
    mine = world.me.pages[page]
    host = "localhost"
    old = next(one for one in mine.credentials() if one["rpId"] == host)
    page.evaluate(DELETE, {"rpId": host, "credentialId": base64url(old["credentialId"])})
    world.until(lambda: all(one["rpId"] != host for one in mine.credentials()), "the passkey to be gone")
    del world.me.passkeys[old["credentialId"]]
    asked, window = asked_to_touch(world, page)
    expect(window.get_by_role("alert")).to_contain_text("was not touched", timeout=20_000)
    expect(window.locator("main")).to_contain_text("Nothing else is lost with it")
    window.locator("#renew").click()
    assert world.signed_by_me("Hello", asked.result())
    again = next(one for one in mine.credentials() if one["rpId"] == host)
    assert again["credentialId"] != old["credentialId"]
    world.me.finish(window)
    asked, window = asked_to_touch(world, page)
    assert world.signed_by_me("Hello", asked.result()), "from then on the page signs with its own again"


def base64url(text: str) -> str:
    """Chromium's protocol speaks base64, its pages base64url."""
    return text.rstrip("=").replace("+", "-").replace("/", "_")


def test_nobody_touches_and_the_person_refuses(world: World) -> None:
    page = world.open()
    before = world.signatures()
    world.me.pages[page].keep_waiting()
    asked, window = asked_to_touch(world, page)
    expect(window.get_by_role("heading", name=re.compile("Touch your passkey"))).to_be_visible(timeout=20_000)
    window.get_by_role("button", name="Refuse").click()
    assert asked.error()["code"] == 4001
    assert world.signatures() == before


@pytest.mark.parametrize("leave", ["navigates", "closes"])
def test_a_page_that_leaves_during_the_touch_has_its_request_refused(world: World, leave: str) -> None:
    page = world.open()
    before = world.signatures()
    world.me.pages[page].keep_waiting()
    _, window = asked_to_touch(world, page)
    expect(window.get_by_role("heading", name=re.compile("Touch your passkey"))).to_be_visible(timeout=20_000)
    if leave == "navigates":
        page.goto(f"{world.site.origin}/?elsewhere")
    else:
        page.close()
    world.until(lambda: world.last()["state"] == "refused", "a request that nobody waits for")
    expect(window.locator("main")).to_contain_text("Nothing was signed")
    assert world.signatures() == before


def test_an_answer_to_one_request_signs_no_other(world: World) -> None:
    """Replay: the first request's assertion, handed in for the second by the wallet's own window."""
    first, second = world.open(), world.open()
    asked, window = asked_to_touch(world, first)
    assert world.signed_by_me("Hello", asked.result())
    world.me.finish(window)
    old = world.last()
    before = world.signatures()
    world.me.pages[second].keep_waiting()
    other, window = world.window(lambda: world.ask_text(second, "Pay"))
    world.me.approve(window)
    expect(window.get_by_role("heading", name=re.compile("Touch your passkey"))).to_be_visible(timeout=20_000)
    said = world.hand_in(window, world.assertion_of(old["id"]))
    assert said["error"]["reason"] in {"CHALLENGE", "assertion_refused"}, said
    assert not other.is_answered
    assert world.signatures() == before
