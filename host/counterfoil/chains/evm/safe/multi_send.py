"""Several calls in one: MultiSend's packed list.   Safe 1.4.1, libraries/MultiSend.sol and MultiSendCallOnly.sol"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from counterfoil.chains.evm.safe.calldata import encode_call, parse_arguments
from counterfoil.errors import InvalidTransaction

CALL: Final = 0
DELEGATE_CALL: Final = 1

MULTI_SEND: Final = "multiSend(bytes)"
_HEAD: Final = 1 + 20 + 32 + 32


@dataclass(frozen=True, slots=True)
class Item:
    """One call of the list. ``to`` has 20 bytes; ``value`` in wei."""

    to: bytes
    value: int
    data: bytes
    operation: int = CALL


def encode_multi_send(items: Iterable[Item]) -> bytes:
    """``multiSend(bytes)`` of both contracts: (u8 operation ‖ to20 ‖ u256 value ‖ u256 length ‖ data)…

    Raises: InvalidTransaction
    """
    return encode_call(MULTI_SEND, b"".join(_encode_item(item) for item in items))


def parse_multi_send(data: bytes, *, delegate_calls: bool = False) -> tuple[Item, ...]:
    """The calls of a list, all of it, at least one.

    In:     delegate_calls: whether the list is for MultiSend; MultiSendCallOnly reverts on any
    Raises: InvalidTransaction(reason=truncated|operation|empty|…)
    """
    (packed,) = parse_arguments(MULTI_SEND, data)
    assert isinstance(packed, bytes)
    items, at = [], 0
    while at < len(packed):
        head = packed[at : at + _HEAD]
        length = int.from_bytes(head[53:], "big")
        at += _HEAD
        if length > len(packed) - at:  # true of a head cut short too
            raise InvalidTransaction("The list of calls ends too early.", reason="truncated", offset=at)
        if head[0] > (DELEGATE_CALL if delegate_calls else CALL):
            raise InvalidTransaction("An entry of the list is not a call.", reason="operation", offset=at)
        value = int.from_bytes(head[21:53], "big")
        items.append(Item(head[1:21], value, packed[at : at + length], head[0]))
        at += length
    if not items:
        raise InvalidTransaction("The list of calls is empty.", reason="empty")
    return tuple(items)


def _encode_item(item: Item) -> bytes:
    if len(item.to) != 20 or not 0 <= item.value < 2**256 or item.operation not in {CALL, DELEGATE_CALL}:
        raise InvalidTransaction("A call of the list is malformed.", reason="fields")
    head = bytes([item.operation]) + item.to + item.value.to_bytes(32, "big")
    return head + len(item.data).to_bytes(32, "big") + item.data
