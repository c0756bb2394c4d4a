"""The walk: from an installed extension to a mined transaction, then three things that must not work.

Everything is real (extension, companion, co-signer, relay, chain); only the person and their passkey are played.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address
from playwright.sync_api import Page, expect

from counterfoil.errors import AssertionRefused
from tests.demo import attacks, evidence
from tests.demo.evidence import coins, short
from tests.demo.story import Step, Story
from tests.devnet.anvil import ETHER, Anvil
from tests.devnet.dapp_server import DappServer
from tests.e2e.browser import Browser
from tests.e2e.persona import Persona

FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
"""The fixed address that the bundled test page pays."""
THIEF = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
PAID = ETHER // 100
BAIT = """<!doctype html><meta charset=utf-8><title>Claim your prize</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:10vh auto;max-width:34rem;padding:0 16px}</style>
<h1>You have won 5 ETH</h1><p>Confirm with your wallet to claim.</p><output></output>"""


class Walk:
    """``Walk(story, browser, node, folder).all()``; each part can be run by itself, in this order."""

    def __init__(self, story: Story, browser: Browser, node: Anvil, folder: Path) -> None:
        self.story = story
        self.browser = browser
        self.node = node
        self.folder = folder
        self.me = Persona(browser)
        self.account = ""
        self.transaction = ""
        self.touches_of_set_up = 0
        self.touches_of_payment = 0
        story.touches = lambda: self.me.touches

    def all(self) -> None:
        """The whole walk."""
        self.set_up()
        page = self.connect()
        self.touches_of_set_up = self.me.touches
        self.pay(page)
        self.touches_of_payment = self.me.touches - self.touches_of_set_up
        self.refuse_a_recorded_touch(page)
        self.refuse_a_phishing_site(page)
        self.refuse_eth_sign(page)
        self.check_the_log()

    # ── set-up ───────────────────────────────────────────────────────────────────────────────────
    def set_up(self) -> None:
        """Companion, code, home passkey, vault, recovery file."""
        with self.story.step(
            "The extension finds its companion",
            why="the extension holds no key. It can only ask Counterfoil on this computer, which answers nobody but this user.",
        ) as step:
            page = self.me.open_set_up()
            expect(page.locator("output.code")).to_be_visible(timeout=20_000)
            step.see("Chromium has loaded the extension; it started Counterfoil on this computer, which shows a code.")
        with self.story.step(
            "The code is compared, and this browser let in",
            why="a program or browser that merely reaches the companion is a stranger until a person has compared the code.",
        ) as step:
            code = (page.locator("output.code").text_content() or "").strip()
            step.picture(page, "pairing-code")
            self.me.pair(page)
            self.me.use_node(self.node.url)
            expect(page.get_by_role("button", name="Make the passkey")).to_be_visible(timeout=20_000)
            step.see(f"The page showed {code}; the terminal confirmed the same code.")
        with self.story.step(
            "A home passkey is made, for Counterfoil's own pages",
            why="it unlocks and administers, and no website can ever use it: the browser keeps it to this extension.",
        ) as step:
            step.picture(page, "home-passkey")
            self.me.make_home_passkey(page)
            step.see("One touch. No seed phrase: there is nothing that anyone could be talked into typing elsewhere.")
        self._make_vault(page)
        self._prove_recovery_file(page)

    def _make_vault(self, page: Page) -> None:
        with self.story.step(
            "The vault is made: one key in three parts, two of which sign",
            why="the whole key exists nowhere, not even while it is made. One part, lost or stolen, moves nothing.",
        ) as step:

            def meanwhile() -> None:
                expect(page.locator(".party").first).to_be_visible(timeout=20_000)
                step.picture(page, "vault-by-party")

            self.me.make_vault(page, meanwhile)
            vault = self.me.listed("vault", "list")["vaults"][0]
            names = ", ".join(str(party["name"]) for party in vault["parties"])
            step.see(f"{vault['threshold']} of {len(vault['parties'])} parties sign together: {names}.")

    def _prove_recovery_file(self, page: Page) -> None:
        with self.story.step(
            "The recovery file is saved, then opened again",
            why="until the file has proved that it opens, the vault shows no address and can't receive money.",
        ) as step:
            saved = self.me.save_recovery_file(page, self.folder)
            step.picture(page, "recovery-file")
            self.me.prove_recovery_file(page, saved)
            step.see(f"{saved.name}, {saved.stat().st_size:,} bytes, encrypted with a passphrase of its own.")
            step.picture(page, "ready")

    # ── a site ───────────────────────────────────────────────────────────────────────────────────
    def connect(self) -> Page:
        """The bundled test page: a passkey of its own, enrolled by the home passkey."""
        with self.story.step(
            "A site connects, and gets a passkey of its own",
            why="the site's passkey is tied to its address by the browser, and each party knows it from now on. It alone moves nothing.",
        ) as step:
            assert self.me.home is not None
            with self.browser.context.expect_page() as opened:
                self.me.home.get_by_role("button", name="Open the test page").click()
            page = opened.value
            self.me.attach(page)
            with self.me.window() as window:
                page.get_by_role("button", name="Connect").click()
                shown = window()
            expect(shown.locator("#approve")).to_be_enabled(timeout=20_000)
            step.picture(shown, "connect-window")
            self.me.approve(shown)
            expect(shown.get_by_role("button", name="Done")).to_be_visible(timeout=30_000)
            self.me.carry_all()
            self.me.finish(shown)
            expect(page.get_by_role("log")).to_contain_text("Connected: 0x")
            self.account = to_checksum_address(_text(page, "#log li").removeprefix("Connected: "))
            self.node.fund(self.account, ETHER)
            step.see(
                f"{page.evaluate('location.origin')} sees {self.account}; the local chain gave it 1 ETH of play money."
            )
            step.see("One touch made the passkey in the site's page, one of the home passkey enrolled it.")
        return page

    def pay(self, page: Page) -> None:
        """0.01 ETH: asked, read, touched, signed by two, mined."""
        with self.story.step(
            "The page asks for 0.01 ETH; the window says what the bytes do",
            why="the window decodes the very bytes to be signed. What the page claims about them is not asked.",
        ) as step:
            with self.me.window() as window:
                page.get_by_role("button", name="Send 0.01 test coins").click()
                shown = window()
            expect(shown.locator("#approve")).to_be_enabled(timeout=20_000)
            step.picture(shown, "send-window")
            expect(shown.locator("main")).to_contain_text("0.01")
            step.see(f"Who asks: {_text(shown, '.origin')}. What it does: “{_text(shown, '#what')}”")
        with self.story.step(
            "Approved in the window, touched in the page, signed by two",
            why="each party checked bytes, site and touch for itself before it lent its part of the key.",
        ) as step:
            self.me.approve(shown)
            expect(shown.get_by_role("button", name="Done")).to_be_visible(timeout=30_000)
            step.picture(shown, "signed-window")
            self.me.finish(shown)
            expect(page.get_by_role("log")).to_contain_text("Mined in block", timeout=20_000)
            step.see(_text(page, "#log li"))
        with self.story.step(
            "The chain agrees",
            why="these figures come from the node and from a second library, not from the wallet.",
        ) as step:
            self._check_on_chain(page, step)

    def _check_on_chain(self, page: Page, step: Step) -> None:
        step.picture(page, "page-mined")
        found = re.search(r"0x[0-9a-f]{64}", _text(page, "#log li"))
        assert found is not None
        self.transaction = found[0]
        receipt = self.node.receipt(self.transaction)
        sent = self.node.rpc("eth_getTransactionByHash", self.transaction)
        signer = evidence.sender_by_signature(self.node, self.transaction)
        fee = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
        left = self.node.balance(self.account)
        assert receipt["status"] == "0x1"
        assert (sent["to"].lower(), int(sent["value"], 16)) == (FRIEND.lower(), PAID)
        assert signer.lower() == self.account.lower()
        assert left == ETHER - PAID - fee
        step.see(
            f"Block {int(receipt['blockNumber'], 16)}: {coins(PAID)} ETH to {short(FRIEND)}, fee {coins(fee)} ETH, left {coins(left)} ETH."
        )
        step.see(f"eth-account finds the signer in the signature: {signer}, the vault's address.")

    # ── what must not work ───────────────────────────────────────────────────────────────────────
    def refuse_a_recorded_touch(self, page: Page) -> None:
        """The touch of the payment, played back for another."""
        with self.story.step(
            "Must fail: a recorded touch, played back to steal the rest",
            why="a touch is bound to one request's exact bytes by a challenge made of fresh numbers from every party.",
        ) as step:
            recorded = evidence.recorded_touch(self.browser.home, self.transaction)
            shown = self._theft(page)
            step.picture(shown, "theft-window")
            thief = attacks.HijackedExtension(self._home())
            thief.approve()
            told = thief.hand_in(recorded)
            assert told.get("code") == AssertionRefused.code, told
            step.see(
                "The connected site asks for 0.9 ETH; a taken-over extension approves it with the touch of step 8."
            )
            step.see(f"Counterfoil on this computer: “{told['message']}”")
            self.me.refuse(shown)
            self._nothing_moved(step)

    def refuse_a_phishing_site(self, page: Page) -> None:
        """Another origin on the same host name, so that the browser lets it use the passkey."""
        with (
            self.story.step(
                "Must fail: a phishing site gets the passkey touched",
                why="the browser signs where the touch happened, and every party wants the exact site that asked.",
            ) as step,
            DappServer(None, pages={"/": BAIT}) as bait,
        ):
            phishing = self.me.visit(bait.url)
            asked = [{"from": self.account, "to": THIEF, "value": hex(ETHER // 2)}]
            told = attacks.ask(phishing, "eth_sendTransaction", asked)
            assert told.get("code") == 4100, told
            step.see(f"{bait.origin} asks for 0.5 ETH. Counterfoil: “{told['message']}”")
            shown = self._theft(page)
            thief = attacks.HijackedExtension(self._home())
            options = thief.approve()
            phishing.bring_to_front()
            step.picture(phishing, "phishing-page")
            told = thief.hand_in(attacks.touch(phishing, options))
            assert told.get("code") == AssertionRefused.code, told
            step.see("It has its visitor touch the passkey for exactly the request of the theft that waits.")
            step.see(f"Counterfoil on this computer: “{told['message']}”")
            self.me.refuse(shown)
            self._nothing_moved(step)

    def refuse_eth_sign(self, page: Page) -> None:
        """A signature over bytes that nobody can read."""
        with self.story.step(
            "Must fail: eth_sign, a signature over unreadable bytes",
            why="what can't be put into words is not signed, whoever asks, connected or not.",
        ) as step:
            told = attacks.ask(page, "eth_sign", [self.account, "0x" + "42" * 32])
            assert "result" not in told, told
            step.see(f"The connected page asked. Counterfoil: “{told['message']}” ({told['code']})")
            self._nothing_moved(step)

    def check_the_log(self) -> None:
        """All decisions, chained."""
        with self.story.step(
            "Every decision is on record",
            why="each entry carries the hash of the one before, so that none can be changed or dropped unseen.",
        ) as step:
            step.see("counterfoil log verify: " + self.me.terminal("log", "verify").splitlines()[0])
            home = self._home()
            home.bring_to_front()
            step.picture(home, "home")

    # ── small things ─────────────────────────────────────────────────────────────────────────────
    def _theft(self, page: Page) -> Page:
        """The connected site asks for nearly everything; the window that opens, which nobody approves."""
        theft = {"from": self.account, "to": THIEF, "value": hex(ETHER * 9 // 10)}
        with self.me.window() as window:
            page.evaluate(
                f"(asked) => void ({attacks.ASK})(asked)", {"method": "eth_sendTransaction", "params": [theft]}
            )
            shown = window()
        expect(shown.locator("#approve")).to_be_enabled(timeout=20_000)
        return shown

    def _home(self) -> Page:
        opened: Any = next((p for p in self.browser.popups() if p.url.endswith("/home.html")), None)
        return opened or self.browser.open("extension/ui/home.html")

    def _nothing_moved(self, step: Step) -> None:
        assert self.node.balance(self.account) > ETHER * 98 // 100
        assert int(self.node.rpc("eth_getTransactionCount", self.account, "pending"), 16) == 1
        step.see("Nothing was signed: the node counts one transaction of this account, the one above.")


def _text(page: Page, selector: str) -> str:
    return " ".join((page.locator(selector).first.inner_text() or "").split())
