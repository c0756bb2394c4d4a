"""One run of the command line: everything a command may touch, so that tests can put their own in its place."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from counterfoil.cli.browsers.extension import bundled_extension
from counterfoil.cli.terminal.connection import Agent, OpenAgent, open_agent
from counterfoil.cli.terminal.keyboard import Keyboard
from counterfoil.cli.terminal.screen import Screen
from counterfoil.errors import UnsupportedPlatform
from counterfoil.home.paths import Home

PLATFORMS = ("linux", "darwin")


@dataclass
class Run:
    """Home, screen, keyboard, agent, environment, clock."""

    home: Home = field(default_factory=Home.locate)
    screen: Screen = field(default_factory=Screen)
    keyboard: Keyboard = field(default_factory=Keyboard)
    open_agent: OpenAgent = open_agent
    extension_source: Callable[[], Path] = bundled_extension
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    platform: str = sys.platform
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def agent(self, *, start: bool = True) -> AbstractContextManager[Agent]:
        """A connection to the agent, which is started unless told otherwise.

        Raises: AgentUnreachable, UnsupportedVersion, UnsupportedPlatform
        """
        if self.platform not in PLATFORMS:
            raise UnsupportedPlatform(remedy="Use Linux or macOS for the time being.")
        return self.open_agent(self.home, start=start)
