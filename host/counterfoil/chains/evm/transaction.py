"""Transactions of types 0, 1 and 2 as bytes: unsigned, signed, and back.   EIP-155, EIP-2718, EIP-2930, EIP-1559

The unsigned bytes are exactly what is hashed. Both readers accept one spelling only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from counterfoil.codecs.rlp import Item, encode_rlp, parse_rlp, parse_rlp_integer
from counterfoil.crypto.hashes import keccak256
from counterfoil.errors import InvalidEncoding, InvalidTransaction
from counterfoil.types import Signature

AccessList: TypeAlias = "tuple[tuple[bytes, tuple[bytes, ...]], ...]"

LEGACY: Final = 0
ACCESS_LIST: Final = 1
DYNAMIC_FEE: Final = 2

CURVE_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
MAX_BYTES: Final = 131_072
_FIELDS: Final = {LEGACY: 9, ACCESS_LIST: 8, DYNAMIC_FEE: 9}


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction. Types 0 and 1 have one gas price: ``max_fee`` and ``priority_fee`` are then both it.

    ``to`` is 20 bytes, or None where a contract is created. Amounts in wei.
    """

    type: int
    chain_id: int
    nonce: int
    gas_limit: int
    max_fee: int
    priority_fee: int
    to: bytes | None
    value: int
    data: bytes
    access_list: AccessList = ()

    @property
    def fee_cap(self) -> int:
        """The most the network can charge for gas, in wei."""
        return self.gas_limit * self.max_fee


def encode_unsigned(tx: Transaction) -> bytes:
    """The bytes whose Keccak-256 is signed.

    Standard: EIP-155 (type 0), EIP-2930 (1), EIP-1559 (2)
    Raises:   InvalidTransaction
    """
    _check(tx)
    if tx.type == LEGACY:
        return encode_rlp([*_body(tx), tx.chain_id, 0, 0])
    return bytes([tx.type]) + encode_rlp(_body(tx))


def parse_unsigned(data: bytes) -> Transaction:
    """The transaction that ``data`` spells, all of it.

    Standard: EIP-155, EIP-2930, EIP-1559
    Raises:   InvalidTransaction
    """
    kind, items = _open(data)
    if kind == LEGACY:
        *items, chain_id, r, s = items
        if r != b"" or s != b"":
            raise InvalidTransaction("The transaction is signed already.", reason="signed")
        return _read_legacy(items, chain_id)
    return _read_typed(kind, items)


def encode_signed(tx: Transaction, signature: Signature) -> bytes:
    """The finished transaction, as nodes take it.

    Standard: EIP-155, EIP-2718; EIP-2 (low s)
    Raises:   InvalidTransaction
    """
    _check(tx)
    check_signature(signature)
    tail = [signature.r, signature.s]
    if tx.type == LEGACY:
        return encode_rlp([*_body(tx), 35 + 2 * tx.chain_id + signature.recovery_id, *tail])
    return bytes([tx.type]) + encode_rlp([*_body(tx), signature.recovery_id, *tail])


def parse_signed(data: bytes) -> tuple[Transaction, Signature]:
    """The transaction and signature of finished bytes.

    Standard: EIP-155, EIP-2718
    Raises:   InvalidTransaction
    """
    kind, items = _open(data, extra=0 if data[:1] >= b"\xc0" else 3)
    *items, v, r, s = items
    numbers = [_integer(item) for item in (v, r, s)]
    if kind == LEGACY:
        if numbers[0] < 37:
            raise InvalidTransaction("The signature names no chain.", reason="no_chain_id")
        chain_id, parity = divmod(numbers[0] - 35, 2)
        tx = _read_legacy(items, encode_integer(chain_id))
    else:
        tx, parity = _read_typed(kind, items), numbers[0]
    signature = Signature(numbers[1], numbers[2], parity)
    check_signature(signature)
    return tx, signature


def transaction_id(signed: bytes) -> str:
    """Keccak-256 of the finished bytes, as explorers print it."""
    return "0x" + keccak256(signed).hex()


def encode_integer(number: int) -> bytes:
    """Big endian without leading zeros."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _body(tx: Transaction) -> list[int | bytes | AccessList]:
    to = tx.to or b""
    access = tuple((address, tuple(keys)) for address, keys in tx.access_list)
    if tx.type == LEGACY:
        return [tx.nonce, tx.max_fee, tx.gas_limit, to, tx.value, tx.data]
    if tx.type == ACCESS_LIST:
        return [tx.chain_id, tx.nonce, tx.max_fee, tx.gas_limit, to, tx.value, tx.data, access]
    fees = [tx.priority_fee, tx.max_fee]
    return [tx.chain_id, tx.nonce, *fees, tx.gas_limit, to, tx.value, tx.data, access]


def _open(data: bytes, extra: int = 0) -> tuple[int, list[Item]]:
    if not data or len(data) > MAX_BYTES:
        raise InvalidTransaction("The transaction is empty or too long.", reason="length")
    kind = LEGACY if data[0] >= 0xC0 else data[0]
    if kind not in _FIELDS or (kind == LEGACY and data[0] < 0xC0):
        raise InvalidTransaction("Counterfoil does not know this type of transaction.", reason="type")
    try:
        items = parse_rlp(data if kind == LEGACY else data[1:])
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None
    if not isinstance(items, list) or len(items) != _FIELDS[kind] + extra:
        raise InvalidTransaction("The transaction has the wrong number of fields.", reason="fields")
    return kind, items


def _read_legacy(items: list[Item], chain_id: Item) -> Transaction:
    nonce, price, gas, to, value, data = items
    return _checked(LEGACY, chain_id, nonce, gas, price, price, to, value, data, [])


def _read_typed(kind: int, items: list[Item]) -> Transaction:
    if kind == ACCESS_LIST:
        chain_id, nonce, price, gas, to, value, data, access = items
        return _checked(kind, chain_id, nonce, gas, price, price, to, value, data, access)
    chain_id, nonce, tip, price, gas, to, value, data, access = items
    return _checked(kind, chain_id, nonce, gas, price, tip, to, value, data, access)


def _checked(kind: int, *items: Item) -> Transaction:
    *numbers, to, value, data, access = items
    if not isinstance(to, bytes) or not isinstance(data, bytes):
        raise InvalidTransaction("A list stands where bytes belong.", reason="fields")
    chain_id, nonce, gas, price, tip = (_integer(item) for item in numbers)
    target = to or None
    tx = Transaction(kind, chain_id, nonce, gas, price, tip, target, _integer(value), data, _access_list(access))
    _check(tx)
    return tx


def _access_list(item: Item) -> AccessList:
    if not isinstance(item, list):
        raise InvalidTransaction("The access list is not a list.", reason="access_list")
    entries = []
    for entry in item:
        if not isinstance(entry, list) or len(entry) != 2:
            raise InvalidTransaction("An entry of the access list is malformed.", reason="access_list")
        address, keys = entry
        if not isinstance(address, bytes) or not isinstance(keys, list):
            raise InvalidTransaction("An entry of the access list is malformed.", reason="access_list")
        if not all(isinstance(key, bytes) for key in keys):
            raise InvalidTransaction("An entry of the access list is malformed.", reason="access_list")
        entries.append((address, tuple(key for key in keys if isinstance(key, bytes))))
    return tuple(entries)


def _integer(item: Item) -> int:
    try:
        return parse_rlp_integer(item)
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None


def _check(tx: Transaction) -> None:
    """What every reader and writer holds true of a transaction."""
    amounts = (tx.value, tx.max_fee, tx.priority_fee, tx.chain_id)
    entries_fit = all(len(address) == 20 and all(len(key) == 32 for key in keys) for address, keys in tx.access_list)
    checks = (
        ("type", tx.type in _FIELDS),
        ("no_chain_id", tx.chain_id >= 1),
        ("range", all(0 <= amount < 2**256 for amount in amounts)),
        ("range", 0 <= tx.nonce < 2**64 - 1 and 0 <= tx.gas_limit < 2**64 and tx.fee_cap < 2**256),
        ("priority_fee", tx.priority_fee <= tx.max_fee),
        ("priority_fee", tx.type == DYNAMIC_FEE or tx.priority_fee == tx.max_fee),
        ("to", tx.to is None or len(tx.to) == 20),
        ("empty_contract", tx.to is not None or bool(tx.data)),
        ("access_list", entries_fit and (tx.type != LEGACY or not tx.access_list)),
    )
    for problem, holds in checks:
        if not holds:
            raise InvalidTransaction(_PROBLEMS[problem], reason=problem)


_PROBLEMS: Final = {
    "type": "Counterfoil does not know this type of transaction.",
    "no_chain_id": "The transaction names no chain, so that it could be repeated on others.",
    "range": "A number in the transaction is out of range.",
    "priority_fee": "The tip is higher than the highest fee.",
    "to": "The recipient is not an address.",
    "empty_contract": "The transaction has neither a recipient nor a contract to create.",
    "access_list": "The access list is malformed.",
}


def check_signature(signature: Signature) -> None:
    """r and s in range, s low, a recovery id that fits v.

    Standard: EIP-2
    Raises:   InvalidTransaction(reason=signature)
    """
    if not (0 < signature.r < CURVE_ORDER and 0 < signature.s <= CURVE_ORDER // 2):
        raise InvalidTransaction("The signature is out of range.", reason="signature")
    if signature.recovery_id not in {0, 1}:
        raise InvalidTransaction("This chain can't express the signature.", reason="signature")
