"""The whole life of the stub; whatever goes wrong is said in a frame before the end."""

from __future__ import annotations

import sys

from counterfoil.codecs.frames import encode_frame
from counterfoil.errors import Bug, FrameTooLarge, InvalidFrame, WalletError
from counterfoil.stub.pipe import Stub, refuse_platform, write_all


def serve(arguments: list[str], source: int, sink: int, *, platform: str = sys.platform) -> int:
    """Pipe until the browser closes its end; the exit status."""
    try:
        if platform == "win32":
            refuse_platform(source, sink)
            return 0
        from counterfoil.home.autostart import Starter
        from counterfoil.home.paths import Home
        from counterfoil.stub.agent_link import AgentLink

        link = AgentLink(Home.locate(), caller_of(arguments), Starter)
        Stub(link, source, sink).run()
    except BrokenPipeError:
        return 0
    except (FrameTooLarge, InvalidFrame) as error:
        return _last_words(sink, error, 65)
    except Exception:  # noqa: BLE001 - the browser shows no exit code: an error frame is all that anyone will see
        return _last_words(sink, Bug(), 70)
    return 0


def _last_words(sink: int, error: WalletError, status: int) -> int:
    try:
        write_all(sink, encode_frame({"id": None, "error": error.as_dict()}))
    except OSError:
        return status
    return status


def caller_of(arguments: list[str]) -> str:
    """Who the browser says it started us for: Chromium's origin, or the add-on id after Firefox' manifest path."""
    for argument in arguments:
        if argument.startswith("chrome-extension://"):
            return argument[:256]
    return (arguments[1][:256] if len(arguments) > 1 else "") or "unknown"
