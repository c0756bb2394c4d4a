"""Takes the pictures of one screen: light and dark, at 100 and 200 %, without disturbing the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page

from tests.screens.picture import pixels_of, small_png

SCHEMES = ("light", "dark")
ZOOMS = (100, 200)
TAB = (900, 900)
WINDOW = (380, 640)
TALLEST = 1400
SETTLED = """async () => {
  await document.fonts.ready;
  for (let i = 0; i < 3; i += 1) await new Promise(requestAnimationFrame);
}"""


class Camera:
    """``shoot(page, name)``. One session for each page, never detached: that would end the page's authenticator."""

    def __init__(self, folder: Path, darkroom: Page) -> None:
        self.folder = folder
        self.taken: dict[str, list[Path]] = {}
        self._darkroom = darkroom
        self._sessions: dict[Page, CDPSession] = {}

    def shoot(self, page: Page, name: str) -> None:
        """``name-light.png``, ``name-dark.png``, and both at 200 %."""
        page.bring_to_front()
        session = self._sessions.get(page) or page.context.new_cdp_session(page)
        self._sessions[page] = session
        room = WINDOW if "/approve.html" in page.url else TAB
        self.taken[name] = [self._one(page, session, name, scheme, zoom, room) for zoom in ZOOMS for scheme in SCHEMES]
        session.send("Emulation.clearDeviceMetricsOverride")
        session.send("Emulation.setEmulatedMedia", {"features": []})

    def _one(self, page: Page, session: CDPSession, name: str, scheme: str, zoom: int, room: tuple[int, int]) -> Path:
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        metrics = {"width": room[0] * 100 // zoom, "height": room[1] * 100 // zoom, "deviceScaleFactor": zoom / 100}
        session.send("Emulation.setEmulatedMedia", {"features": features})
        session.send("Emulation.setDeviceMetricsOverride", {**metrics, "mobile": False})
        page.evaluate(SETTLED)
        taken = session.send("Page.captureScreenshot", {"format": "png", **self._whole(session, room)})
        to = self.folder / f"{name}-{scheme}{'' if zoom == 100 else f'-{zoom}'}.png"
        to.write_bytes(small_png(pixels_of(self._darkroom, taken["data"])))
        return to

    def _whole(self, session: CDPSession, room: tuple[int, int]) -> dict[str, Any]:
        """A page in a tab down to its end, or nearly; a window as it stands, since its buttons stay in sight while it scrolls."""
        if room == WINDOW:
            return {}
        size = session.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], TALLEST), "scale": 1}
        return {"captureBeyondViewport": True, "clip": clip}
