"""The approval window under fire: clicks that come too early, queues that swap, floods, and text that lies."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from tests.devnet.anvil import ETHER
from tests.e2e.hostile.world import World


def test_approve_is_dead_until_the_window_has_stood_still_in_front(world: World) -> None:
    page = world.open()
    asked, window = world.window(lambda: world.ask_text(page))
    times = window.evaluate(
        """() => new Promise((done) => {
          const since = performance.now(); let alive = null;
          const look = () => { const button = document.querySelector("#approve");
            if (button && !button.disabled && alive === null) alive = performance.now() - since;
            if (alive === null) return requestAnimationFrame(look);
            window.dispatchEvent(new Event("blur")); window.dispatchEvent(new Event("focus"));
            queueMicrotask(() => { const again = performance.now();
              const wait = () => (document.querySelector("#approve").disabled
                ? requestAnimationFrame(wait) : done({ dead: performance.now() - again })); wait(); }); };
          look(); })"""
    )
    assert times["dead"] >= 590
    assert not asked.is_answered


def test_scripts_cannot_press_approve(world: World) -> None:
    page = world.open()
    asked, window = world.window(lambda: world.ask_text(page))
    expect(window.locator("#approve")).to_be_enabled()
    window.evaluate(
        "() => { document.querySelector('#approve').click(); document.querySelector('#approve').dispatchEvent(new MouseEvent('click')); }"
    )
    assert world.last()["state"] == "proposed"
    assert not asked.is_answered


def test_closing_the_window_refuses_what_it_showed(world: World) -> None:
    page = world.open()
    asked, window = world.window(lambda: world.ask_text(page))
    expect(window.locator("#approve")).to_be_enabled()
    window.close()
    assert asked.error()["code"] == 4001


def test_a_request_that_arrives_meanwhile_never_takes_the_place_of_the_one_on_screen(world: World) -> None:
    page = world.open()
    first, window = world.window(lambda: world.ask_text(page, "The first"))
    expect(window.locator("#approve")).to_be_enabled()
    second = world.ask_text(page, "The second")
    expect(window.locator("header")).to_contain_text("1 of 2")
    expect(window.locator("blockquote")).to_have_text("The first")
    world.me.approve(window)
    assert world.signed_by_me("The first", first.result())
    assert not second.is_answered
    window.locator("#done").click()
    expect(window.locator("blockquote")).to_have_text("The second")
    window.get_by_role("button", name="Refuse").click()
    assert second.error()["code"] == 4001


def test_a_flood_is_limited_and_all_of_it_can_be_refused_at_once(world: World) -> None:
    page = world.open()
    first, window = world.window(lambda: world.ask_text(page, "0"))
    more = [world.ask_text(page, str(n)) for n in range(1, 12)]
    world.until(lambda: sum(a.is_answered for a in more) == 7, "all but five are turned away")
    assert {a.error()["code"] for a in more if a.is_answered} == {-32005}
    assert len(world.pending()) == 5
    expect(window.locator("blockquote")).to_have_text("0")
    window.get_by_role("button", name="Refuse all").click()
    assert {a.error()["code"] for a in [first, *more]} == {4001, -32005}


def test_the_oldest_comes_first_in_a_window_that_opens_late(world: World) -> None:
    page = world.open()
    first, window = world.window(lambda: world.ask_text(page, "older"))
    world.ask_text(page, "newer")
    world.until(lambda: len(world.pending()) == 2, "both wait")
    window.reload()
    expect(window.locator("blockquote")).to_have_text("older")
    assert not first.is_answered


LIES = {
    "turned round": "Send \u202e0001\u202c to me",
    "invisible": "I agr\u200bee\u2060 to \ufeffnothing",
    "terminal colours": "\u001b[31mred\u001b[0m",
    "isolates": "\u2066pay\u2069 \u2067me\u2069",
    "tags": "hello\U000e0041\U000e0042",
    "fillers": "a\u3164b\u115fc",
    "markup": "<img src=x onerror=alert(1)><b>bold</b>",
}


@pytest.mark.parametrize("name", LIES)
def test_text_that_lies_is_shown_naming_what_cannot_be_seen(world: World, name: str) -> None:
    page = world.open()
    lie = LIES[name]
    _, window = world.window(lambda: world.ask_text(page, lie))
    quote = window.locator("blockquote")
    expect(quote).to_be_visible()
    shown = quote.text_content() or ""
    hidden = [c for c in lie if not c.isprintable() or c in "\u3164\u115f"]
    assert not any(c in shown for c in hidden)
    assert shown.count("U+") == len(hidden)
    assert quote.locator("img, b").count() == 0


def test_long_text_must_be_read_to_its_end(world: World) -> None:
    page = world.open()
    _, window = world.window(lambda: world.ask_text(page, "All is well.\n" * 400 + "And you owe me everything."))
    expect(window.locator("blockquote")).to_contain_text("everything")
    window.wait_for_timeout(800)
    assert window.locator("#approve").is_disabled()
    window.locator("#read-to-here").scroll_into_view_if_needed()
    expect(window.locator("#approve")).to_be_enabled()


def test_typed_data_shows_every_field_and_none_of_its_tricks(world: World) -> None:
    page = world.open()
    data = {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}],
            "Mail": [{"name": "to", "type": "string"}, {"name": "text", "type": "string"}],
        },
        "primaryType": "Mail",
        "domain": {"name": "Mail\u200b"},
        "message": {"to": "bob\u202ecba", "text": "x" * 3000},
    }
    _, window = world.window(lambda: world.ask(page, "eth_signTypedData_v4", world.account, json.dumps(data)))
    shown = window.locator("main")
    expect(shown).to_contain_text("xxx")
    text = shown.text_content() or ""
    assert "\u202e" not in text and "\u200b" not in text
    assert "x" * 3000 in text


def test_typed_data_for_another_chain_or_with_doubled_keys_is_refused(world: World) -> None:
    page = world.open()
    types = {"EIP712Domain": [{"name": "chainId", "type": "uint256"}], "Mail": [{"name": "text", "type": "string"}]}
    wrong_chain = {"types": types, "primaryType": "Mail", "domain": {"chainId": 1}, "message": {"text": "hello"}}
    doubled = '{"types":{"EIP712Domain":[],"Mail":[{"name":"a","type":"string"}]},"primaryType":"Mail","domain":{},"message":{"a":"x","a":"y"}}'
    for text in (json.dumps(wrong_chain), doubled):
        asked = world.ask(page, "eth_signTypedData_v4", world.account, text)
        world.until(lambda asked=asked: asked.is_answered or bool(world.pending()), "an end")  # type: ignore[misc]
        assert asked.is_answered, text
        assert asked.error()["code"] in {-32602, 4200}


def test_more_money_than_there_is_and_other_peoples_accounts_are_refused_before_any_window(world: World) -> None:
    page = world.open()
    assert world.ask(page, "personal_sign", "0x00", "0x" + "66" * 20).error()["code"] == 4100
    assert world.ask(page, "eth_sign", world.account, "0x" + "11" * 32).error()["code"] == 4200
    assert world.ask_money(page, 10**6 * ETHER).error()["code"] == -32003
    assert not world.pending()
