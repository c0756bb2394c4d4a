"""Calls of Safe's contracts as bytes and back, one spelling each."""

from __future__ import annotations

from counterfoil.chains.evm.calls import encode_call, selector
from counterfoil.codecs.abi import Value, parse_abi, split_types
from counterfoil.errors import InvalidEncoding, InvalidTransaction

__all__ = ["encode_call", "is_call", "parse_arguments", "types_of"]


def types_of(signature: str) -> tuple[str, ...]:
    """``(address, uint256)`` of ``transfer(address,uint256)``."""
    return split_types(signature[signature.index("(") :])


def is_call(data: bytes, signature: str) -> bool:
    """Whether ``data`` has this function's selector."""
    return data[:4] == selector(signature)


def parse_arguments(signature: str, data: bytes) -> tuple[Value, ...]:
    """The arguments of a call of exactly this function, spelt exactly as ``encode_call`` spells them.

    Standard: Solidity ABI
    Raises:   InvalidTransaction
    """
    if not is_call(data, signature):
        raise InvalidTransaction("This is a call of another function.", reason="selector")
    try:
        return parse_abi(types_of(signature), data[4:])
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None
