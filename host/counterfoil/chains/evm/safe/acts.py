"""What a Safe's calls do to the Safe itself and to its slow lock, as plain data that a summary can put into words.

Total: a call that we can't read whole is a plain call, and to the account itself an unknown one,
which nobody should sign.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.calls import selector
from counterfoil.chains.evm.safe import owners, slow_lock
from counterfoil.chains.evm.safe.account import parse_create_signer
from counterfoil.chains.evm.safe.calldata import parse_arguments
from counterfoil.chains.evm.safe.contracts import SIGNER_FACTORY, SINGLETON_FACTORY
from counterfoil.chains.evm.safe.multi_send import Item
from counterfoil.chains.evm.safe.safe_tx import SafeTx
from counterfoil.codecs.abi import Value
from counterfoil.errors import InvalidTransaction


class ActKind(StrEnum):
    """What one call of a Safe is about."""

    CALL = "call"
    """Of anything else: coins, tokens, contracts."""
    NOTHING = "nothing"
    """To itself, empty: uses up the nonce."""
    CREATE_SIGNER = "create_signer"
    CREATE_LOCK = "create_lock"
    GRANT_ROLE = "grant_role"
    REVOKE_ROLE = "revoke_role"
    CHANGE_DELAY = "change_delay"
    SCHEDULE = "schedule"
    CANCEL = "cancel"
    EXECUTE = "execute"
    ENABLE_MODULE = "enable_module"
    DISABLE_MODULE = "disable_module"
    SWAP_OWNER = "swap_owner"
    ADD_OWNER = "add_owner"
    REMOVE_OWNER = "remove_owner"
    CHANGE_THRESHOLD = "change_threshold"
    SET_GUARD = "set_guard"
    SET_FALLBACK_HANDLER = "set_fallback_handler"
    BY_MODULE = "by_module"
    UNKNOWN_TO_ITSELF = "unknown_to_itself"


@dataclass(frozen=True, slots=True)
class Act:
    """One call of a Safe. ``arguments``: addresses checksummed, hashes and data in 0x-hex, roles by name, numbers as numbers."""

    kind: ActKind
    item: Item
    arguments: dict[str, str | int] = field(default_factory=dict)
    inner: Act | None = None
    """What a scheduled or executed operation does, read as a call of its own."""

    @property
    def to(self) -> str:
        """Whom the Safe calls, checksummed."""
        return encode_address(self.item.to)

    @property
    def changes_account(self) -> bool:
        """Whether it changes who controls the account, or how. A site may ask for none of these."""
        return self.kind not in {ActKind.CALL, ActKind.NOTHING, ActKind.CREATE_SIGNER}


_TO_ITSELF: Final = {
    owners.SWAP_OWNER: (ActKind.SWAP_OWNER, "previous old new"),
    owners.ADD_OWNER: (ActKind.ADD_OWNER, "new threshold"),
    owners.REMOVE_OWNER: (ActKind.REMOVE_OWNER, "previous old threshold"),
    owners.CHANGE_THRESHOLD: (ActKind.CHANGE_THRESHOLD, "threshold"),
    slow_lock.ENABLE_MODULE: (ActKind.ENABLE_MODULE, "module"),
    "disableModule(address,address)": (ActKind.DISABLE_MODULE, "previous module"),
    "setGuard(address)": (ActKind.SET_GUARD, "guard"),
    "setFallbackHandler(address)": (ActKind.SET_FALLBACK_HANDLER, "handler"),
}
_TO_LOCK: Final = {
    slow_lock.GRANT_ROLE: (ActKind.GRANT_ROLE, "role account"),
    slow_lock.REVOKE_ROLE: (ActKind.REVOKE_ROLE, "role account"),
    slow_lock.UPDATE_DELAY: (ActKind.CHANGE_DELAY, "delay"),
    slow_lock.CANCEL: (ActKind.CANCEL, "operation"),
}
_MAX_DEPTH: Final = 4
_BY_MODULE: Final = {slow_lock.BY_MODULE: (ActKind.BY_MODULE, "to value data operation")}


def read_acts(tx: SafeTx) -> tuple[Act, ...]:
    """What each call of a transaction is about, in order. Total."""
    return tuple(read_act(tx.safe, item) for item in tx.items)


def read_act(safe: str, item: Item, depth: int = 0) -> Act:
    """What one call by ``safe`` is about. Total: what is not one of ours, wholly and without coins, is a plain call."""
    to_itself = item.to == address_bytes(safe)
    if to_itself and not item.data and not item.value:
        return Act(ActKind.NOTHING, item)
    if not item.value:
        for read in _READERS:
            if (act := read(item, to_itself, depth)) is not None:
                return act
    return Act(ActKind.UNKNOWN_TO_ITSELF if to_itself else ActKind.CALL, item)


def _itself(item: Item, to_itself: bool, depth: int) -> Act | None:
    return _by_table(_TO_ITSELF, item) if to_itself else None


def _creation(item: Item, to_itself: bool, depth: int) -> Act | None:
    try:
        if item.to == SIGNER_FACTORY.raw:
            key = parse_create_signer(item.data)
            return Act(ActKind.CREATE_SIGNER, item, {"x": key.x, "y": key.y, "verifiers": key.verifiers})
        if item.to == SINGLETON_FACTORY.raw:
            lock = slow_lock.parse_lock_creation(item.data)
            shown: dict[str, str | int] = {
                "lock": slow_lock.lock_address(lock),
                "delay": lock.delay,
                "proposers": " ".join(lock.proposers),
                "executors": " ".join(lock.executors),
                "admin": lock.admin,
            }
            return Act(ActKind.CREATE_LOCK, item, shown)
    except InvalidTransaction:
        pass
    return None


def _lock(item: Item, to_itself: bool, depth: int) -> Act | None:
    return None if to_itself else _by_table(_TO_LOCK, item)


def _operation(item: Item, to_itself: bool, depth: int) -> Act | None:
    if depth > _MAX_DEPTH:
        return None
    try:
        if item.data[:4] == selector(slow_lock.SCHEDULE):
            operation, delay = slow_lock.parse_schedule(item.data)
            kind, extra = ActKind.SCHEDULE, {"delay": delay}
        elif item.data[:4] == selector(slow_lock.EXECUTE):
            operation, kind, extra = slow_lock.parse_execute(item.data), ActKind.EXECUTE, {}
        else:
            return None
    except InvalidTransaction:
        return None
    shown: dict[str, str | int] = {"operation": "0x" + operation.id.hex(), "target": operation.target, **extra}
    return Act(kind, item, shown, read_operation(operation, depth))


def read_operation(operation: slow_lock.Operation, depth: int = 0) -> Act:
    """What a lock's operation makes a Safe do, seen from its target: an owner swap, or anything else. Total."""
    item = Item(address_bytes(operation.target), operation.value, operation.data)
    module = _by_table(_BY_MODULE, item) if not item.value else None
    if module is None or module.arguments["to"] != operation.target or module.arguments["value"]:
        return Act(ActKind.CALL, item)
    if module.arguments["operation"] != 0:
        return Act(ActKind.CALL, item)
    data = bytes.fromhex(str(module.arguments["data"])[2:])
    return read_act(operation.target, Item(item.to, 0, data), depth + 1)


def _by_table(table: dict[str, tuple[ActKind, str]], item: Item) -> Act | None:
    for signature, (kind, names) in table.items():
        if item.data[:4] == selector(signature):
            try:
                values = parse_arguments(signature, item.data)
            except InvalidTransaction:
                return None
            shown = {name: _shown(name, value) for name, value in zip(names.split(), values, strict=True)}
            return Act(kind, item, shown)
    return None


def _shown(name: str, value: Value) -> str | int:
    if isinstance(value, bytes):
        if name == "role":
            return slow_lock.ROLES.get(value, "0x" + value.hex())
        return encode_address(value) if len(value) == 20 and name != "data" else "0x" + value.hex()
    assert isinstance(value, int)
    return value


_READERS: Final[tuple[Callable[[Item, bool, int], Act | None], ...]] = (_itself, _creation, _lock, _operation)
