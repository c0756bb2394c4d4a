"""The window in which a person decides."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.ui.screens import CREATE, PASSPHRASE
from tests.e2e.ui.stage import Stage, answer, ask


def window(stage: Stage, kind: str, **patch: object) -> Page:
    """The window over a request of a kind."""
    stage.page("home").close()
    stage.world.set(patch=patch)
    stage.world.push(propose=kind)
    page = stage.window()
    page.wait_for_selector("#refuse")
    return page


def connected(stage: Stage) -> Page:
    """A page with an authenticator and a passkey of its own."""
    page = stage.visit()
    page.wait_for_function("window.ethereum")
    authenticator = stage.browser.attach_authenticator(page)
    stage.world.set(site_credential=page.evaluate(CREATE))
    authenticator.created.clear()
    return page


def test_one_touch_in_the_page_and_the_transaction_is_sent(stage: Stage) -> None:
    page = connected(stage)
    ask(page, "eth_sendTransaction", [{}])
    decide = stage.window()
    decide.click("#approve:enabled")
    expect(decide.locator("h1", has_text="Sent")).to_be_visible()
    assert answer(page)["result"].startswith("0x")
    assert stage.browser.touches == 1
    given = stage.world.calls("request_answer")[0]
    assert given["failure"] is None
    assert given["response"]["type"] == "public-key"
    with decide.expect_event("close"):
        decide.click("#done")


def test_connecting_touches_the_home_passkey_here_and_makes_one_there(stage: Stage) -> None:
    page = stage.visit()
    page.wait_for_function("window.ethereum")
    stage.browser.attach_authenticator(page)
    home = stage.page("onboarding")
    stage.world.set(onboarding="done")
    own = stage.browser.attach_authenticator(home)
    create = CREATE.replace(
        "rp: { name: 'x' }", "rp: { name: 'x' }, authenticatorSelection: { residentKey: 'required' }"
    )
    stage.world.set(home_credential=home.evaluate(create))
    page.bring_to_front()
    ask(page, "eth_requestAccounts")
    decide = stage.window()
    stage.browser.attach_authenticator(decide, own.credentials())
    decide.click("#approve:enabled")
    expect(decide.locator("h1", has_text="Connected")).to_be_visible()
    assert answer(page)["result"][0].startswith("0x")
    assert [one["step"] for one in stage.world.calls("request_answer")] == [
        "assert_home_passkey",
        "create_site_passkey",
    ]
    assert stage.world.calls("request_approve")[0]["account_ids"] == ["11" * 16]


def test_approve_is_dead_until_the_window_has_stood_still(stage: Stage) -> None:
    page = window(stage, "send")
    assert page.locator("#approve").is_disabled()
    page.wait_for_selector("#approve:enabled", timeout=2000)
    page.evaluate("window.dispatchEvent(new Event('blur')); window.dispatchEvent(new Event('focus'))")
    assert page.locator("#approve").is_disabled()


def test_a_click_by_a_script_approves_nothing(stage: Stage) -> None:
    page = window(stage, "send")
    page.wait_for_selector("#approve:enabled")
    page.evaluate("document.querySelector('#approve').click()")
    page.wait_for_timeout(300)
    assert stage.world.calls("request_approve") == []


def test_danger_is_held_and_not_clicked(stage: Stage) -> None:
    page = window(stage, "token-approval-unlimited")
    page.wait_for_selector("#approve:enabled")
    page.click("#approve")
    page.wait_for_timeout(300)
    assert stage.world.calls("request_approve") == []
    page.hover("#approve")
    page.mouse.down()
    stage.world.wait_for("request_approve", seconds=4)
    page.mouse.up()


def test_a_hold_that_began_before_the_request_changed_approves_nothing(stage: Stage) -> None:
    page = window(stage, "token-approval-unlimited")
    page.wait_for_selector("#approve:enabled")
    page.hover("#approve")
    page.mouse.down()
    page.eval_on_selector("#approve", "(button) => button.dataset.old = 'yes'")
    stage.world.push(move="consented")
    page.wait_for_selector("#approve:not([data-old]):enabled")
    page.wait_for_timeout(1600)  # longer than the hold
    page.mouse.up()
    assert stage.world.calls("request_approve") == []


def test_danger_can_be_typed_instead(stage: Stage) -> None:
    page = window(stage, "token-approval-unlimited")
    page.click("text=Type instead of holding")
    page.wait_for_selector("#approve:enabled")
    page.locator("label:has-text('Type') input").press_sequentially("approve anyway")
    stage.world.wait_for("request_approve")


def test_a_message_is_read_to_its_end_first(stage: Stage) -> None:
    page = window(stage, "typed-data")
    page.wait_for_timeout(900)
    assert page.locator("#approve").is_disabled()
    page.eval_on_selector("#read-to-here", "(end) => end.scrollIntoView()")
    page.wait_for_selector("#approve:enabled")


def test_what_changed_under_the_reader_is_shown_again(stage: Stage) -> None:
    page = window(stage, "send")
    fault = {"code": 2011, "reason": "state_conflict", "message": "The request has already moved on."}
    stage.world.set(faults={"request_approve": fault})
    page.click("#approve:enabled")
    stage.world.wait_for("request_approve")
    page.wait_for_selector("text=Send 1.5 ETH")
    assert stage.world.calls("request_answer") == []


def test_a_page_that_is_gone_is_said_and_the_agent_asked_for_another_way_only_by_the_person(stage: Stage) -> None:
    page = window(stage, "send")
    page.click("#approve:enabled")
    expect(page.locator("[role=alert]")).to_contain_text("The page that asked is closed")
    assert stage.world.calls("request_answer") == []
    page.get_by_role("button", name="It doesn't work in this page").click()
    given = stage.world.wait_for("request_answer")
    assert given["response"] is None
    assert given["failure"]["name"] == "InvalidStateError"
    expect(page.locator("h1")).to_have_text("Not done")
    expect(page.locator("[role=alert]")).to_contain_text("Nothing was signed.")


def test_an_untouched_passkey_can_be_tried_again(stage: Stage) -> None:
    page = connected(stage)
    authenticator = stage.browser.authenticators[0]
    authenticator.spoil("isBadUV")
    authenticator.clear()
    ask(page, "eth_sendTransaction", [{}])
    decide = stage.window()
    decide.click("#approve:enabled")
    expect(decide.locator("h1", has_text="No touch")).to_be_visible()
    assert stage.world.calls("request_answer") == []
    decide.click("text=It doesn't work in this page")
    assert stage.world.wait_for("request_answer")["failure"]["name"] == "NotAllowedError"


def test_the_worker_may_die_during_the_touch(stage: Stage) -> None:
    page = connected(stage)
    authenticator = stage.browser.authenticators[0]
    authenticator.keep_waiting()
    ask(page, "eth_sendTransaction", [{}])
    decide = stage.window()
    decide.click("#approve:enabled")
    expect(decide.locator("h1", has_text="Touch your passkey")).to_be_visible()
    stage.browser.kill_worker(decide)
    decide.wait_for_timeout(1500)
    decide.click("#refuse")
    assert answer(page)["code"] == 4001
    assert stage.world.calls("request_answer") == []


def test_expired_while_it_was_read(stage: Stage) -> None:
    page = window(stage, "send")
    stage.world.push(move="expired")
    expect(page.locator("h1")).to_have_text("Too late")
    expect(page.locator("[role=alert]")).to_contain_text("Nothing was signed.")


def test_what_is_never_signed_is_explained_and_has_no_approve(stage: Stage) -> None:
    page = window(stage, "send")
    stage.world.set(patch={"state": "proposed"})
    stage.world.push(propose="refusal")
    page.click("#refuse")
    expect(page.locator(".finding.danger")).to_contain_text("never signs bare bytes")
    stage.world.wait_for("request_refuse", 2)  # without a click: the site is answered while the person reads
    assert page.locator("#approve").count() == 0


def test_what_comes_while_the_window_closes_gets_a_window_of_its_own(stage: Stage) -> None:
    page = window(stage, "send")
    page.wait_for_selector("#approve:enabled")
    page.evaluate("() => { const close = window.close.bind(window); window.close = () => { window.going = close } }")
    page.click("#refuse")
    page.wait_for_function("() => Boolean(window.going)")
    stage.world.push(propose="message")
    stage.world.wait_for("request_refuse")
    with page.expect_event("close"):
        page.evaluate("setTimeout(window.going, 500)")
    again = stage.window()
    again.wait_for_selector("text=Sign a message for this site")
    assert len(stage.world.calls("request_refuse")) == 1


def test_refuse_all(stage: Stage) -> None:
    page = window(stage, "send")
    stage.world.push(propose="message")
    with page.expect_event("close"):
        page.click("text=Refuse all")
    stage.world.wait_for("request_refuseAll")


def test_locked_is_unlocked_here_by_passphrases(stage: Stage) -> None:
    stage.world.set(passphrase=True, prf=False)
    stage.page("home").close()
    stage.world.lock(locked=True)
    page = window(stage, "send")
    page.click("#approve:enabled")
    page.fill("input[name=agent]", PASSPHRASE)
    page.fill("input[name=cosigner]", "another " + PASSPHRASE)
    page.click("text=Unlock with passphrases")
    page.wait_for_selector("#approve:enabled:has-text('Approve')")
    secrets = stage.world.calls("lock_unlock")[0]["secrets"]
    assert [secret["recipient"] for secret in secrets] == ["agent", "cosigner"]
    assert PASSPHRASE not in (stage.world.home / "calls.jsonl").read_text()


def test_foreign_text_stays_text(stage: Stage) -> None:
    page = window(stage, "send", sentence="<img src=x onerror=alert(1)>\u202e", account_name="</bdi><b>x")
    expect(page.locator("h1")).to_have_text("<img src=x onerror=alert(1)>‹U+202E›")
    assert page.locator("main img").count() == 0


def test_a_site_can_not_frame_the_window(stage: Stage) -> None:
    page = stage.visit()
    page.evaluate(
        "(url) => { const f = document.createElement('iframe'); f.src = url; document.body.append(f); }",
        stage.browser.url("extension/ui/approve.html"),
    )
    page.wait_for_timeout(500)
    assert all("approve.html" not in frame.url for frame in page.frames)
