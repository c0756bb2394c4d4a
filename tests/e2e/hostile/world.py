"""A wallet that is set up and connected to one site, and what an attacker near it may try.

One a module: its set-up takes most of the time. The wallet's own records are read from its databases,
never through what is under attack.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_defunct
from playwright.sync_api import Error, Page, expect

from tests.devnet import process
from tests.devnet.anvil import ETHER, Anvil
from tests.devnet.dapp_server import DappServer
from tests.e2e.browser import Browser
from tests.e2e.persona import Persona

FRIEND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SITE = """<!doctype html><meta charset=utf-8><title>A site</title><h1>A site</h1><script>
window.answers = {};
window.addEventListener("eip6963:announceProvider", (event) => {
  if (event.detail.info.rdns === "app.counterfoil") window.wallet = event.detail.provider;
});
window.dispatchEvent(new Event("eip6963:requestProvider"));
window.ask = async (key, call) => {
  try {
    window.answers[key] = { result: await window.wallet.request(call) };
  } catch (error) {
    window.answers[key] = { error: { code: error.code, message: error.message, data: error.data } };
  }
};
</script>"""
HAND_IN = """(params) => new Promise((done) => {
  const port = chrome.runtime.connect({ name: "panel" });
  port.onMessage.addListener((said) => { if (said.type === "reply" && said.id === 1) { port.disconnect(); done(said); } });
  port.postMessage({ id: 1, method: "request_answer", params });
})"""
COLUMNS = "id, number, state, kind, origin, chain, account, challenge, signed, slots, expires_at, transaction_id, error"


class Asked:
    """A page's call under way."""

    def __init__(self, page: Page, key: str) -> None:
        self.page, self.key = page, key

    @property
    def is_answered(self) -> bool:
        return bool(self.page.evaluate("(key) => key in window.answers", self.key))

    def answer(self, seconds: float = 30) -> dict[str, Any]:
        """``{"result": …}`` or ``{"error": {code, message, data}}``."""
        self.page.wait_for_function("(key) => key in window.answers", arg=self.key, timeout=seconds * 1000)
        return dict(self.page.evaluate("(key) => window.answers[key]", self.key))

    def error(self, seconds: float = 30) -> dict[str, Any]:
        said = self.answer(seconds)
        assert "error" in said, said
        return dict(said["error"])

    def result(self, seconds: float = 30) -> Any:
        said = self.answer(seconds)
        assert "result" in said, said
        return said["result"]


class World:
    """The person, their wallet, the site, and the chain."""

    def __init__(self, browser: Browser, anvil: Anvil, site: DappServer) -> None:
        self.browser, self.anvil, self.site = browser, anvil, site
        self.me = Persona(browser)
        self.account = ""
        self._bench: Page | None = None
        self._keys = (f"call{number}" for number in itertools.count())

    def set_up(self, folder: Path) -> None:
        self.me.set_up(folder)
        self.me.use_node(self.anvil.url)
        page = self.open()
        self.me.connect(page, lambda: self.ask(page, "eth_requestAccounts"))
        self.account = self.ask(page, "eth_accounts").result()[0]
        self.anvil.fund(self.account, 10 * ETHER)
        page.close()

    # ── the site ─────────────────────────────────────────────────────────────────────────────────
    def open(self, path: str = "/") -> Page:
        """The site in a new tab, with the person's passkeys at hand."""
        return self.me.visit(f"{self.site.origin}{path}")

    def ask(self, page: Page, method: str, *params: Any) -> Asked:
        """The page's call; nobody waits for it yet."""
        key = next(self._keys)
        page.evaluate("([key, call]) => void ask(key, call)", [key, {"method": method, "params": list(params)}])
        return Asked(page, key)

    def ask_text(self, page: Page, text: str = "Hello") -> Asked:
        return self.ask(page, "personal_sign", "0x" + text.encode().hex(), self.account)

    def ask_money(self, page: Page, wei: int = ETHER // 100) -> Asked:
        return self.ask(page, "eth_sendTransaction", {"from": self.account, "to": FRIEND, "value": hex(wei)})

    def window(self, ask: Callable[[], Asked]) -> tuple[Asked, Page]:
        """What is asked, and the approval window that shows it, with its authenticator: one for all requests."""
        asked = ask()
        found: list[Page] = []

        def shows() -> bool:
            for page in self.browser.popups():
                with suppress(Error):  # one that is just closing
                    if "approve.html" in page.url and page.locator("#refuse").is_visible():
                        found[:] = [page]
            return bool(found)

        self.until(shows, "an approval window")
        self.me.attach(found[0])
        return asked, found[0]

    def signed_by_me(self, text: str, signature: str) -> bool:
        """A second library's word."""
        found: str = Account.recover_message(encode_defunct(text=text), signature=signature)
        return found.lower() == self.account.lower()  # pages get it in small letters

    # ── the wallet's records ─────────────────────────────────────────────────────────────────────
    @property
    def homes(self) -> dict[str, Path]:
        return {"agent": self.browser.home, "cosigner": self.browser.home / "cosigner"}

    def rows(self, party: str = "agent") -> list[dict[str, Any]]:
        """All requests of a party, oldest first."""
        file = self.homes[party] / "counterfoil.sqlite3"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(f"SELECT {COLUMNS} FROM requests ORDER BY number")]

    def last(self, party: str = "agent") -> dict[str, Any]:
        return self.rows(party)[-1]

    def signatures(self) -> int:
        """How many requests either party holds a signature of, or may have given one for."""
        out = {"released", "signed", "sent", "final", "dead"}
        return sum(
            1
            for party in self.homes
            for row in self.rows(party)
            if row["signed"] is not None or (row["state"] in out and row["kind"] != "connect")
        )

    def pending(self) -> list[dict[str, Any]]:
        return [row for row in self.rows() if row["state"] in {"proposed", "consented", "approved"}]

    def set(self, key: str, value: object) -> None:
        """Change a setting of the agent, as its owner could."""
        with closing(sqlite3.connect(self.browser.home / "counterfoil.sqlite3")) as db:
            db.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, json.dumps(value)))
            db.commit()

    def until(self, true: Callable[[], bool], what: str, seconds: float = 20) -> None:
        """Wait for something outside the browser, with the browser's events going on."""
        deadline = time.monotonic() + seconds
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: not within {seconds} s; requests: {self.rows()[-3:]}")
            self.me_page().wait_for_timeout(20)

    def me_page(self) -> Page:
        """The set-up tab, where the PRF secret lives."""
        assert self.me.home is not None
        return self.me.home

    def assertion_of(self, request_id: str) -> dict[str, Any]:
        """The passkey's answer that once approved a request."""
        with closing(sqlite3.connect(f"file:{self.browser.home / 'counterfoil.sqlite3'}?mode=ro", uri=True)) as db:
            (kept,) = db.execute("SELECT assertion FROM requests WHERE id = ?", (request_id,)).fetchone()
        return dict(json.loads(kept)["response"])

    def hand_in(self, page: Page, response: dict[str, Any], step: str = "assert_site_passkey") -> dict[str, Any]:
        """As a hijacked wallet extension would: answer the last request from one of the wallet's own pages."""
        answer = {"request_id": self.last()["id"], "step": step, "response": response, "failure": None}
        return dict(page.evaluate(HAND_IN, answer))

    # ── ends ─────────────────────────────────────────────────────────────────────────────────────
    def stop_worker(self) -> None:
        """From a page kept for this: ending a DevTools session of a page takes the page's authenticator with it."""
        if self._bench is None:
            self._bench = self.browser.open("manifest.json")
        self.browser.kill_worker(self._bench)

    def kill(self, party: str) -> None:
        """SIGKILL an agent and what it started itself; the co-signer ends with the agent anyway."""
        victims = process.carrying("COUNTERFOIL_HOME", str(self.homes[party]))
        for pid in victims:
            if b"agent" in Path(f"/proc/{pid}/cmdline").read_bytes():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def unlock(self) -> None:
        """With the home passkey, in the tab that has its PRF secret."""
        page = self.me_page()
        page.bring_to_front()
        page.goto(self.browser.url("extension/ui/home.html"))
        page.get_by_role("button", name="Unlock", exact=True).click()
        page.get_by_role("button", name="Unlock with your passkey").click()
        expect(page.get_by_role("button", name="Lock", exact=True)).to_be_visible(timeout=30_000)
        self.me.carry(page)

    def unlock_all(self) -> None:
        """Lock and unlock: whoever was started again since is unlocked too."""
        page = self.me_page()
        page.goto(self.browser.url("extension/ui/home.html"))
        either = page.get_by_role("button", name=re.compile("^(Lock|Unlock)$"))
        expect(either).to_be_visible(timeout=30_000)
        if either.text_content() == "Lock":
            either.click()
        self.unlock()

    def tidy(self) -> None:
        """Everything refused, every page closed but the set-up tab."""
        self.me.carry_all()
        for page in list(self.browser.context.pages):
            if page not in {self.me_page(), self._bench}:
                with suppress(Error):
                    page.close()
        self.until(lambda: not self.pending(), "closing everything refuses everything", 10)
        for page in self.browser.popups():
            if page not in {self.me_page(), self._bench}:
                page.close()
