"""What the chain says at one moment, as a value: the only road from the network into pure code."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.chains.evm.transaction import AccessList


@dataclass(frozen=True, slots=True)
class Replaced:
    """The prices of the transaction whose nonce this one takes over. In wei."""

    max_fee: int
    priority_fee: int


@dataclass(frozen=True, slots=True)
class TransactionIntent:
    """A page's ``eth_sendTransaction``, parsed. None means: the wallet chooses. Amounts in wei."""

    to: str | None
    value: int
    data: bytes
    gas_limit: int | None = None
    gas_price: int | None = None
    max_fee: int | None = None
    priority_fee: int | None = None
    nonce: int | None = None
    type: int | None = None
    access_list: AccessList | None = None
    replaces: Replaced | None = None


@dataclass(frozen=True, slots=True)
class TokenClaim:
    """What a contract says of itself. Anyone can deploy a contract that says this: display only, never for prices."""

    address: str
    symbol: str
    name: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Answers of a node for one transaction. ``base_fee`` is None on chains without EIP-1559. Amounts in wei."""

    chain_id: int
    nonce: int
    balance: int
    gas_limit: int
    base_fee: int | None
    priority_fee: int
    gas_price: int
    target_has_code: bool
    token: TokenClaim | None = None
    revert: str | None = None
    """Why the node says that it would fail, perhaps empty; None where it does not say so."""
