"""The stub: what the browser starts. It answers hello at once, starts the agent if none runs, and pipes frames.

Run as ``python -I -m counterfoil.native`` or by this file's absolute path. All but the start is in
``stub/``, which Python keeps compiled; it compiles a program's own file each time.
"""

from __future__ import annotations

import os
import sys

if __package__ in (None, ""):  # started by path: our package is two folders up
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - start-up time

from counterfoil.stub.serve import serve


def main() -> int:
    """Frames go to the real standard output; anything printed by mistake goes to standard error."""
    if sys.platform == "win32":
        import msvcrt

        for stream in (0, 1):
            msvcrt.setmode(stream, os.O_BINARY)
    sink = os.dup(1)
    os.dup2(2, 1)
    return serve(sys.argv[1:], 0, sink)


if __name__ == "__main__":
    sys.exit(main())
