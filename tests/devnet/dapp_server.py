"""Pages on http://localhost, where passkeys work (they don't on 127.0.0.1): MetaMask's test dapp, or a test's own."""

from __future__ import annotations

import mimetypes
import re
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

REPOSITORY = Path(__file__).resolve().parents[2]
TEST_DAPP = REPOSITORY / "node_modules" / "@metamask" / "test-dapp" / "dist"
ELSEWHERE = re.compile(rb"""<(link|script)\b[^>]*\b(?:href|src)=["']https?://[^>]*>(?:\s*</script>)?""", re.IGNORECASE)


class DappServer:
    """``with DappServer() as dapp``: ``dapp.url`` shows MetaMask's test dapp.

    ``pages`` maps paths to HTML and stands before the folder. What a page would load from elsewhere is left out:
    tests reach nothing outside this computer. ``headers`` go with every answer, for CSP and Permissions-Policy cases.
    """

    def __init__(
        self,
        folder: Path | None = TEST_DAPP,
        *,
        pages: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        host: str = "localhost",
        port: int = 0,
    ) -> None:
        if folder is not None and not folder.is_dir():
            raise FileNotFoundError(f"{folder.name} is missing: run ./scripts/bootstrap")
        self.folder = folder.resolve() if folder else None
        self.pages = dict(pages or {})
        self.headers = dict(headers or {})
        self._host = host
        self._port = port

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.origin = f"http://{self._host}:{self.port}"
        self.url = f"{self.origin}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def read(self, target: str) -> tuple[bytes, str] | None:
        """Body and content type of a path, or None."""
        path = unquote(urlsplit(target).path)
        if path in self.pages:
            return ELSEWHERE.sub(b"", self.pages[path].encode()), "text/html; charset=utf-8"
        if self.folder is None:
            return None
        file = (self.folder / (path.lstrip("/") or "index.html")).resolve()
        if not file.is_relative_to(self.folder) or not file.is_file():
            return None
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        body = file.read_bytes()
        return (ELSEWHERE.sub(b"", body) if kind == "text/html" else body), kind

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body, kind = server.read(self.path) or (b"", "")
                self.send_response(HTTPStatus.OK if kind else HTTPStatus.NOT_FOUND)
                for name, value in {"content-type": kind, "cache-control": "no-store", **server.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
                """Say nothing: the output belongs to pytest."""

        return Handler
