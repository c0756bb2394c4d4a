"""A page's call on its way, for the methods that have a room of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from counterfoil.chains.family import Chain
from counterfoil.permissions import Grant
from counterfoil.wallet.propose import Caller


@dataclass(frozen=True, slots=True)
class PageCall:
    """``params`` as the page gave them, untrusted; ``payload`` the JSON text they came in; ``chain`` where the site is;
    ``account`` the one it named, as it may see it; ``grant`` what it holds."""

    caller: Caller
    method: str
    params: Any
    payload: str
    chain: Chain
    account: str | None
    grant: Grant
