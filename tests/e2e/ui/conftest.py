"""A stage for each test: the extension over the fake native host, paired unless asked otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.browser import Browser
from tests.e2e.ui.stage import Stage, World, serve


@pytest.fixture
def world(short_tmp: Path) -> World:
    return World(short_tmp / "world")


@pytest.fixture
def bare(launch: Callable[..., Browser], world: World) -> Iterator[Stage]:
    """Not paired, nothing connected yet."""
    with serve() as site:
        stage = Stage(launch(host=world.command), world, site)
        stage.settle()
        yield stage


@pytest.fixture
def stage(bare: Stage) -> Stage:
    bare.pair()
    return bare
