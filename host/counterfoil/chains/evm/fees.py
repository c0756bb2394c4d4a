"""Gas and fees: margins, and what a fresh look at the chain may change."""

from __future__ import annotations

import dataclasses
from typing import Final

from counterfoil.chains.evm.facts import Facts, Replaced
from counterfoil.chains.evm.transaction import DYNAMIC_FEE, Transaction
from counterfoil.errors import InvalidTransaction

PLAIN_TRANSFER: Final = 21_000
GAS_OF_A_FAILURE: Final = 500_000
"""The limit of a transaction that can't be estimated, since it would fail now."""


def add_margin(gas: int) -> int:
    """A quarter more, since the state may change until the transaction runs; a plain transfer never needs more."""
    return gas if gas == PLAIN_TRANSFER else gas + gas // 4


def fit_fees(tx: Transaction, facts: Facts, fee_cap: int) -> Transaction:
    """``tx`` with the gas and the prices of now, its fee at most ``fee_cap``: what a person saw and approved.

    Gas only ever rises. A price that still does is kept, so that an approval made a moment ago stays as it was shown.

    Raises: InvalidTransaction(reason=fee_cap) if the network asks for more than the cap allows
    """
    gas = max(tx.gas_limit, facts.gas_limit)
    needed = facts.gas_price if facts.base_fee is None else facts.base_fee + facts.base_fee // 8
    affordable = fee_cap // gas if gas else fee_cap
    if tx.type == DYNAMIC_FEE:
        wished = tx.max_fee if tx.max_fee >= needed else max(needed, 2 * (facts.base_fee or 0) + facts.priority_fee)
    else:
        wished = max(tx.max_fee, needed)
    price = min(wished, affordable)
    if price < needed:
        raise InvalidTransaction(
            "The network's fee has risen above what you approved. Nothing was signed.",
            remedy="Ask again to see the new fee.",
            reason="fee_cap",
        )
    tip = min(tx.priority_fee, price) if tx.type == DYNAMIC_FEE else price
    return dataclasses.replace(tx, gas_limit=gas, max_fee=price, priority_fee=tip)


def raise_fees(replaced: Replaced, max_fee: int, priority_fee: int) -> tuple[int, int]:
    """(highest price, tip): what the chain wants now, and enough for nodes to take it in the other's place.

    Nodes keep one transaction a nonce, and take another only if both of its prices are higher by a tenth
    (geth, and all that followed it).
    """
    tip = max(priority_fee, bumped(replaced.priority_fee))
    return max(max_fee, bumped(replaced.max_fee), tip), tip


def bumped(price: int) -> int:
    """A tenth more, rounded up, and at least one wei more."""
    return price + max(1, -(-price // 10))
