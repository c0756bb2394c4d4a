"""A Safe's transaction: its fields, its hash, and the call that executes it.   Safe 1.4.1, EIP-712

Nothing is refunded, so the contract ignores the two refund addresses. They carry a hash of where the
request came from: the hash that the passkey signs can't be foreseen by a page, and says who asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from counterfoil.chains.evm.address import address_bytes, encode_address
from counterfoil.chains.evm.safe.calldata import encode_call, parse_arguments
from counterfoil.chains.evm.safe.contracts import MULTI_SEND_CALL_ONLY
from counterfoil.chains.evm.safe.multi_send import CALL, DELEGATE_CALL, Item, encode_multi_send, parse_multi_send
from counterfoil.codecs.abi import Value, encode_abi, parse_abi
from counterfoil.crypto.hashes import framed_hash, keccak256
from counterfoil.errors import InvalidEncoding, InvalidTransaction
from counterfoil.types import Digest32

DOMAIN_TYPE: Final = keccak256(b"EIP712Domain(uint256 chainId,address verifyingContract)")
SAFE_TX_TYPE: Final = bytes.fromhex("bb8310d486368db6bd6f849402fdd73ad53d316b5a4b2644ad6efe0f941286d8")
EXECUTE: Final = "execTransaction(address,uint256,bytes,uint8,uint256,uint256,uint256,address,address,bytes)"
_SALT_TAG: Final = "counterfoil/safe-tx/1"
_FIELDS: Final = ("uint256", "address", "uint256", "address", "uint256", "bytes", "uint8", "bytes32")


@dataclass(frozen=True, slots=True)
class SafeTx:
    """One transaction of one Safe on one chain. ``salt`` has 32 bytes; gas and refund fields are zero, always.

    The one delegate call that exists is MultiSendCallOnly's, which can only call.
    """

    chain_id: int
    safe: str
    nonce: int
    to: str
    value: int
    data: bytes
    operation: int
    salt: bytes

    def __post_init__(self) -> None:
        numbers = (self.chain_id, self.nonce, self.value)
        if not all(0 <= number < 2**256 for number in numbers) or len(self.salt) != 32:
            raise InvalidTransaction("A number in the transaction is out of range.", reason="range")
        if self.operation == DELEGATE_CALL:
            if self.to != MULTI_SEND_CALL_ONLY.address or self.value:
                raise InvalidTransaction("A Safe of ours never lends itself to other code.", reason="delegate_call")
            parse_multi_send(self.data)
        elif self.operation != CALL:
            raise InvalidTransaction("A Safe knows no such operation.", reason="operation")

    @property
    def items(self) -> tuple[Item, ...]:
        """The calls that the Safe makes, in order."""
        if self.operation == DELEGATE_CALL:
            return parse_multi_send(self.data)
        return (Item(address_bytes(self.to), self.value, self.data),)


def safe_tx_salt(origin: str, request_nonce: bytes, expires_at: int) -> bytes:
    """32 bytes: H("counterfoil/safe-tx/1", origin, request nonce, expiry).   DESIGN §6"""
    return framed_hash(_SALT_TAG, origin.encode(), request_nonce, expires_at.to_bytes(8, "big"))


def safe_tx_of(chain_id: int, safe: str, nonce: int, items: tuple[Item, ...], salt: bytes) -> SafeTx:
    """The transaction in which a Safe makes these calls: the call itself, or a list for MultiSendCallOnly.

    Raises: InvalidTransaction
    """
    if len(items) == 1 and items[0].operation == CALL:
        (item,) = items
        return SafeTx(chain_id, safe, nonce, encode_address(item.to), item.value, item.data, CALL, salt)
    data = encode_multi_send(items)
    return SafeTx(chain_id, safe, nonce, MULTI_SEND_CALL_ONLY.address, 0, data, DELEGATE_CALL, salt)


def safe_domain(chain_id: int, safe: str) -> bytes:
    """Domain separator of a Safe. Standard: EIP-712; Safe 1.4.1 domainSeparator"""
    words = encode_abi(["bytes32", "uint256", "address"], [DOMAIN_TYPE, chain_id, address_bytes(safe)])
    return keccak256(words)


def digest_safe_tx(tx: SafeTx) -> Digest32:
    """What both owners sign, and the passkey's challenge.

    Standard: EIP-712; Safe 1.4.1 getTransactionHash
    """
    types = ["bytes32", "address", "uint256", "bytes32", "uint8", *["uint256"] * 3, "address", "address", "uint256"]
    head: list[Value] = [SAFE_TX_TYPE, address_bytes(tx.to), tx.value, keccak256(tx.data), tx.operation]
    struct = keccak256(encode_abi(types, [*head, 0, 0, 0, *_refund_fields(tx.salt), tx.nonce]))
    return Digest32(keccak256(b"\x19\x01" + safe_domain(tx.chain_id, tx.safe) + struct))


def encode_safe_tx(tx: SafeTx) -> bytes:
    """Everything that the digest depends on, in one spelling: what parties hand each other."""
    safe, to = address_bytes(tx.safe), address_bytes(tx.to)
    return encode_abi(_FIELDS, [tx.chain_id, safe, tx.nonce, to, tx.value, tx.data, tx.operation, tx.salt])


def parse_safe_tx(data: bytes) -> SafeTx:
    """See `encode_safe_tx`; nothing may be left over. Raises InvalidTransaction."""
    try:
        chain_id, safe, nonce, to, value, inner, operation, salt = parse_abi(_FIELDS, data)
    except InvalidEncoding as error:
        raise InvalidTransaction(error.message, reason=error.word) from None
    assert isinstance(safe, bytes)
    assert isinstance(to, bytes)
    return SafeTx(  # the types are those of _FIELDS
        chain_id,  # type: ignore[arg-type]
        encode_address(safe),
        nonce,  # type: ignore[arg-type]
        encode_address(to),
        value,  # type: ignore[arg-type]
        inner,  # type: ignore[arg-type]
        operation,  # type: ignore[arg-type]
        salt,  # type: ignore[arg-type]
    )


def encode_execution(tx: SafeTx, signatures: bytes) -> bytes:
    """The call of the Safe that executes the transaction. Standard: Safe 1.4.1 execTransaction"""
    head: list[Value] = [address_bytes(tx.to), tx.value, tx.data, tx.operation]
    return encode_call(EXECUTE, *head, 0, 0, 0, *_refund_fields(tx.salt), signatures)


def parse_execution(data: bytes, *, chain_id: int, safe: str, nonce: int) -> tuple[SafeTx, bytes]:
    """The transaction that a call of ``execTransaction`` executes at this nonce, and the owners' signatures as packed.

    Standard: Safe 1.4.1 execTransaction
    Raises:   InvalidTransaction for anything that `encode_execution` would not write
    """
    to, value, inner, operation, *gas, gas_token, receiver, signatures = parse_arguments(EXECUTE, data)
    assert isinstance(to, bytes)
    assert isinstance(gas_token, bytes)
    assert isinstance(receiver, bytes)
    assert isinstance(signatures, bytes)
    if gas != [0, 0, 0] or gas_token[12:] != bytes(8):
        raise InvalidTransaction("The Safe would refund someone.", reason="refund")
    salt = receiver + gas_token[:12]
    tx = SafeTx(chain_id, safe, nonce, encode_address(to), value, inner, operation, salt)  # type: ignore[arg-type]
    return tx, signatures


def _refund_fields(salt: bytes) -> tuple[bytes, bytes]:
    """gasToken and refundReceiver."""
    return salt[20:] + bytes(8), salt[:20]
