"""A real Chromium with the extension, a native host of its own and a person with passkeys.

Used by the end-to-end tests and the demo; no pytest in here. One browser has one profile folder, which also holds the
host's manifest, so that any number run side by side without touching the computer's own set-up.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from playwright.sync_api import BrowserContext, Error, Page, Playwright, Worker

from tests.devnet import process
from tests.e2e.authenticator import Authenticator, Credential

REPOSITORY = Path(__file__).resolve().parents[2]
HOST_NAME = "app.counterfoil.host"
STUB = [sys.executable, "-I", "-u", str(REPOSITORY / "host" / "counterfoil" / "native.py")]
CHROMIUMS = ("/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/bin/chromium-browser")
QUIET = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--force-color-profile=srgb",
    "--no-proxy-server",
)


def find_chromium() -> str:
    """Debian's Chromium, or the one named in the variable CHROMIUM."""
    for candidate in (os.environ.get("CHROMIUM"), *CHROMIUMS):
        if candidate and Path(candidate).exists():
            return candidate
    raise FileNotFoundError("Chromium is missing: run ./scripts/bootstrap, or name one in the variable CHROMIUM")


def extension_id(extension: Path) -> str:
    """The id that Chromium derives from the manifest's key."""
    der = b64decode(json.loads((extension / "manifest.json").read_text())["key"])
    return "".join(chr(ord("a") + int(digit, 16)) for digit in hashlib.sha256(der).hexdigest()[:32])


class Browser:
    """``with Browser(playwright, profile=..., home=...) as browser``.

    home       the COUNTERFOIL_HOME of the stub and of the agent it starts; what they leave running is ended on exit
    extension  the unpacked extension; ``others`` are loaded beside it (a hostile one, say)
    host       the native host's command; None installs no host manifest
    hosts      names that lead to this computer, for sites other than localhost; all others lead nowhere
    shown      a window on the screen instead of headless; ``slow_mo``: milliseconds between its acts
    """

    def __init__(
        self,
        playwright: Playwright,
        *,
        profile: Path,
        home: Path,
        extension: Path = REPOSITORY,
        others: Sequence[Path] = (),
        host: Sequence[str] | None = STUB,
        env: Mapping[str, str] | None = None,
        hosts: Sequence[str] = (),
        args: Sequence[str] = (),
        shown: bool = False,
        slow_mo: float = 0,
        video: Path | None = None,
    ) -> None:
        self.profile = profile
        self.home = home
        self.id = extension_id(extension)
        self.authenticators: list[Authenticator] = []
        self.console: list[str] = []
        if host is not None:
            self.write_host_manifest(host)
        folders = ",".join(str(folder) for folder in (extension, *others))
        names = ", ".join([*(f"MAP {name} 127.0.0.1" for name in hosts), "MAP * ~NOTFOUND", "EXCLUDE *localhost"])
        flags = [
            f"--disable-extensions-except={folders}",
            f"--load-extension={folders}",
            f"--host-resolver-rules={names}",
        ]
        self._playwright = playwright
        self._options: dict[str, Any] = {
            "executable_path": find_chromium(),
            "headless": not shown,
            "slow_mo": slow_mo,
            "no_viewport": True,  # a popup window keeps the size the extension asks for
            "args": [*QUIET, *flags, *args],
            "env": process.environment({"COUNTERFOIL_HOME": str(home), **(env or {})}),
            **({"record_video_dir": video} if video else {}),
        }

    def __enter__(self) -> Self:
        self.context: BrowserContext = self._playwright.chromium.launch_persistent_context(
            self.profile, **self._options
        )
        self.context.set_default_timeout(15_000)
        self.context.on("console", lambda line: self.console.append(f"{line.type}: {line.text}"))
        self.context.on("weberror", lambda error: self.console.append(f"uncaught: {error.error}"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(Error):  # a browser that a test killed is already closed
            self.context.close()
        process.reap("COUNTERFOIL_HOME", str(self.home))

    # ── the native host ──────────────────────────────────────────────────────────────────────────
    def write_host_manifest(self, command: Sequence[str]) -> None:
        """Register a command as this profile's native host; applies from the next connection on."""
        folder = self.profile / "NativeMessagingHosts"
        folder.mkdir(parents=True, exist_ok=True)
        wrapper = folder / "host.sh"
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        wrapper.chmod(0o755)
        manifest = {
            "name": HOST_NAME,
            "description": "Counterfoil, under test",
            "path": str(wrapper),
            "type": "stdio",
            "allowed_origins": [f"chrome-extension://{self.id}/"],
        }
        (folder / f"{HOST_NAME}.json").write_text(json.dumps(manifest))

    # ── the extension ────────────────────────────────────────────────────────────────────────────
    def url(self, path: str) -> str:
        """Of a page of the extension."""
        return f"chrome-extension://{self.id}/{path}"

    def worker(self) -> Worker:
        """The extension's service worker, once it stands. After a kill the same handle reaches the new one."""
        for worker in self.context.service_workers:
            if worker.url.startswith(self.url("")):
                return worker
        return self.context.wait_for_event(
            "serviceworker", predicate=lambda w: w.url.startswith(self.url("")), timeout=15_000
        )

    def kill_worker(self, page: Page | None = None) -> None:
        """Stop the service worker as Chromium does; the next message wakes a new one with fresh globals.

        page: an open page of the extension, so that none is opened for it (opening one may wake the worker).
        """
        own = page or self.open("manifest.json")
        session = self.context.new_cdp_session(own)
        session.send("ServiceWorker.enable")
        session.send("ServiceWorker.stopAllWorkers")
        session.detach()
        if page is None:
            own.close()

    # ── pages ────────────────────────────────────────────────────────────────────────────────────
    def visit(self, url: str) -> Page:
        """A site in a new tab."""
        page = self.context.new_page()
        page.goto(url)
        return page

    def open(self, path: str) -> Page:
        """A page of the extension in a new tab."""
        return self.visit(self.url(path))

    def popups(self) -> list[Page]:
        """Windows and tabs of the extension that are open."""
        return [page for page in self.context.pages if page.url.startswith(self.url(""))]

    @contextmanager
    def popup(self, *, path: str = "", timeout: float = 15.0) -> Iterator[Callable[[], Page]]:
        """``with browser.popup() as popup: ...`` then ``popup()`` is the extension's window that the block opened.

        path: how the page's path begins, where more than one window may open.
        """
        before = set(self.context.pages)
        wanted = self.url(path)

        def found() -> Page:
            deadline = time.monotonic() + timeout
            while True:
                for page in self.context.pages:
                    if page not in before and page.url.startswith(wanted):
                        page.wait_for_load_state()
                        return page
                if time.monotonic() > deadline:
                    raise TimeoutError(
                        f"no window {path or 'of the extension'} within {timeout} s; open: {[p.url for p in self.context.pages]}"
                    )
                (self.context.pages or [self.context.new_page()])[0].wait_for_timeout(20)

        yield found

    # ── the person ───────────────────────────────────────────────────────────────────────────────
    def attach_authenticator(
        self, page: Page, credentials: Iterable[Credential] = (), *, prf: bool = True
    ) -> Authenticator:
        """Give a page its authenticator, with passkeys carried over from another one's ``credentials()``."""
        authenticator = Authenticator(page, credentials, prf=prf)
        self.authenticators.append(authenticator)
        return authenticator

    @property
    def touches(self) -> int:
        """Of all authenticators of this browser, since it started."""
        return sum(authenticator.touches for authenticator in self.authenticators)


# ── pictures ─────────────────────────────────────────────────────────────────────────────────────────
def screenshot(page: Page, to: Path, *, scheme: Literal["light", "dark"] = "light", zoom: int = 100) -> Path:
    """The whole page in this colour scheme at this zoom (percent); afterwards the page is as it was before.

    Zoom is the device's scale in the same window, so a layout gets half the room at 200 %, as it does for a person.
    """
    session = page.context.new_cdp_session(page)
    features = [
        {"name": "prefers-color-scheme", "value": scheme},
        {"name": "prefers-reduced-motion", "value": "reduce"},
    ]
    width, height = page.evaluate("[innerWidth, innerHeight]")
    metrics = {"width": width * 100 // zoom, "height": height * 100 // zoom, "deviceScaleFactor": zoom / 100}
    try:
        session.send("Emulation.setEmulatedMedia", {"features": features})
        session.send("Emulation.setDeviceMetricsOverride", {**metrics, "mobile": False})
        page.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
        size = session.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        picture = session.send("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip})
    finally:
        session.detach()  # takes what it emulates with it, and Playwright's own size too
        if mine := page.viewport_size:
            page.set_viewport_size({**mine, "height": mine["height"] + 1})  # the same size again would be ignored
            page.set_viewport_size(mine)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(b64decode(picture["data"]))
    return to


def screenshots(page: Page, folder: Path, name: str) -> list[Path]:
    """``name-light.png``, ``name-dark.png`` and both at 200 %."""
    return [
        screenshot(page, folder / f"{name}-{scheme}{'' if zoom == 100 else f'-{zoom}'}.png", scheme=scheme, zoom=zoom)
        for zoom in (100, 200)
        for scheme in ("light", "dark")
    ]
