"""JSON-RPC 2.0 over HTTP, bounded in time and size; every foreign error becomes one of ours here.

Redirects are never followed: the person named a node, and a redirect would send their account's
addresses to another. An URL often carries an access key, so no error and no log names more than the host.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from counterfoil.codecs.strict_json import check_depth
from counterfoil.errors import NodeRejected, NodeUnreachable

if TYPE_CHECKING:
    import aiohttp

MAX_RESPONSE: Final = 4 * 1024 * 1024
TIMEOUT: Final = 20.0
_MAX_DATA: Final = 65_536


class JsonRpc:
    """Calls of any node; connections are kept until ``close()``."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._ids = itertools.count(1)
        self._clocks: dict[str, int] = {}

    async def call(
        self, url: str, method: str, params: object, *, seconds: float = TIMEOUT, max_bytes: int = MAX_RESPONSE
    ) -> Any:  # noqa: ANN401 - whatever the method answers
        """The ``result`` of one call.

        Standard: JSON-RPC 2.0
        Raises:   NodeUnreachable(reason=url|timeout|connection|redirect|status|too_large|answer), NodeRejected
        """
        host = check_url(url)
        number = next(self._ids)
        body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
        try:
            async with asyncio.timeout(seconds):
                status, raw = await self._post(url, body, max_bytes)
        except TimeoutError:
            raise _unreachable(host, "timeout", f"The node {host} did not answer within {seconds:g} seconds.") from None
        except _foreign_errors() as error:
            raise _unreachable(host, "connection", f"The node {host} can't be reached.", type(error).__name__) from None
        if status is not None and 300 <= status < 400:
            raise _unreachable(host, "redirect", f"The node {host} points elsewhere; Counterfoil does not follow.")
        if raw is None:
            raise _unreachable(host, "too_large", f"The node {host} answered more than Counterfoil reads.")
        return _result(host, status, raw, number)

    def clock_of(self, url: str) -> int | None:
        """What the node's own clock said with its last answer, in unix seconds; None where it said nothing."""
        return self._clocks.get(url)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, url: str, body: bytes, max_bytes: int) -> tuple[int, bytes | None]:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        headers = {"Content-Type": "application/json", "User-Agent": "counterfoil"}
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            raw = await answer.content.read(max_bytes + 1)
            while len(raw) <= max_bytes and (more := await answer.content.read(max_bytes + 1 - len(raw))):
                raw += more
            self._note_clock(url, answer.headers.get("Date"))
            return answer.status, raw if len(raw) <= max_bytes else None

    def _note_clock(self, url: str, date: str | None) -> None:
        """Standard: RFC 9110 §6.6.1"""
        try:
            self._clocks[url] = int(parsedate_to_datetime(date or "").timestamp())
        except ValueError:
            self._clocks.pop(url, None)


def check_url(url: str | None) -> str:
    """The host of a node's URL; only http and https, without a name and password inside. Raises NodeUnreachable."""
    try:
        parts = urlsplit(url or "")
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if host is None or parts.scheme not in {"http", "https"} or parts.username or parts.password:
        raise NodeUnreachable(
            "No usable node is set for this chain.",
            remedy="Choose a node (an http or https address) for it in the settings.",
            reason="no_node",
        )
    return host


def _foreign_errors() -> tuple[type[Exception], ...]:
    import aiohttp

    return (aiohttp.ClientError, OSError, ValueError)


def _unreachable(host: str, reason: str, sentence: str, cause: str | None = None) -> NodeUnreachable:
    return NodeUnreachable(sentence, reason=reason, host=host, cause=cause)


def _result(host: str, status: int, raw: bytes, number: int) -> Any:  # noqa: ANN401 - whatever the method answers
    try:
        answer = parse_answer(raw)
    except ValueError:
        sentence = f"The node {host} answered with something that is not JSON-RPC."
        raise _unreachable(host, "answer" if status == 200 else "status", sentence, f"HTTP {status}") from None
    if isinstance(answer.get("error"), dict):
        raise _rejected(host, answer["error"])
    if status != 200 or "result" not in answer or answer.get("id") not in (number, str(number)):
        raise _unreachable(host, "answer", f"The node {host} gave no usable answer.", f"HTTP {status}")
    return answer["result"]


def parse_answer(raw: bytes) -> dict[str, Any]:
    """The JSON object of an answer. Nodes may write large numbers, so only depth and form are bounded. Raises ValueError."""
    text = raw.decode()
    check_depth(text)
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("form")  # noqa: TRY004 - one kind of failure for the caller
    return value


def _rejected(host: str, error: dict[str, Any]) -> NodeRejected:
    """The node's own error, kept so that a page gets it as it was."""
    code, message, data = error.get("code"), error.get("message"), error.get("data")
    node_message = message if isinstance(message, str) else ""
    if data is not None and not isinstance(data, str):
        data = json.dumps(data)
    return NodeRejected(
        f"The node {host} refused this: {_plain(node_message)[:300] or 'without a reason'}.",
        node_code=code if isinstance(code, int) and not isinstance(code, bool) else -32603,
        node_message=node_message[:2000],
        data=data[:_MAX_DATA] if data is not None else None,
        host=host,
    )


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text).strip().rstrip(".")


def check_result(condition: bool, what: str) -> None:
    """A node's answer has the form that its method promises. Raises NodeUnreachable(reason=answer)."""
    if not condition:
        raise NodeUnreachable(f"The node answered nonsense ({what}).", reason="answer")
