"""Creation code of the contracts that an account brings into being: known by its hash, wherever it comes from.

The two proxies' code is licensed otherwise than this wallet and is not part of it. It stands inside
the code of the two factories, on every chain, at a fixed place: any node, or another party, can hand
it over, and nobody can hand over another. The lock's code stands on no chain and comes with the
wallet (docs/decisions/safe-contract-code.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import Bug, InvalidEncoding

SAFE_PROXY_HASH: Final = bytes.fromhex("1856e0ee08399d74e0ea0b03adca210aeade6f748969ac023cdcb4dd62dcaf5f")
SIGNER_PROXY_HASH: Final = bytes.fromhex("24eb5cf1cb02e3bc5ef6917bcd59e2cb1a7f02b257284dc89daeac1c37dada50")
TIMELOCK_HASH: Final = bytes.fromhex("8f83090559476dd7ec61f938bbd4f3eea0fbd2c8624b294abd7087f9fd134ae8")

_SAFE_PROXY_AT: Final = slice(2515, 2515 + 486)
_SIGNER_PROXY_AT: Final = slice(1803, 1803 + 494)


@dataclass(frozen=True, slots=True)
class CreationCodes:
    """Creation code of SafeProxy 1.4.1 and SafeWebAuthnSignerProxy 0.2.0. Raises InvalidEncoding for any other."""

    safe_proxy: bytes
    signer_proxy: bytes

    def __post_init__(self) -> None:
        if keccak256(self.safe_proxy) != SAFE_PROXY_HASH or keccak256(self.signer_proxy) != SIGNER_PROXY_HASH:
            raise InvalidEncoding("This is not the code of Safe's published contracts.", reason="creation_code")


def read_creation_codes(proxy_factory: bytes, signer_factory: bytes) -> CreationCodes:
    """The two proxies' creation code, out of the code of the factories that deploy them.

    In:     what ``eth_getCode`` answers at ``PROXY_FACTORY`` and ``SIGNER_FACTORY``
    Raises: InvalidEncoding(reason=creation_code)
    """
    return CreationCodes(proxy_factory[_SAFE_PROXY_AT], signer_factory[_SIGNER_PROXY_AT])


@cache
def timelock_creation_code() -> bytes:
    """OpenZeppelin's TimelockController 5.7.0 without its constructor's arguments. Raises Bug if the file was altered."""
    code = bytes.fromhex((files(__package__) / "timelock_controller.hex").read_text())
    if keccak256(code) != TIMELOCK_HASH:
        raise Bug("The lock's code was altered.")
    return code
