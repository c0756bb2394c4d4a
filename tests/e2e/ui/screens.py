"""Photograph every screen of the wallet over the fake native host, light and dark, at 100 and 200 %.

python -m tests.e2e.ui.screens FOLDER [NAME …]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.e2e.browser import Browser, screenshots
from tests.e2e.ui.stage import Stage, World, ask, serve
from tests.fakes.views import a_change

WINDOW = {"width": 380, "height": 640}
TAB = {"width": 900, "height": 900}
SITE = {"origin": "https://app.uniswap.org"}
PASSPHRASE = "harbor violin seventeen moss lantern"
ASLEEP = {
    "code": 3004,
    "reason": "party_unavailable",
    "message": "Your other device does not answer. Nothing was signed.",
    "remedy": "Wake it up and try again.",
    "details": {"party": 2},
}


class Camera:
    """Takes the pictures of one run."""

    def __init__(self, stage: Stage, out: Path) -> None:
        self.stage = stage
        self.world = stage.world
        self.out = out

    def shoot(self, page: Page, name: str) -> None:
        """Four pictures."""
        page.wait_for_timeout(300)
        screenshots(page, self.out, name)

    def request(self, kind: str, **patch: Any) -> Page:
        """The approval window over a request of a kind."""
        self.world.set(patch=patch)
        self.world.push(propose=kind, context=SITE)
        page = self.stage.window()
        page.set_viewport_size(WINDOW)
        page.wait_for_selector("#approve, #done")
        page.wait_for_timeout(750)
        return page

    def request_screen(self, kind: str, name: str, **patch: Any) -> None:
        """A picture of a request, and the request refused."""
        page = self.request(kind, **patch)
        self.shoot(page, name)
        over = page.query_selector("#done")
        with page.expect_event("close"):
            page.click("#done" if over else "#refuse")


def onboarding(camera: Camera) -> None:
    """The four steps, done."""
    world = camera.world
    world.set(onboarding="home_passkey", locked=False, pace=0.6)
    page = camera.stage.page("onboarding")
    page.set_viewport_size(TAB)
    page.wait_for_selector("text=Make your home passkey")
    camera.shoot(page, "onboarding-1")
    camera.stage.browser.attach_authenticator(page)  # a picture ends the authenticator of its page
    page.click("text=Make the passkey")
    page.wait_for_selector("text=Make your vault")
    page.fill("input[name=recovery]", PASSPHRASE)
    page.fill("input[name=again]", PASSPHRASE)
    camera.shoot(page, "onboarding-2")
    page.click("button:has-text('Make the vault')")
    page.wait_for_selector(".parties")
    page.wait_for_timeout(500)
    camera.shoot(page, "onboarding-2-working")
    page.wait_for_selector("text=Save the recovery file")
    with page.expect_download() as saving:
        page.click("text=Save the file")
    saved = camera.out / "recovery.counterfoil"
    saving.value.save_as(saved)
    page.set_input_files("input[type=file]", saved)
    page.fill("input[name=recovery]", PASSPHRASE)
    camera.shoot(page, "onboarding-3")
    page.click("button:has-text('Open it')")
    saved.unlink()
    page.wait_for_selector("h1:has-text('Try it')")
    camera.shoot(page, "onboarding-4")
    page.close()
    world.set(onboarding="done", pace=0.02)


def connect(camera: Camera) -> None:
    """A site wants to see an account."""
    camera.request_screen("connect", "connect")


def send(camera: Camera) -> None:
    """A plain payment."""
    camera.request_screen("send", "send")


def simulated(camera: Camera) -> None:
    """What the node expects of a call, that it would fail, and nothing in a transaction's place."""
    for kind in ("swap", "would-fail", "cancellation"):
        camera.request_screen(kind, kind)


CREATE = """async () => {
  const publicKey = { rp: { name: 'x' }, user: { id: new Uint8Array(8), name: 'x', displayName: 'x' },
    challenge: new Uint8Array(32), pubKeyCredParams: [{ type: 'public-key', alg: -7 }] };
  return (await navigator.credentials.create({ publicKey })).id; }"""


def signing(camera: Camera) -> None:
    """From the touch to the result, with a real page behind it."""
    world = camera.world
    world.set(pace=1.2, patch={})
    site = camera.stage.visit()
    authenticator = camera.stage.browser.attach_authenticator(site)
    world.set(site_credential=site.evaluate(CREATE))

    def approve() -> Page:
        ask(site, "eth_sendTransaction", [{}])
        page = camera.stage.window()
        page.set_viewport_size(WINDOW)
        page.wait_for_selector("#approve:enabled")
        page.click("#approve")
        return page

    page = approve()
    page.wait_for_selector("text=Signing together")
    page.wait_for_selector(".party.done")
    camera.shoot(page, "signing")
    page.wait_for_selector("#done")
    camera.shoot(page, "sent")
    with page.expect_event("close"):
        page.click("#done")
    authenticator.keep_waiting()
    page = approve()
    page.wait_for_selector("text=Touch your passkey")
    camera.shoot(page, "touch")
    with page.expect_event("close"):
        page.click("#refuse")
    authenticator.keep_waiting(waits=False)
    authenticator._send("setUserVerified", isUserVerified=False)
    page = approve()
    page.wait_for_selector("text=No touch")
    camera.shoot(page, "no-touch")
    with page.expect_event("close"):
        page.click("#refuse")
    site.close()
    world.set(pace=0.02)


def approval(camera: Camera) -> None:
    """An unlimited allowance."""
    camera.request_screen("token-approval-unlimited", "token-approval-unlimited")


def typed_data(camera: Camera) -> None:
    """Typed data, and its end."""
    page = camera.request("typed-data")
    camera.shoot(page, "typed-data")
    page.eval_on_selector("#read-to-here", "(e) => e.scrollIntoView()")
    camera.shoot(page, "typed-data-end")
    with page.expect_event("close"):
        page.click("#refuse")


def message(camera: Camera) -> None:
    """A sign-in."""
    camera.request_screen("message", "message")


def refusal(camera: Camera) -> None:
    """What is never signed: it comes second, so that the window is open when it does."""
    camera.world.set(patch={})
    camera.world.push(propose="send", context=SITE)
    page = camera.stage.window()
    page.set_viewport_size(WINDOW)
    page.wait_for_selector("#refuse")
    camera.world.set(patch={"state": "proposed"})
    camera.world.push(propose="refusal", context=SITE)
    page.wait_for_selector("text=1 of 2 requests")
    camera.shoot(page, "queue")
    page.click("#refuse")
    page.wait_for_selector("#done")
    camera.shoot(page, "refusal")
    camera.world.push(move="refused")
    with page.expect_event("close"):
        page.click("#done")


def error(camera: Camera) -> None:
    """A party that does not answer."""
    camera.world.set(fails=ASLEEP)
    page = camera.request("send")
    page.click("#approve")
    page.wait_for_selector("#done")
    camera.shoot(page, "error")
    camera.world.set(fails=None)
    with page.expect_event("close"):
        page.click("#done")


def locked(camera: Camera) -> None:
    """Unlocking inside the window."""
    camera.world.set(passphrase=True)
    camera.world.lock(locked=True)
    page = camera.request("send")
    page.click("#approve")
    page.wait_for_selector("text=Unlock with passphrases")
    camera.shoot(page, "locked")
    camera.world.set(passphrase=False)
    camera.world.lock(locked=False)
    with page.expect_event("close"):
        page.click("#refuse")


def home(camera: Camera) -> None:
    """The home page: some, many, none, no network."""
    for name, size in (("home", "some"), ("home-many", "many"), ("home-empty", "none"), ("home-offline", "offline")):
        camera.world.set(size=size, history={"none": 0, "many": 200}.get(size, 3))
        page = camera.stage.page("home")
        page.set_viewport_size(TAB)
        page.wait_for_selector("text=Settings")
        page.wait_for_function("!document.querySelector('.skeleton')")
        camera.shoot(page, name)
        page.close()


def passkeys(camera: Camera) -> None:
    """Passkeys at home, one opened; adding one; what another device asks for."""
    camera.world.set(size="some", changes=[a_change()], home_credential=None)
    page = camera.stage.page("home")
    page.set_viewport_size(TAB)
    page.wait_for_selector("text=What it may do")
    camera.shoot(page, "change-asked")
    camera.world.set(changes=[], home_passkeys={"a2V5": "Key in the drawer"})
    page.reload()
    page.click("text=What it may do")
    page.eval_on_selector("#section-passkeys", "(e) => e.scrollIntoView()")
    camera.shoot(page, "passkeys")
    page.click("text=Add a home passkey")
    page.wait_for_selector("text=Make the new passkey")
    camera.shoot(page, "passkey-add")
    page.close()
    camera.world.set(home_passkeys={})


def long_texts(camera: Camera) -> None:
    """Everything too long."""
    camera.request_screen("long", "long")


SCREENS: dict[str, Callable[[Camera], None]] = {
    "onboarding": onboarding,
    "connect": connect,
    "send": send,
    "simulated": simulated,
    "signing": signing,
    "approval": approval,
    "typed-data": typed_data,
    "message": message,
    "refusal": refusal,
    "error": error,
    "locked": locked,
    "home": home,
    "passkeys": passkeys,
    "long": long_texts,
}


def before_pairing(camera: Camera) -> None:
    """Without the companion's word for this browser: the code."""
    page = camera.stage.page("onboarding")
    page.set_viewport_size(TAB)
    page.wait_for_selector(".code")
    camera.shoot(page, "pair")


def without_companion(camera: Camera) -> None:
    """Without the companion."""
    page = camera.stage.page("onboarding")
    page.set_viewport_size(TAB)
    page.wait_for_selector("text=One half is missing")
    camera.shoot(page, "onboarding-0")


def photograph(out: Path, names: list[str]) -> None:
    """A browser for each of the three beginnings."""
    beginnings = [
        ("missing", {"host": None}, [without_companion]),
        ("pair", {}, [before_pairing]),
        ("", {}, [take for name, take in SCREENS.items() if not names or name in names]),
    ]
    for name, options, takes in beginnings:
        if not takes or (names and name and name not in names):
            continue
        with tempfile.TemporaryDirectory(prefix="cf-") as folder, serve() as site, sync_playwright() as playwright:
            world = World(Path(folder) / "world")
            with Browser(
                playwright, profile=Path(folder) / "profile", home=Path(folder), **({"host": world.command} | options)
            ) as browser:
                stage = Stage(browser, world, site)
                if not name:
                    stage.pair()
                for take in takes:
                    take(Camera(stage, out))


def main() -> None:
    """All screens, or some."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*", help="of: missing, pair, " + ", ".join(SCREENS))
    options = parser.parse_args()
    photograph(options.out, options.names)


if __name__ == "__main__":
    main()
