"""What holds for every test: no real home, no network but the loopback, hypothesis's sizes."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "default",
    max_examples=200,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("long", parent=settings.get_profile("default"), max_examples=5000)
settings.load_profile(os.environ.get("COUNTERFOIL_HYPOTHESIS", "default"))


class ReachedOutside(BaseException):
    """A test tried to leave this computer. Not an Exception: nothing below should catch it."""


def _is_here(host: object) -> bool:
    if not isinstance(host, str):
        return False
    if host in {"", "localhost"} or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _stay_here(event: str, arguments: tuple[object, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not _is_here(address[0]):
            raise ReachedOutside(f"a test connected to {address}")
    elif event == "socket.getaddrinfo":
        host = arguments[0].decode() if isinstance(arguments[0], bytes) else arguments[0]
        if host is not None and not _is_here(host):
            raise ReachedOutside(f"a test looked up {host}")


sys.addaudithook(_stay_here)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the home of the person who runs it."""
    home = tmp_path / "h"  # short: a unix socket's whole path has 108 bytes
    home.mkdir()
    for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("COUNTERFOIL_HOME", str(home / "counterfoil"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A person with a vault on two agents in this process and one connected site, made once and copied for each test."""
    from tests.fakes.two_agent_person import make_template  # heavy: only for those who want it

    return asyncio.run(make_template(tmp_path_factory.mktemp("template") / "agents"))


@pytest.fixture
async def someone(template: Any, tmp_path: Path) -> AsyncIterator[Any]:
    """With a vault, a proven recovery file and one connected site; nothing of ours may crash on either side."""
    someone = template.someone(tmp_path / "agents")
    yield someone
    await someone.pair.close()
    assert someone.pair.mistakes() == []
