"""Fixtures of the end-to-end tests: one Playwright a module; a browser, a node and a dapp for each test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.devnet.anvil import Anvil
from tests.devnet.dapp_server import DappServer
from tests.e2e.browser import Browser
from tests.e2e.standing import Standing, standing

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Ends with the module: while it runs, no asynchronous test can have an event loop in this thread."""
    with sync_playwright() as running:
        yield running


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A folder with a short path: a unix socket's has 108 bytes at most, and pytest's own are long."""
    with tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def launch(playwright: Playwright, short_tmp: Path) -> Iterator[Callable[..., Browser]]:
    """``launch()`` starts a browser with the extension; again, with other arguments, for a second one."""
    with ExitStack() as open_ones:
        count = iter(range(100))

        def start(**options: Any) -> Browser:
            number = next(count)
            options = {"profile": short_tmp / f"profile{number}", "home": short_tmp / "home", **options}
            return open_ones.enter_context(Browser(playwright, **options))

        yield start


@pytest.fixture
def browser(launch: Callable[..., Browser]) -> Browser:
    """Chromium with the extension, its own profile and its own COUNTERFOIL_HOME."""
    return launch()


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    with Anvil() as node:
        yield node


@pytest.fixture(scope="module")
def wallet(playwright: Playwright) -> Iterator[Standing]:
    """A wallet that is set up already, one for all tests of a module: they leave it as they found it."""
    with standing(playwright) as ready:
        yield ready


@pytest.fixture
def dapp() -> Iterator[DappServer]:
    """MetaMask's test dapp on http://localhost."""
    with DappServer() as server:
        yield server
