from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.devnet.anvil import Anvil, find_anvil


@pytest.fixture(scope="session")
def anvil() -> Iterator[Anvil]:
    """One local chain for the session; each test brings an account of its own."""
    try:
        find_anvil()
    except FileNotFoundError as error:
        pytest.skip(f"NOT TESTED: {error}")
    with Anvil() as chain:
        yield chain
