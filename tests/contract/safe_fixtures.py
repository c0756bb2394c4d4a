"""Chains with Safe's contracts, one that checks P-256 itself and one that leaves it to a contract."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.devnet.anvil import find_anvil
from tests.devnet.safe_chain import SafeChain
from tests.node_tools import node_package


@pytest.fixture(scope="module", params=["osaka", "prague"])
def running(request: pytest.FixtureRequest) -> Iterator[SafeChain]:
    """One chain for a module's tests."""
    for package in ("safe-contracts", "safe-4337", "safe-passkey"):
        node_package(f"@safe-global/{package}")
    try:
        find_anvil()
    except FileNotFoundError as error:
        pytest.skip(f"NOT TESTED: {error}")
    with SafeChain(request.param) as chain:
        yield chain


@pytest.fixture
def chain(running: SafeChain) -> Iterator[SafeChain]:
    """The chain as it was at first, for each test."""
    before = running.node.snapshot()
    yield running
    running.node.revert(before)
