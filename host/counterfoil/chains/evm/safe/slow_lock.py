"""The slow lock: a module that can change a Safe's owners after 14 days, which only the Safe can stop.   DESIGN §11

OpenZeppelin TimelockController 5.7.0. The vault's Safe-owner key proposes, anyone executes, the Safe
cancels and administers. The constructor lets every proposer cancel too: the set-up takes that back,
so that stolen shares can't veto.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.safe.calldata import encode_call, parse_arguments
from counterfoil.chains.evm.safe.contracts import SINGLETON_FACTORY, ZERO, create2
from counterfoil.chains.evm.safe.creation_code import timelock_creation_code
from counterfoil.chains.evm.safe.multi_send import CALL, Item
from counterfoil.codecs.abi import Value, encode_abi, parse_abi
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidEncoding, InvalidTransaction

DELAY: Final = 14 * 24 * 3600
"""Seconds."""

PROPOSER: Final = keccak256(b"PROPOSER_ROLE")
CANCELLER: Final = keccak256(b"CANCELLER_ROLE")
EXECUTOR: Final = keccak256(b"EXECUTOR_ROLE")
ADMIN: Final = bytes(32)
ROLES: Final = {PROPOSER: "proposer", CANCELLER: "canceller", EXECUTOR: "executor", ADMIN: "admin"}

GRANT_ROLE: Final = "grantRole(bytes32,address)"
REVOKE_ROLE: Final = "revokeRole(bytes32,address)"
SCHEDULE: Final = "schedule(address,uint256,bytes,bytes32,bytes32,uint256)"
CANCEL: Final = "cancel(bytes32)"
EXECUTE: Final = "execute(address,uint256,bytes,bytes32,bytes32)"
UPDATE_DELAY: Final = "updateDelay(uint256)"
ENABLE_MODULE: Final = "enableModule(address)"
BY_MODULE: Final = "execTransactionFromModule(address,uint256,bytes,uint8)"

_CONSTRUCTOR: Final = ("uint256", "address[]", "address[]", "address")
_OPERATION: Final = ("address", "uint256", "bytes", "bytes32", "bytes32")


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock is built with."""

    delay: int
    proposers: tuple[str, ...]
    executors: tuple[str, ...]
    admin: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What a lock holds for its delay and then does. ``target`` with its checksum."""

    target: str
    value: int
    data: bytes
    predecessor: bytes = bytes(32)
    salt: bytes = bytes(32)

    @property
    def id(self) -> bytes:
        """32 bytes. Standard: TimelockController.hashOperation"""
        return keccak256(encode_abi(_OPERATION, self.arguments()))

    def arguments(self) -> list[Value]:
        """As the lock's functions take them."""
        return [address_bytes(self.target), self.value, self.data, self.predecessor, self.salt]


def slow_lock(owner: str, safe: str) -> Lock:
    """The slow lock of a Safe account whose Safe-owner key is ``owner``."""
    return Lock(DELAY, (owner,), (encode_address(ZERO),), safe)


def encode_lock_creation(lock: Lock) -> bytes:
    """What ``SINGLETON_FACTORY`` is sent to bring the lock into being: salt zero ‖ creation code ‖ arguments."""
    proposers, executors = ([address_bytes(one) for one in some] for some in (lock.proposers, lock.executors))
    arguments = encode_abi(_CONSTRUCTOR, [lock.delay, [*proposers], [*executors], address_bytes(lock.admin)])
    return bytes(32) + timelock_creation_code() + arguments


def parse_lock_creation(data: bytes) -> Lock:
    """See `encode_lock_creation`. Raises InvalidTransaction for any other code or salt."""
    head = bytes(32) + timelock_creation_code()
    if not data.startswith(head):
        raise InvalidTransaction("This creates something else than a lock of ours.", reason="creation_code")
    try:
        delay, proposers, executors, admin = parse_abi(_CONSTRUCTOR, data[len(head) :])
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None
    assert isinstance(delay, int)
    assert isinstance(proposers, list)
    assert isinstance(executors, list)
    assert isinstance(admin, bytes)
    return Lock(delay, _named(proposers), _named(executors), encode_address(admin))


def lock_address(lock: Lock) -> str:
    """Where the lock stands. Standard: EIP-1014"""
    return create2(SINGLETON_FACTORY, bytes(32), encode_lock_creation(lock)[32:])


def lock_items(owner: str, safe: str, *, stands: bool = False) -> tuple[Item, ...]:
    """The Safe's calls that set its slow lock up.

    In: stands: whether the lock's contract is there already; anyone may have created it, and it is then harmless
    """
    lock = slow_lock(owner, safe)
    at = address_bytes(lock_address(lock))
    create = Item(SINGLETON_FACTORY.raw, 0, encode_lock_creation(lock), CALL)
    return (
        *(() if stands else (create,)),
        Item(at, 0, encode_call(GRANT_ROLE, CANCELLER, address_bytes(safe))),
        Item(at, 0, encode_call(REVOKE_ROLE, CANCELLER, address_bytes(owner))),
        Item(address_bytes(safe), 0, encode_call(ENABLE_MODULE, at)),
    )


def by_module(safe: str, data: bytes) -> Operation:
    """The operation by which a lock, as the Safe's module, makes the Safe call itself (to change its owners)."""
    return Operation(safe, 0, encode_call(BY_MODULE, address_bytes(safe), 0, data, CALL))


def encode_schedule(operation: Operation, delay: int = DELAY) -> bytes:
    """A proposer's call of the lock."""
    return encode_call(SCHEDULE, *operation.arguments(), delay)


def parse_schedule(data: bytes) -> tuple[Operation, int]:
    """See `encode_schedule`. Raises InvalidTransaction."""
    *operation, delay = parse_arguments(SCHEDULE, data)
    assert isinstance(delay, int)
    return _operation(operation), delay


def encode_cancel(operation_id: bytes) -> bytes:
    """A canceller's call of the lock. Raises InvalidEncoding."""
    return encode_call(CANCEL, operation_id)


def encode_execute(operation: Operation) -> bytes:
    """Anyone's call of the lock, once the delay is over."""
    return encode_call(EXECUTE, *operation.arguments())


def parse_execute(data: bytes) -> Operation:
    """See `encode_execute`. Raises InvalidTransaction."""
    return _operation([*parse_arguments(EXECUTE, data)])


def _named(addresses: list[Value]) -> tuple[str, ...]:
    return tuple(encode_address(one) for one in addresses if isinstance(one, bytes))


def _operation(values: list[Value]) -> Operation:
    target, value, data, predecessor, salt = values
    assert isinstance(target, bytes)
    return Operation(encode_address(target), value, data, predecessor, salt)  # type: ignore[arg-type] # as _OPERATION says
