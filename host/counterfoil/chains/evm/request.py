"""The untrusted parameters of ``eth_sendTransaction``, read strictly, and the bytes they become."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from counterfoil.chains.evm.address import address_bytes, parse_address, read_address
from counterfoil.chains.evm.facts import Facts, TransactionIntent
from counterfoil.chains.evm.fees import raise_fees
from counterfoil.chains.evm.transaction import (
    ACCESS_LIST,
    DYNAMIC_FEE,
    LEGACY,
    AccessList,
    Transaction,
    encode_unsigned,
)
from counterfoil.chains.evm.values import read_data, read_quantity
from counterfoil.errors import InputError, InvalidAddress, InvalidTransaction

_FIELDS: Final = frozenset(
    {"from", "to", "value", "data", "input", "gas", "gasLimit", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"}
    | {"nonce", "type", "chainId", "accessList"}
)
_IGNORED: Final = frozenset({"metamaskNetworkId", "origin", "id"})  # hints for a wallet's own screens; never signed


def read_transaction(chain_id: int, account: str, params: object) -> TransactionIntent:
    """What a page asks to send.

    Standard: EIP-1474 ``eth_sendTransaction``; EIP-1559, EIP-2930 fields
    In:       ``params`` is the JSON array of the call; ``account`` the checksummed account it must come from
    Raises:   InputError, InvalidAddress, InvalidAmount, InvalidEncoding, InvalidTransaction
    """
    fields = _only_object(params)
    if unknown := sorted(fields.keys() - _FIELDS - _IGNORED):
        raise InputError(f"Counterfoil does not know “{unknown[0][:40]}” in a transaction.", reason="unknown_field")
    check_account(fields.get("from"), account)
    if "chainId" in fields and read_quantity(fields["chainId"], "chainId") != chain_id:
        raise InputError("The transaction is meant for another chain.", reason="wrong_chain")
    intent = TransactionIntent(
        to=_target(fields.get("to")),
        value=read_quantity(fields.get("value", 0), "value"),
        data=_call_data(fields),
        gas_limit=_agreed(fields, "gas", "gasLimit"),
        gas_price=_optional(fields, "gasPrice", 256),
        max_fee=_optional(fields, "maxFeePerGas", 256),
        priority_fee=_optional(fields, "maxPriorityFeePerGas", 256),
        nonce=_optional(fields, "nonce", 64),
        type=_optional(fields, "type", 8),
        access_list=_access_list(fields["accessList"]) if "accessList" in fields else None,
    )
    if intent.to is None and not intent.data:
        raise InvalidTransaction("The transaction has neither a recipient nor a contract to create.", reason="to")
    choose_type(intent, base_fee=None)
    return intent


def prepare_transaction(chain_id: int, intent: TransactionIntent, facts: Facts) -> bytes:
    """The exact unsigned bytes of an intent under the chain's facts.

    A page's own gas limit counts only where it is higher than the estimate: a lower one would only burn the fee.

    Standard: EIP-155, EIP-2930, EIP-1559
    Raises:   InvalidTransaction, InputError
    """
    if facts.chain_id != chain_id:
        raise InvalidTransaction("The node belongs to another chain.", reason="wrong_chain")
    kind = choose_type(intent, base_fee=facts.base_fee)
    max_fee, priority_fee = _fees(kind, intent, facts)
    if intent.replaces is not None:
        max_fee, priority_fee = raise_fees(intent.replaces, max_fee, priority_fee)
        priority_fee = priority_fee if kind == DYNAMIC_FEE else max_fee
    tx = Transaction(
        type=kind,
        chain_id=chain_id,
        nonce=choose_nonce(intent, facts.nonce, ()),
        gas_limit=max(facts.gas_limit, intent.gas_limit or 0),
        max_fee=max_fee,
        priority_fee=priority_fee,
        to=address_bytes(intent.to) if intent.to else None,
        value=intent.value,
        data=intent.data,
        access_list=intent.access_list or (),
    )
    return encode_unsigned(tx)


def sketch(chain_id: int, intent: TransactionIntent) -> bytes:
    """An intent as bytes without nonce and fees: to be read, never to be signed."""
    to = address_bytes(intent.to) if intent.to else None
    return encode_unsigned(
        Transaction(
            type=DYNAMIC_FEE, chain_id=chain_id, nonce=0, gas_limit=0, max_fee=0, priority_fee=0,
            to=to, value=intent.value, data=intent.data, access_list=(),
        )
    )  # fmt: skip


def choose_nonce(intent: TransactionIntent, first: int, taken: Collection[int]) -> int:
    """The page's own nonce, else the lowest from ``first`` on that no other request of the account holds.

    In:     ``first`` is the chain's count with pending transactions: the lowest nonce it would still take
    Raises: InvalidTransaction(reason=nonce_used) if the page's own lies below it
    """
    if intent.nonce is not None:
        # A node counts what is to be replaced as done already, while it waits.
        if intent.nonce < first and intent.replaces is None:
            raise InvalidTransaction("This nonce is used already.", reason="nonce_used")
        return intent.nonce
    nonce = first
    while nonce in taken:
        nonce += 1
    return nonce


def check_account(given: object, account: str) -> None:
    """The address a page names must be the connected account. Raises InputError, InvalidAddress."""
    if given is None:
        raise InputError("The request names no account.", reason="wrong_account")
    try:
        same = read_address(given) == account
    except InvalidAddress:
        raise InvalidAddress("The account in the request is not an address.", reason="form") from None
    if not same:
        raise InputError("This site is not connected to the account that it names.", reason="wrong_account")


def choose_type(intent: TransactionIntent, base_fee: int | None) -> int:
    """The type that a page asked for, or the one its fields imply. Raises InvalidTransaction."""
    dynamic = intent.max_fee is not None or intent.priority_fee is not None
    if dynamic and intent.gas_price is not None:
        raise InvalidTransaction("gasPrice and maxFeePerGas don't go together.", reason="fees")
    implied = _implied_type(intent, base_fee, dynamic=dynamic)
    kind = implied if intent.type is None else intent.type
    if kind not in {LEGACY, ACCESS_LIST, DYNAMIC_FEE}:
        raise InvalidTransaction("Counterfoil does not know this type of transaction.", reason="type")
    if dynamic and kind != DYNAMIC_FEE:
        raise InvalidTransaction("Only type 2 has maxFeePerGas.", reason="fees")
    if intent.gas_price is not None and kind == DYNAMIC_FEE:
        raise InvalidTransaction("Type 2 has maxFeePerGas, not gasPrice.", reason="fees")
    if intent.access_list and kind == LEGACY:
        raise InvalidTransaction("Type 0 has no access list.", reason="access_list")
    return kind


def _implied_type(intent: TransactionIntent, base_fee: int | None, *, dynamic: bool) -> int:
    if dynamic or (intent.gas_price is None and base_fee is not None):
        return DYNAMIC_FEE
    return LEGACY if intent.access_list is None else ACCESS_LIST


def _fees(kind: int, intent: TransactionIntent, facts: Facts) -> tuple[int, int]:
    if kind != DYNAMIC_FEE:
        price = _single_price(facts) if intent.gas_price is None else intent.gas_price
        return price, price
    if intent.max_fee is None:
        tip = facts.priority_fee if intent.priority_fee is None else intent.priority_fee
        return 2 * (facts.base_fee or 0) + tip, tip
    tip = min(facts.priority_fee, intent.max_fee) if intent.priority_fee is None else intent.priority_fee
    return intent.max_fee, tip


def _single_price(facts: Facts) -> int:
    """All of a single price is paid, but the base fee may rise by an eighth a block until the transaction runs."""
    if facts.base_fee is None:
        return facts.gas_price
    return max(facts.gas_price, facts.base_fee * 3 // 2 + facts.priority_fee)


def _only_object(params: object) -> Mapping[str, Any]:
    if not isinstance(params, list) or len(params) != 1 or not isinstance(params[0], dict):
        raise InputError("The request needs exactly one transaction.", reason="params")
    return {name: value for name, value in params[0].items() if value is not None}


def _target(value: object) -> str | None:
    return None if value is None else parse_address(value)


def _call_data(fields: Mapping[str, Any]) -> bytes:
    """Nothing at all stands for no bytes, as forms send it that were left empty."""
    texts = {name: "0x" if fields[name] == "" else fields[name] for name in ("data", "input") if name in fields}
    given = [read_data(text, name) for name, text in texts.items()]
    if len(given) == 2 and given[0] != given[1]:
        raise InputError("“data” and “input” differ.", reason="data_and_input")
    return given[0] if given else b""


def _agreed(fields: Mapping[str, Any], *names: str) -> int | None:
    given = {read_quantity(fields[name], name, 64) for name in names if name in fields}
    if len(given) > 1:
        raise InputError("“gas” and “gasLimit” differ.", reason="gas_and_gas_limit")
    return given.pop() if given else None


def _optional(fields: Mapping[str, Any], name: str, bits: int) -> int | None:
    return read_quantity(fields[name], name, bits) if name in fields else None


def _access_list(value: object) -> AccessList:
    if not isinstance(value, list):
        raise InvalidTransaction("The access list is not a list.", reason="access_list")
    entries = []
    for entry in value:
        if not isinstance(entry, dict) or entry.keys() != {"address", "storageKeys"}:
            raise InvalidTransaction("An entry of the access list is malformed.", reason="access_list")
        keys = entry["storageKeys"]
        if not isinstance(keys, list):
            raise InvalidTransaction("An entry of the access list is malformed.", reason="access_list")
        read = tuple(read_data(key, "storageKeys", 32) for key in keys)
        if any(len(key) != 32 for key in read):
            raise InvalidTransaction("A storage key has 32 bytes.", reason="access_list")
        entries.append((address_bytes(parse_address(entry["address"])), read))
    return tuple(entries)
