"""The browsers we know: where each looks for native hosts, and how to tell that it is here."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from counterfoil.errors import InputError, UnsupportedPlatform


@dataclass(frozen=True, slots=True)
class Browser:
    """``settings`` and ``manifests`` are relative to the person's folder of settings, per platform."""

    name: str
    title: str
    linux: str
    mac: str
    programs: tuple[str, ...]
    snap: str
    flatpak: str
    is_firefox: bool = False
    load_page: str = "chrome://extensions"


BROWSERS = (
    Browser(
        "chrome",
        "Google Chrome",
        "google-chrome",
        "Google/Chrome",
        ("google-chrome", "google-chrome-stable"),
        "",
        "com.google.Chrome",
    ),
    Browser(
        "chromium",
        "Chromium",
        "chromium",
        "Chromium",
        ("chromium", "chromium-browser"),
        "chromium",
        "org.chromium.Chromium",
    ),
    Browser(
        "edge",
        "Microsoft Edge",
        "microsoft-edge",
        "Microsoft Edge",
        ("microsoft-edge", "microsoft-edge-stable"),
        "",
        "com.microsoft.Edge",
        load_page="edge://extensions",
    ),
    Browser(
        "brave",
        "Brave",
        "BraveSoftware/Brave-Browser",
        "BraveSoftware/Brave-Browser",
        ("brave-browser", "brave"),
        "brave",
        "com.brave.Browser",
        load_page="brave://extensions",
    ),
    Browser(
        "firefox",
        "Firefox",
        ".mozilla",
        "Mozilla",
        ("firefox", "firefox-esr"),
        "firefox",
        "org.mozilla.firefox",
        is_firefox=True,
        load_page="about:debugging#/runtime/this-firefox",
    ),
)
NAMES = tuple(browser.name for browser in BROWSERS)
_MAC_APPS = {
    "chrome": "Google Chrome",
    "chromium": "Chromium",
    "edge": "Microsoft Edge",
    "brave": "Brave Browser",
    "firefox": "Firefox",
}


@dataclass(frozen=True, slots=True)
class Computer:
    """Where things are for this person on this platform."""

    platform: str
    environ: Mapping[str, str]

    @property
    def person(self) -> Path:
        """The person's own folder."""
        return Path(self.environ.get("HOME") or Path.home())

    def settings_folder(self, browser: Browser) -> Path:
        """What exists once the browser was used. Raises: UnsupportedPlatform"""
        if self.platform == "darwin":
            return self.person / "Library/Application Support" / browser.mac
        if self.platform != "linux":
            raise UnsupportedPlatform(
                "Counterfoil runs on Linux and macOS so far.", remedy="On Windows, wait for a later version."
            )
        if browser.is_firefox:
            return self.person / browser.linux
        settings = self.environ.get("XDG_CONFIG_HOME", "").strip()
        return (Path(settings) if settings else self.person / ".config") / browser.linux

    def manifest_folder(self, browser: Browser) -> Path:
        """Where it looks for native hosts."""
        if browser.is_firefox:
            last = "NativeMessagingHosts" if self.platform == "darwin" else "native-messaging-hosts"
        else:
            last = "NativeMessagingHosts"
        return self.settings_folder(browser) / last

    def has(self, browser: Browser) -> bool:
        """Whether it is installed, or was used."""
        if self.settings_folder(browser).is_dir():
            return True
        if self.platform == "darwin":
            return Path(f"/Applications/{_MAC_APPS[browser.name]}.app").is_dir()
        return self.program(browser) is not None

    def program(self, browser: Browser) -> Path | None:
        """Its executable, if it is on the path."""
        for name in browser.programs:
            found = shutil.which(name, path=self.environ.get("PATH"))
            if found is not None:
                return Path(found)
        return None

    def sandbox(self, browser: Browser) -> str | None:
        """``snap`` or ``flatpak`` where the browser here is one of these."""
        if self.platform != "linux":
            return None
        program = self.program(browser)
        if program is not None and ("/snap/" in str(program) or "/snap/" in str(program.resolve())):
            return "snap"
        if browser.snap and (self.person / "snap" / browser.snap).is_dir() and program is None:
            return "snap"
        installed = (Path("/var/lib/flatpak/app"), self.person / ".local/share/flatpak/app")
        return "flatpak" if any((folder / browser.flatpak).is_dir() for folder in installed) else None


def browsers_named(names: list[str]) -> list[Browser]:
    """Raises: InputError for a browser we don't know"""
    by_name = {browser.name: browser for browser in BROWSERS}
    if "all" in names:
        return list(BROWSERS)
    for name in names:
        if name not in by_name:
            raise InputError(
                f"Counterfoil does not know the browser “{name}”.",
                reason="browser",
                remedy=f"Choose of: {', '.join((*NAMES, 'all'))}.",
            )
    return [by_name[name] for name in dict.fromkeys(names)]


def browsers_here(computer: Computer) -> list[Browser]:
    """Those that this computer has; all we know where none is found, so that the first one installed works."""
    return [browser for browser in BROWSERS if computer.has(browser)] or list(BROWSERS)
