"""The bundled test page, served on this computer while the agent runs: the first site a person connects to."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent
_CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
_FILES = {
    "/": ("page.html", "text/html"),
    "/page.js": ("page.js", "text/javascript"),
    "/page.css": ("page.css", "text/css"),
}


class TryIt:
    """Serves three fixed files on a free port of loopback, from the first time it is asked for."""

    def __init__(self) -> None:
        self._runner: web.AppRunner | None = None
        self._url = ""

    async def url(self) -> str:
        """``http://localhost:PORT/``: passkeys refuse bare IP addresses."""
        if self._runner is None:
            app = web.Application()
            for path, (name, kind) in _FILES.items():
                app.router.add_get(path, _serve(name, kind))
            self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            await self._runner.setup()
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
            self._url = f"http://localhost:{self._runner.addresses[0][1]}/"
        return self._url

    async def close(self) -> None:
        """Serve no more."""
        if self._runner is not None:
            await self._runner.cleanup()


def _serve(name: str, kind: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 - aiohttp's own handler type
    body = (_FOLDER / name).read_bytes()

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=kind, charset="utf-8", headers={"Content-Security-Policy": _CSP})

    return handler
