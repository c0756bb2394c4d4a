"""What a signature does to what an account holds: the parts that summaries are made of."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.chains.evm.address import ZERO
from counterfoil.chains.evm.calls import Call
from counterfoil.chains.evm.words import danger, info, token_of
from counterfoil.chains.family import Chain, Change, Finding


@dataclass(frozen=True, slots=True)
class Effect:
    """The part of a summary that depends on what is called. ``to``: who gets, or may take; else what is called."""

    act: str
    sentence: str
    to: str | None
    changes: tuple[Change, ...] = ()
    priced: bool = False
    details: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """One call of one contract by one account."""

    chain: Chain
    account: str
    contract: str
    call: Call


def native_change(chain: Chain, amount: int, counterparty: str | None) -> Change:
    """Coins that leave the account."""
    native = chain.native
    return Change("out", "native", amount, native.symbol, native.decimals, counterparty, token_name=native.name)


def token_change(
    chain: Chain,
    direction: str,
    token: str,
    amount: int | None,
    counterparty: str | None,
    *,
    expires_at: int | None = None,
) -> Change:
    """A token that moves or may be moved, named only if the registry knows it."""
    known = token_of(chain, token)
    symbol, decimals, name = (known.symbol, known.decimals, known.name) if known else (None, None, None)
    return Change(direction, token, amount, symbol, decimals, counterparty, token_name=name, expires_at=expires_at)


def recipient_findings(chain: Chain, account: str, to: str) -> tuple[Finding, ...]:
    """What is odd about who gets something."""
    if to == ZERO:
        return (
            danger("zero_address", "This sends to the address zero, which nobody has.", "It would be lost for ever."),
        )
    if to == account:
        return (info("to_self", "This goes back to your own account."),)
    if to in chain.tokens:
        return (
            danger("to_token_contract", "This sends to a token's contract.", "It would probably be lost for ever."),
        )
    return ()
