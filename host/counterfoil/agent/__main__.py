"""The agent's program, as the stub and the command line start it: by path, in isolated mode, detached."""

from __future__ import annotations

import os
import sys

if __package__ in (None, ""):  # started by path: our package is three folders up
    _ROOM = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - before anything is imported
    sys.path.insert(0, os.path.dirname(os.path.dirname(_ROOM)))  # noqa: PTH120

from counterfoil.agent.lifecycle import run, run_detached
from counterfoil.home.paths import Home

if __name__ == "__main__":
    sys.exit((run_detached if "--detach" in sys.argv[1:] else run)(Home.locate()))
