"""What is never signed, on any account, whoever asks.   DESIGN §6

A vault key may own a Safe: a signature over a Safe's message, taken for a harmless text, would move
that Safe's money. So these forms are refused by every party, before any policy.
"""

from __future__ import annotations

from typing import Final

from counterfoil.chains.evm.calls import Call
from counterfoil.chains.evm.transaction import Transaction, parse_signed, parse_unsigned
from counterfoil.chains.evm.typed_data import TypedData
from counterfoil.chains.evm.words import danger
from counterfoil.chains.family import Finding
from counterfoil.errors import InvalidTransaction

SAFE_TYPES: Final = frozenset({"SafeTx", "SafeMessage", "SafeOp"})

SAFE_CONTRACTS: Final = frozenset(
    address.lower()
    for address in (
        "0x41675C099F32341bf84BFc5382aF534df5C7461a",  # Safe 1.4.1
        "0x29fcB43b46531BcA003ddC8FCB67FFE91900C762",  # SafeL2 1.4.1
        "0xFf51A5898e281Db6DfC7855790607438dF2ca44b",  # Safe 1.5.0
        "0xEdd160fEBBD92E350D4D398fb636302fccd67C7e",  # SafeL2 1.5.0
        "0xfd0732Dc9E303f09fCEf3a7388Ad10A83459Ec99",  # CompatibilityFallbackHandler 1.4.1
        "0x3EfCBb83A4A7AfcB4F68D501E2c2203a38be77f4",  # CompatibilityFallbackHandler 1.5.0
        "0x85a8ca358D388530ad0fB95D0cb89Dd44Fc242c3",  # ExtensibleFallbackHandler 1.5.0
        "0xd53cd0aB83D845Ac265BE939c57F53AD838012c9",  # SignMessageLib
        "0x75cf11467937ce3F2f357CE24ffc3DBF8fD5c226",  # Safe4337Module 0.3.0
    )
)

_MULTI_BYTE_PREFIXES: Final = (b"\x19\x00", b"\x19\x01", b"\x19Ethereum Signed Message:")


def refuse_message(message: bytes) -> Finding | None:
    """Why this text is never signed: it has the length of a hash, or can be read as a transaction or as a prefixed hash."""
    if len(message) == 32:
        return danger(
            "hash_as_text",
            "Counterfoil never signs 32 bytes as a text.",
            "They may be the hash of a transaction: the text would hide what it does.",
            "Nothing was signed. Ask the site to send what it wants signed, not its hash.",
        )
    if message.startswith(_MULTI_BYTE_PREFIXES) or _is_transaction(message):
        return danger(
            "transaction_as_text",
            "Counterfoil never signs a transaction that comes dressed as a text.",
            "These bytes can be read as something that moves money.",
            "Nothing was signed. Leave this site.",
        )
    return None


def refuse_typed_data(typed: TypedData, account: str | None = None) -> Finding | None:
    """Why this typed data is never signed: it is a Safe's, or speaks to the account itself."""
    contract = (typed.verifying_contract or "").lower()
    if SAFE_TYPES & typed.schema.types.keys() or contract in SAFE_CONTRACTS:
        return danger(
            "safe_message",
            "Counterfoil never signs a Safe's messages for a site.",
            "This key may own a Safe, and such a signature could move everything in it.",
            "Nothing was signed.",
        )
    if account and contract == account.lower():
        return _to_itself()
    return None


def refuse_transaction(tx: Transaction, call: Call, account: bytes | None = None) -> Finding | None:
    """Why this transaction is never signed: it approves a Safe's hash, or calls the account itself."""
    if call.selector == _APPROVE_HASH and tx.to is not None:
        return danger(
            "approve_hash",
            "Counterfoil never approves a Safe's transaction by its hash.",
            "A hash hides what it does, and this one could move everything in a Safe.",
            "Nothing was signed.",
        )
    if account is not None and tx.to == account and tx.data:
        return _to_itself()
    return None


_APPROVE_HASH: Final = bytes.fromhex("d4d9bdcd")


def _to_itself() -> Finding:
    return danger(
        "call_to_itself",
        "Counterfoil never lets a site make your account call itself.",
        "Where an account has code, such a call can change who controls it.",
        "Nothing was signed.",
    )


def _is_transaction(message: bytes) -> bool:
    for parse in (parse_unsigned, parse_signed):
        try:
            parse(message)
        except InvalidTransaction:
            continue
        return True
    return False
