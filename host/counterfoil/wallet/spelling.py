"""How pages are told addresses and chains."""

from __future__ import annotations

import re
from collections.abc import Iterable

from counterfoil.types import Caip2

_EVM = re.compile(r"0x[0-9a-fA-F]{40}\Z")


def as_pages_see(addresses: Iterable[str]) -> list[str]:
    """EVM addresses in lower case, as nodes and wallets answer them: pages compare them as texts.

    Standard: EIP-1474 (DATA); people are shown EIP-55
    """
    return [address.lower() if _EVM.match(address) else address for address in addresses]


def hex_chain_id(chain: Caip2) -> str:
    """``0x1``. Standard: EIP-695"""
    return hex(int(chain.split(":")[1]))
