"""What a window is asked to do next for a request; plain values, no wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from counterfoil.store.requests import Request

CREATE_SITE = "create_site_passkey"
ASSERT_SITE = "assert_site_passkey"
ASSERT_HOME = "assert_home_passkey"


@dataclass(frozen=True, slots=True)
class CreateSitePasskey:
    """Make the site passkey in the page that asked."""

    request: Request
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AssertSitePasskey:
    """Touch the site passkey in the page that asked."""

    request: Request
    options: dict[str, Any]
    challenge: bytes


@dataclass(frozen=True, slots=True)
class AssertHomePasskey:
    """Touch the home passkey in the wallet's own window; ``why`` is for the person."""

    request: Request
    options: dict[str, Any]
    why: str


@dataclass(frozen=True, slots=True)
class WaitForOthers:
    """A person on another device decides now; the request moves when they have."""

    request: Request


@dataclass(frozen=True, slots=True)
class Done:
    """Decided, one way or another."""

    request: Request


Step: TypeAlias = CreateSitePasskey | AssertSitePasskey | AssertHomePasskey | WaitForOthers | Done
