from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from counterfoil.store.db import Database
from tests.unit.store.rows import counting_rng


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "counterfoil.db"


@pytest.fixture
def db(path: Path) -> Iterator[Database]:
    database = Database.open(path)
    yield database
    database.close()


@pytest.fixture
def rng() -> Callable[[int], bytes]:
    return counting_rng()
