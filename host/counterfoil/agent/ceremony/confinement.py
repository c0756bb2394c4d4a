"""What a process that holds secrets gives up: core dumps, being traced, and swap where the system lets it."""

from __future__ import annotations

import ctypes
import resource
import sys

_PR_SET_DUMPABLE = 4
_MCL_CURRENT_AND_FUTURE = 3


def confine() -> None:
    """Best effort, and said so in the threat model: no core file, not traceable by other processes of the
    same user (Linux), memory locked where the limit allows."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.mlockall(_MCL_CURRENT_AND_FUTURE)
