"""A second authenticator."""

from __future__ import annotations

import pytest

from tests.fakes.authenticator import FakeAuthenticator


@pytest.fixture
def drawer() -> FakeAuthenticator:
    return FakeAuthenticator(b"drawer")
