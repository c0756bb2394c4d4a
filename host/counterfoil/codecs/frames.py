"""Frames between browser, stub, agent and clients: a native-endian u32 length, then UTF-8 JSON.

Standard: the native messaging protocol of Chromium and Firefox; RFC 8259 through ``strict_json``

Where a frame is whole but its text can't be read, the next frame still can: ``FrameBuffer`` and the
readers raise InvalidFrame and go on. Where the length itself can't be obeyed nothing after it means
anything: they raise FrameTooLarge, and the connection ends.
"""

from __future__ import annotations

import struct

from counterfoil.codecs.strict_json import encode_json, parse_json
from counterfoil.errors import FrameTooLarge, InvalidFrame

TYPE_CHECKING = False  # as in typing, which would cost the stub a tenth of its start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, Protocol, TypeAlias

    class AsyncReader(Protocol):
        """The one method needed of ``asyncio.StreamReader``; its end-of-file error is an EOFError."""

        async def readexactly(self, n: int) -> bytes:
            """Exactly ``n`` bytes, or an EOFError whose ``partial`` holds what there was."""


MAX_TO_CLIENT = 1024 * 1024
"""What a browser takes from its host: one byte more, and it cuts the port."""
MAX_TO_AGENT = 8 * 1024 * 1024
"""What we take from a client; browsers would send 64 MiB."""
HEADER_BYTES = 4
_HEADER = struct.Struct("=I")

Frame: TypeAlias = "dict[str, Any]"


def encode_frame(message: object, *, limit: int = MAX_TO_CLIENT) -> bytes:
    """One frame, header and body.

    Raises: FrameTooLarge where the body is longer than ``limit``
    """
    return frame_body(encode_json(message), limit=limit)


def frame_body(body: bytes, *, limit: int) -> bytes:
    """Put the header before a body that is JSON already.

    Raises: FrameTooLarge
    """
    if len(body) > limit:
        raise FrameTooLarge(size=len(body), limit=limit)
    return _HEADER.pack(len(body)) + body


def parse_frame(body: bytes) -> Frame:
    """The JSON object in a frame.

    Raises: InvalidFrame(reason=encoding|syntax|depth|duplicate_key|surrogate|number|not_an_object)
    """
    value = parse_json(body)
    if not isinstance(value, dict):
        raise InvalidFrame("A message is a JSON object.", reason="not_an_object")
    return value


def frame_size(header: bytes, *, limit: int) -> int:
    """The length that a header announces.

    Raises: FrameTooLarge
    """
    size = int(_HEADER.unpack(header)[0])
    if size > limit:
        raise FrameTooLarge(size=size, limit=limit)
    return size


def read_body(read: Callable[[int], bytes], *, limit: int = MAX_TO_AGENT) -> bytes | None:
    """Read one frame's body with a function that may return less than asked for, and ``b""`` at the end.

    Out:    the body; None where the input ended between two frames
    Raises: FrameTooLarge, InvalidFrame(reason=truncated)
    """
    header = _read_exactly(read, HEADER_BYTES)
    if not header:
        return None
    if len(header) < HEADER_BYTES:
        raise _truncated()
    size = frame_size(header, limit=limit)
    body = _read_exactly(read, size)
    if len(body) < size:
        raise _truncated()
    return body


async def read_body_async(reader: AsyncReader, *, limit: int = MAX_TO_AGENT) -> bytes | None:
    """``read_body`` on an asyncio stream. Raises: FrameTooLarge, InvalidFrame(reason=truncated)"""
    try:
        header = await reader.readexactly(HEADER_BYTES)
    except EOFError as error:
        if getattr(error, "partial", b""):
            raise _truncated() from None
        return None
    size = frame_size(header, limit=limit)
    try:
        return await reader.readexactly(size)
    except EOFError:
        raise _truncated() from None


class FrameBuffer:
    """Bytes in as they come, bodies out as they are whole: for loops that must not block on one source."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take bytes in; the bodies that became whole, oldest first. Raises: FrameTooLarge while iterated"""
        self._bytes += data
        while len(self._bytes) >= HEADER_BYTES:
            end = HEADER_BYTES + frame_size(bytes(self._bytes[:HEADER_BYTES]), limit=self._limit)
            if len(self._bytes) < end:
                return
            body = bytes(self._bytes[HEADER_BYTES:end])
            del self._bytes[:end]
            yield body

    def finish(self) -> None:
        """The input has ended. Raises: InvalidFrame(reason=truncated) where it ended within a frame"""
        if self._bytes:
            raise _truncated()


def _read_exactly(read: Callable[[int], bytes], size: int) -> bytes:
    """At most 64 KiB a time: a header's promise alone allocates nothing."""
    parts: list[bytes] = []
    while size > 0:
        part = read(min(size, 65536))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _truncated() -> InvalidFrame:
    return InvalidFrame("The message ended too early.", reason="truncated")
