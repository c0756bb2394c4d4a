"""One wallet a module, set up and connected; each test begins and ends with nothing waiting."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.devnet.anvil import Anvil
from tests.devnet.dapp_server import DappServer
from tests.e2e.browser import Browser
from tests.e2e.hostile.world import SITE, World


@pytest.fixture(scope="module")
def site_pages() -> dict[str, str]:
    """More pages of the site; a module that needs some overrides this."""
    return {}


@pytest.fixture(scope="module")
def browser_options() -> dict[str, Any]:
    """How the browser is started; a module that needs more overrides this."""
    return {}


@pytest.fixture(scope="module")
def lasting_world(
    playwright: Playwright, site_pages: dict[str, str], browser_options: dict[str, Any]
) -> Iterator[World]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cf-", ignore_cleanup_errors=True)))
        anvil = stack.enter_context(Anvil())
        site = stack.enter_context(DappServer(None, pages={"/": SITE, **site_pages}))
        browser = stack.enter_context(
            Browser(playwright, profile=folder / "profile", home=folder / "home", **browser_options)
        )
        world = World(browser, anvil, site)
        world.set_up(folder)
        yield world


@pytest.fixture
def world(lasting_world: World) -> Iterator[World]:
    yield lasting_world
    lasting_world.tidy()
