"""Changes of a Safe's owners, which are a linked list on chain.   Safe 1.4.1 base/OwnerManager.sol

Each change names the owner before the one it is about. So it is right only for the list as it stands
when it is executed: a stale one reverts, and by a module it fails without a sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from counterfoil.chains.evm.address import address_bytes
from counterfoil.chains.evm.safe.calldata import encode_call
from counterfoil.chains.evm.safe.contracts import SENTINEL, ZERO
from counterfoil.errors import InvalidTransaction

SWAP_OWNER: Final = "swapOwner(address,address,address)"
ADD_OWNER: Final = "addOwnerWithThreshold(address,uint256)"
REMOVE_OWNER: Final = "removeOwner(address,address,uint256)"
CHANGE_THRESHOLD: Final = "changeThreshold(uint256)"


def encode_swap_owner(safe: str, owners: Sequence[str], old: str, new: str) -> bytes:
    """One owner in place of another.

    In:     owners: as ``getOwners()`` answers, in its order
    Raises: InvalidTransaction(reason=owners)
    """
    _check_new(safe, owners, new)
    return encode_call(SWAP_OWNER, _before(owners, old), address_bytes(old), address_bytes(new))


def encode_add_owner(safe: str, owners: Sequence[str], new: str, threshold: int) -> bytes:
    """One more owner, and how many sign from then on. Raises InvalidTransaction(reason=owners|threshold)."""
    _check_new(safe, owners, new)
    _check_threshold(threshold, len(owners) + 1)
    return encode_call(ADD_OWNER, address_bytes(new), threshold)


def encode_remove_owner(owners: Sequence[str], old: str, threshold: int) -> bytes:
    """One owner less, and how many sign from then on. Raises InvalidTransaction(reason=owners|threshold)."""
    _check_threshold(threshold, len(owners) - 1)
    return encode_call(REMOVE_OWNER, _before(owners, old), address_bytes(old), threshold)


def encode_change_threshold(owners: Sequence[str], threshold: int) -> bytes:
    """How many owners sign. Raises InvalidTransaction(reason=threshold)."""
    _check_threshold(threshold, len(owners))
    return encode_call(CHANGE_THRESHOLD, threshold)


def _before(owners: Sequence[str], owner: str) -> bytes:
    raw = [address_bytes(one) for one in owners]
    if address_bytes(owner) not in raw:
        raise InvalidTransaction("This is not an owner of the account.", reason="owners")
    index = raw.index(address_bytes(owner))
    return raw[index - 1] if index else SENTINEL


def _check_new(safe: str, owners: Sequence[str], new: str) -> None:
    taken = {ZERO, SENTINEL, address_bytes(safe), *(address_bytes(one) for one in owners)}
    if address_bytes(new) in taken:
        raise InvalidTransaction("This can't be a new owner of the account.", reason="owners")


def _check_threshold(threshold: int, owners: int) -> None:
    if not 1 <= threshold <= owners:
        raise InvalidTransaction("There are not that many owners.", reason="threshold")
