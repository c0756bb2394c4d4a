"""Calls that we can name: selector and strictly decoded arguments.   ERC-20, ERC-2612, ERC-721, ERC-1155

A call whose arguments are not in the one canonical encoding is *malformed*: never named, never priced.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.chains.evm.address import encode_address
from counterfoil.codecs.abi import Value, encode_abi, parse_abi, split_types
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidEncoding

_KNOWN: Final = (
    ("transfer(address,uint256)", "to amount"),
    ("transferFrom(address,address,uint256)", "from to amount"),
    ("approve(address,uint256)", "spender amount"),
    ("increaseAllowance(address,uint256)", "spender amount"),
    ("decreaseAllowance(address,uint256)", "spender amount"),
    ("permit(address,address,uint256,uint256,uint8,bytes32,bytes32)", "owner spender amount deadline v r s"),
    (
        "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
        "owner spender nonce deadline allowed v r s",
    ),
    ("setApprovalForAll(address,bool)", "operator approved"),
    ("safeTransferFrom(address,address,uint256)", "from to item"),
    ("safeTransferFrom(address,address,uint256,bytes)", "from to item data"),
    ("safeTransferFrom(address,address,uint256,uint256,bytes)", "from to item amount data"),
    ("safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)", "from to items amounts data"),
    ("approveHash(bytes32)", "hash"),
)


def selector(signature: str) -> bytes:
    """The first four bytes of the hash of ``transfer(address,uint256)``. Standard: Solidity ABI"""
    return keccak256(signature.encode())[:4]


def encode_call(signature: str, *values: Value) -> bytes:
    """Selector and arguments of a call. Standard: Solidity ABI. Raises InvalidEncoding."""
    return selector(signature) + encode_abi(split_types(signature[signature.index("(") :]), values)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a contract. ``signature`` is None where we don't know it or its arguments are malformed."""

    selector: bytes
    signature: str | None
    arguments: dict[str, Value]
    malformed: str | None = None

    def address(self, name: str) -> str:
        """An address argument, checksummed."""
        value = self.arguments[name]
        assert isinstance(value, bytes)
        return encode_address(value)

    def number(self, name: str) -> int:
        """An integer argument."""
        value = self.arguments[name]
        assert isinstance(value, int)
        return value

    @property
    def name(self) -> str | None:
        """``transfer`` of ``transfer(address,uint256)``."""
        return self.signature.split("(")[0] if self.signature else None


_BY_SELECTOR: Final = {selector(signature): (signature, tuple(names.split())) for signature, names in _KNOWN}


def parse_call(data: bytes) -> Call:
    """What ``data`` asks of a contract. Total: what we can't read whole stays unnamed.

    Standard: Solidity ABI; ERC-20, ERC-2612, ERC-721, ERC-1155
    """
    head = data[:4]
    if head not in _BY_SELECTOR:
        return Call(head, None, {})
    signature, names = _BY_SELECTOR[head]
    types = split_types(signature[signature.index("(") :])
    try:
        values = parse_abi(types, data[4:])
    except InvalidEncoding:
        return Call(head, None, {}, malformed=signature)
    return Call(head, signature, dict(zip(names, values, strict=True)))
