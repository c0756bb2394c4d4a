from __future__ import annotations

import pytest

from counterfoil.chains.evm.safe.creation_code import CreationCodes
from tests.unit.chains.safe.samples import published_codes


@pytest.fixture(scope="session")
def codes() -> CreationCodes:
    return published_codes()
