"""The real extension over the fake native host, and the world that a test may change."""

from __future__ import annotations

import http.server
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.e2e.browser import REPOSITORY, Browser

PROOF = {"profile_id": "aa" * 16, "token": "dA"}
AGENT_STATE = {
    "paired": True,
    "onboarding": "done",
    "locked": False,
    "pending_requests": 0,
    "cosigner": "running",
    "relay_url": None,
}


class World:
    """The directory through which a test and the fake native host talk."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.count = 0
        (home / "events").mkdir(parents=True)
        self.set()

    @property
    def command(self) -> list[str]:
        """What the browser starts."""
        return [sys.executable, "-I", "-u", str(REPOSITORY / "tests/fakes/native_host.py"), str(self.home)]

    def set(self, **values: Any) -> None:
        """Change how the world looks."""
        path = self.home / "scenario.json"
        old = json.loads(path.read_text()) if path.exists() else {}
        fresh = path.with_suffix(".tmp")
        fresh.write_text(json.dumps(old | values))
        fresh.replace(path)

    def push(self, **event: Any) -> None:
        """Have the agent say or do something: ``propose=kind``, ``move=state`` or ``event=, data=``."""
        self.count += 1
        path = self.home / "events" / f"{self.count:06}.json"
        fresh = path.with_suffix(".tmp")
        fresh.write_text(json.dumps(event))
        fresh.replace(path)

    def lock(self, *, locked: bool) -> None:
        """Lock or unlock, and say so."""
        self.set(locked=locked)
        self.push(event="state_changed", data={"state": AGENT_STATE | {"locked": locked}})

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The params of every call of a method so far."""
        path = self.home / "calls.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [call["params"] for call in map(json.loads, lines) if call["method"] == method]

    def wait_for(self, method: str, number: int = 1, seconds: float = 20) -> dict[str, Any]:
        """The params of the n-th call of a method."""
        end = time.monotonic() + seconds
        while len(self.calls(method)) < number:
            if time.monotonic() > end:
                raise AssertionError(f"{method} was called {len(self.calls(method))} times, not {number}")
            time.sleep(0.03)
        return self.calls(method)[number - 1]


class Stage:
    """A browser, its world and a site on localhost."""

    def __init__(self, browser: Browser, world: World, site: str) -> None:
        self.browser = browser
        self.world = world
        self.site = site

    def settle(self) -> None:
        """Wait for what the extension registers when it is installed; pages loaded earlier lack it."""
        ready = "() => chrome.scripting.getRegisteredContentScripts().then((all) => all.length)"
        worker = self.browser.worker()
        while not worker.evaluate(ready):
            time.sleep(0.02)

    def pair(self) -> None:
        """Put the proof of pairing where the worker keeps it, once the set-up tab has had it connect without one."""
        self.world.wait_for("agent_hello", seconds=30)
        self.browser.worker().evaluate("(profile) => chrome.storage.local.set({profile})", PROOF)
        self.browser.kill_worker()
        self.world.wait_for("agent_hello", 2, seconds=30)

    def page(self, name: str) -> Page:
        """One of the wallet's own pages, in a tab."""
        page = self.browser.open(f"extension/ui/{name}.html")
        page.wait_for_timeout(200)  # at its installation the extension opens the set-up over everything
        page.bring_to_front()
        return page

    def visit(self, path: str = "/") -> Page:
        """The site."""
        page = self.browser.visit(self.site + path)
        page.bring_to_front()
        return page

    def window(self) -> Page:
        """The approval window, waited for."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            for page in self.browser.context.pages:
                if page.url.endswith("/approve.html"):
                    return page
            self.browser.context.pages[0].wait_for_timeout(30)
        raise AssertionError("no approval window opened")


def ask(page: Page, method: str, params: list[Any] | None = None) -> None:
    """Begin a call; ``answer`` waits for its end."""
    script = """([method, params]) => { window.answer = null; ethereum.request({ method, params })
      .then((result) => { window.answer = { result } }, ({ code, message, data }) => { window.answer = { code, message, data } }); }"""
    page.evaluate(script, [method, params or []])


def answer(page: Page, milliseconds: float = 10_000) -> dict[str, Any]:
    """How the last call ended."""
    return page.wait_for_function("window.answer", timeout=milliseconds).json_value()


class _Site(http.server.BaseHTTPRequestHandler):
    BODY = "<!doctype html><html lang=en><title>A site</title><h1>A site</h1><script>window.early = typeof window.ethereum</script>"

    def do_GET(self) -> None:
        frame = "<iframe src='/inner'></iframe>" if self.path == "/frame" else ""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write((self.BODY + frame).encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve() -> Iterator[str]:
    """A site on localhost."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
