"""The worker is stopped and agents are killed, at each state: the page gets its answer, and nothing is signed twice."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.hostile.world import Asked, World

TOUCH = re.compile("Touch your passkey")


def waiting(world: World, page: Page) -> tuple[Asked, Page]:
    """The window is open, nobody decided."""
    asked, window = world.window(lambda: world.ask_money(page))
    expect(window.locator("#approve")).to_be_enabled(timeout=20_000)
    return asked, window


def touching(world: World, page: Page) -> tuple[Asked, Page]:
    """Approved; the page's passkey is wanted and nobody touches."""
    world.me.pages[page].keep_waiting()
    asked, window = waiting(world, page)
    world.me.approve(window)
    expect(window.get_by_role("heading", name=TOUCH)).to_be_visible(timeout=20_000)
    return asked, window


def in_state(world: World, *states: str) -> Callable[[], bool]:
    return lambda: world.last()["state"] in states


def mined(world: World, transaction: str) -> None:
    assert world.anvil.receipt(transaction)["status"] == "0x1"


# ── the worker ───────────────────────────────────────────────────────────────────────────────────────
def test_a_worker_stopped_while_the_window_is_open_costs_nothing(world: World) -> None:
    page = world.open()
    asked, window = waiting(world, page)
    world.stop_worker()
    expect(window.locator("#approve")).to_be_enabled(timeout=20_000)
    assert not asked.is_answered
    world.until(lambda: world.browser.worker().evaluate("1") == 1, "a new worker")
    world.me.approve(window)
    mined(world, asked.result())


def test_a_worker_stopped_before_the_window_opens_opens_it_when_it_is_back(world: World) -> None:
    page = world.open()
    with world.me.window() as window:
        asked = world.ask_money(page)
        world.stop_worker()
        shown = window()
    world.me.approve(shown)
    mined(world, asked.result())


def test_a_worker_stopped_during_the_touch_loses_no_request(world: World) -> None:
    page = world.open()
    asked, window = touching(world, page)
    world.stop_worker()
    world.until(lambda: world.browser.worker().evaluate("1") == 1, "a new worker")
    window.get_by_role("button", name="Refuse").click()
    assert asked.error()["code"] == 4001


def test_a_worker_stopped_while_the_parties_sign_leaves_one_transaction_and_one_answer(world: World) -> None:
    page = world.open()
    asked, window = waiting(world, page)
    world.me.approve(window)
    world.until(in_state(world, "approved", "released", "signed", "sent", "final"), "the touch is taken")
    world.stop_worker()
    mined(world, asked.result())
    expect(window.locator("main")).not_to_contain_text("Nothing was signed")


def test_a_worker_stopped_after_sending_does_not_ask_again(world: World) -> None:
    page = world.open()
    asked, window = waiting(world, page)
    world.me.approve(window)
    mined(world, asked.result())
    rows = len(world.rows())
    world.stop_worker()
    assert world.ask(page, "eth_accounts").result() == [world.account]
    assert len(world.rows()) == rows


def test_closing_the_window_while_the_worker_is_dead_still_refuses(world: World) -> None:
    page = world.open()
    asked, window = waiting(world, page)
    world.stop_worker()
    window.close()
    assert asked.error()["code"] == 4001


# ── the agents ───────────────────────────────────────────────────────────────────────────────────────
def test_a_request_that_nobody_decides_is_answered_when_it_expires(world: World) -> None:
    world.set("request_life_seconds", 4)
    try:
        page = world.open()
        asked, _ = waiting(world, page)
        assert asked.error(4 + 5)["code"] == 4001
        assert world.last()["state"] == "expired"
    finally:
        world.set("request_life_seconds", 300)


def test_an_agent_killed_while_a_request_waits_comes_back_with_it(world: World) -> None:
    page = world.open()
    asked, window = waiting(world, page)
    request = world.last()["id"]
    world.kill("agent")
    world.unlock()
    assert not asked.is_answered
    assert (world.last()["id"], world.last()["state"]) == (request, "proposed")
    window.bring_to_front()
    world.me.approve(window)
    mined(world, asked.result())


def test_an_agent_killed_while_a_request_waits_answers_at_its_expiry_though_locked(world: World) -> None:
    world.set("request_life_seconds", 8)
    try:
        page = world.open()
        asked, _ = waiting(world, page)
        expires = world.last()["expires_at"]
        world.kill("agent")
        assert asked.error(20)["code"] == 4001
        assert time.time() <= expires + 5.5
    finally:
        world.set("request_life_seconds", 300)
        world.unlock()


def test_an_agent_killed_during_the_touch_has_signed_nothing_and_can_be_told_no(world: World) -> None:
    page = world.open()
    asked, window = touching(world, page)
    before = world.signatures()
    world.kill("agent")
    world.unlock()
    assert (world.last()["state"], world.signatures()) == ("consented", before)
    assert not asked.is_answered
    window.get_by_role("button", name="Refuse").click()
    assert asked.error()["code"] == 4001
    assert world.signatures() == before


@pytest.mark.parametrize("party", ["agent", "cosigner"])
def test_whoever_is_killed_while_signing_nothing_is_signed_twice_and_the_page_is_told(world: World, party: str) -> None:
    page = world.open()
    asked, window = waiting(world, page)
    world.me.approve(window)
    world.until(in_state(world, "approved", "released", "signed", "sent", "final"), "the touch is taken")
    world.kill(party)
    answer = asked.answer(30)
    request = world.last()
    if "result" in answer:
        mined(world, answer["result"])
    else:
        assert request["state"] in {"failed", "released"}, request
        assert answer["error"]["code"] in {-32603, 4100, 4900}, answer
    if request["state"] == "released":
        assert request["slots"], "a released request keeps its nonce"
    world.unlock_all()
    digests = {row["signed"] for name in world.homes for row in world.rows(name) if row["id"] == request["id"]} - {None}
    assert len(digests) <= 1


def test_a_cosigner_killed_while_a_request_waits_is_started_again_and_unlocked_in_the_window_or_refused(
    world: World,
) -> None:
    page = world.open()
    asked, window = waiting(world, page)
    before = world.signatures()
    world.kill("cosigner")
    world.me.approve(window)
    expect(window.locator("main")).to_contain_text(re.compile("Nothing was signed|is locked"), timeout=45_000)
    assert world.signatures() == before
    world.unlock_all()
    window.bring_to_front()
    if window.get_by_role("button", name="Not now").is_visible():
        window.get_by_role("button", name="Not now").click()
    else:
        window.get_by_role("button", name="Try again").click()
    world.me.approve(window)
    mined(world, asked.result())
