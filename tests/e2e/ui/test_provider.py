"""What a page gets from the provider, whatever happens to the worker, the agent and the window behind it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.e2e.browser import Browser
from tests.e2e.ui.stage import Stage, World, answer, ask, serve


def asked(stage: Stage, method: str) -> Page:
    """A page whose call waits for a person, and the window is open."""
    page = stage.visit()
    page.wait_for_function("window.ethereum")
    ask(page, method, [{}])
    stage.window().wait_for_selector("#approve:enabled")
    return page


def test_announces_itself_before_the_pages_first_script(stage: Stage) -> None:
    page = stage.visit()
    assert page.evaluate("window.early") == "object"
    name = """() => new Promise((found) => {
        addEventListener("eip6963:announceProvider", (event) => found(event.detail.info.name));
        dispatchEvent(new Event("eip6963:requestProvider")); })"""
    assert page.evaluate(name) == "Counterfoil"


def test_answers_reads_and_refuses_the_unknown(stage: Stage) -> None:
    page = stage.visit()
    assert page.evaluate("ethereum.request({ method: 'eth_chainId' })") == "0x1"
    ask(page, "eth_nothing")
    assert answer(page)["code"] == 4200
    context = stage.world.calls("provider_request")[0]["context"]
    assert context["origin"] == stage.site
    assert context["frame_id"] == 0
    assert len(context["document_id"]) == 32


def test_window_ethereum_is_left_to_another_wallet_or_nobody(stage: Stage) -> None:
    home = stage.page("home")
    home.wait_for_selector("text=Settings")
    home.click("text=Offer Counterfoil to older sites")
    home.wait_for_timeout(300)
    assert stage.visit().evaluate("typeof window.ethereum") == "undefined"


def test_frames_have_no_provider(stage: Stage) -> None:
    page = stage.visit("/frame")
    page.wait_for_function("frames.length === 1")
    assert page.frames[1].evaluate("typeof window.ethereum") == "undefined"


def test_closing_the_window_refuses_what_it_showed(stage: Stage) -> None:
    page = asked(stage, "eth_sendTransaction")
    stage.window().close()
    assert answer(page)["code"] == 4001
    assert len(stage.world.calls("request_refuse")) == 1


def test_a_second_window_opens_for_what_still_waits(stage: Stage) -> None:
    page = asked(stage, "eth_sendTransaction")
    page.evaluate("void ethereum.request({ method: 'personal_sign', params: ['0x61'] }).catch(() => 0)")
    window = stage.window()
    window.wait_for_selector("text=1 of 2 requests")
    window.close()
    again = stage.window()
    again.wait_for_selector("text=Sign a message for this site")
    assert len(stage.world.calls("request_refuse")) == 1


def test_the_worker_may_die_while_a_person_decides(stage: Stage) -> None:
    page = asked(stage, "eth_sendTransaction")
    call = stage.world.wait_for("provider_request")
    stage.browser.kill_worker(stage.window())
    again = stage.world.wait_for("provider_request", 2)
    assert (again["call_id"], again["context"]) == (call["call_id"], call["context"])
    assert page.evaluate("window.answer") is None


def test_an_agent_that_dies_is_asked_again(stage: Stage) -> None:
    page = stage.visit()
    stage.world.set(die_on=["provider_request"])
    ask(page, "eth_chainId")
    assert answer(page) == {"result": "0x1"}


def test_an_agent_that_can_not_be_started_is_an_answer(stage: Stage) -> None:
    page = stage.visit()
    fault = {"code": 5000, "reason": "storage", "message": "The wallet's data can't be read or written."}
    stage.world.set(hello_fault=fault, die_on=["provider_request"])
    ask(page, "eth_chainId")
    ended = answer(page)
    assert ended["code"] in (4900, -32603)
    assert ended["message"]


def test_without_the_companion_a_wish_to_connect_opens_the_set_up(launch: Callable[..., Browser], world: World) -> None:
    browser = launch(host=None)
    stage = Stage(browser, world, "")
    stage.settle()
    with serve() as site:
        stage.site = site
        page = stage.visit()
        page.wait_for_function("window.ethereum")
        ask(page, "eth_requestAccounts")
        assert answer(page)["code"] == 4900
        assert any(one.url.endswith("/onboarding.html") for one in browser.context.pages)


def test_before_pairing_a_page_learns_nothing(bare: Stage) -> None:
    page = bare.visit()
    page.wait_for_function("window.ethereum")
    assert page.evaluate("ethereum.request({ method: 'eth_accounts' })") == []
    ask(page, "eth_sendTransaction", [{}])
    assert answer(page)["code"] == 4900
    ask(page, "eth_requestAccounts")
    assert answer(page)["code"] == 4100
    assert bare.world.calls("provider_request") == []


def test_forged_messages_of_the_page_reach_nobody(stage: Stage) -> None:
    page = stage.visit()
    page.evaluate("""() => {
      for (const detail of ["{", "null", "[]", '{"id":1,"payload":"x"}', '{"id":"a","payload":{}}', 7, null,
        JSON.stringify({ id: "x".repeat(65), payload: "{}" })])
        dispatchEvent(new CustomEvent("counterfoil:ask", { detail }));
      dispatchEvent(new CustomEvent("counterfoil:ask", { detail: JSON.stringify({ id: "own", payload: '{"method":"eth_chainId"}',
        origin: "https://bank.example", context: { origin: "https://bank.example" } }) })); }""")
    call = stage.world.wait_for("provider_request")
    page.wait_for_timeout(300)
    assert [one["call_id"] for one in stage.world.calls("provider_request")] == ["own"]
    assert call["context"]["origin"] == stage.site


def test_a_page_that_asks_too_much_at_once_is_told_so(stage: Stage) -> None:
    page = stage.visit()
    stage.world.set(silent=["provider_request"])
    page.evaluate("""() => { window.refused = 0;
      for (let n = 0; n < 300; n += 1) ethereum.request({ method: "eth_chainId" }).catch((e) => { if (e.code === -32005) window.refused += 1; }); }""")
    page.wait_for_function("window.refused === 44")


def test_events_reach_the_pages_of_their_origin_only(stage: Stage) -> None:
    page = stage.visit()
    page.evaluate("ethereum.request({ method: 'eth_chainId' })")
    page.evaluate("window.heard = []; ethereum.on('chainChanged', (id) => heard.push(id)); 0")
    stage.world.push(
        event="provider_event",
        data={"origin": "https://other.example", "name": "chainChanged", "data_json": '"0x9"', "document_id": None},
    )
    stage.world.push(
        event="provider_event",
        data={"origin": stage.site, "name": "chainChanged", "data_json": '"0x5"', "document_id": None},
    )
    page.wait_for_function("heard.length > 0")
    assert page.evaluate("[heard, ethereum.chainId]") == [["0x5"], "0x5"]


def test_a_closed_tab_is_told_to_the_agent(stage: Stage) -> None:
    page = asked(stage, "eth_sendTransaction")
    page.close()
    assert stage.world.wait_for("provider_closed")["tab_id"] >= 0


@pytest.mark.parametrize("name", ["extension/ui/approve.html", "extension/worker.js", "manifest.json"])
def test_pages_can_not_load_a_file_of_the_extension(stage: Stage, name: str) -> None:
    page = stage.visit()
    url = stage.browser.url(name)
    assert page.evaluate("(url) => fetch(url).then(() => 'loaded', () => 'refused')", url) == "refused"
