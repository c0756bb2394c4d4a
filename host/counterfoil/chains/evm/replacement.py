"""What the wallet asks for itself: the same transaction for more, or nothing at all in its nonce."""

from __future__ import annotations

from counterfoil.chains.evm.address import encode_address
from counterfoil.chains.evm.facts import Replaced, TransactionIntent
from counterfoil.chains.evm.slots import slot_nonce
from counterfoil.chains.evm.summary import read_unsigned
from counterfoil.chains.evm.transaction import DYNAMIC_FEE, LEGACY, Transaction
from counterfoil.chains.evm.values import read_data
from counterfoil.chains.family import Chain, Own
from counterfoil.errors import InputError


def read_own(chain: Chain, account: str, method: Own, params: object) -> TransactionIntent:
    """What the wallet asks for itself: see ``family.Own``. Raises InputError, InvalidTransaction."""
    if not isinstance(params, list) or len(params) != 1 or not isinstance(params[0], str):
        raise InputError("The wallet's own request needs exactly one text.", reason="params")
    if method is Own.FILL:
        return TransactionIntent(to=account, value=0, data=b"", nonce=slot_nonce(params[0]))
    tx = read_unsigned(chain, read_data(params[0], "unsigned"))
    replaces = Replaced(tx.max_fee, tx.priority_fee)
    if method is Own.SPEED_UP:
        return _again(tx, replaces)
    kind = DYNAMIC_FEE if tx.type == DYNAMIC_FEE else LEGACY
    return TransactionIntent(to=account, value=0, data=b"", nonce=tx.nonce, type=kind, replaces=replaces)


def _again(tx: Transaction, replaces: Replaced) -> TransactionIntent:
    return TransactionIntent(
        to=encode_address(tx.to) if tx.to else None,
        value=tx.value,
        data=tx.data,
        gas_limit=tx.gas_limit,
        nonce=tx.nonce,
        type=tx.type,
        access_list=tx.access_list,
        replaces=replaces,
    )


def gas_of(intent: TransactionIntent) -> int | None:
    """The gas of what is done again: it is the same work, and an estimate may count the first one as done already."""
    return intent.gas_limit if intent.replaces is not None else None
