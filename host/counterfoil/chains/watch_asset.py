"""A token that a site proposes to watch.   EIP-747"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from counterfoil.chains.evm.address import parse_address
from counterfoil.chains.evm.text import has_hidden
from counterfoil.chains.family import Chain, Finding, Level, Native
from counterfoil.chains.lookalikes import imitated
from counterfoil.errors import InputError


@dataclass(frozen=True, slots=True)
class ProposedAsset:
    """What a site says of a token; None where it leaves it to the contract."""

    address: str
    symbol: str | None
    decimals: int | None


def read_asset(params: object) -> ProposedAsset:
    """The token that a site proposes.

    Standard: EIP-747, type ERC20; pictures are left out
    In:       the object of the standard, or a list with just that
    Raises:   InputError(reason=params|asset_type|symbol|decimals), InvalidAddress
    """
    given = params[0] if isinstance(params, list) and len(params) == 1 else params
    if not isinstance(given, dict) or not isinstance(given.get("options"), dict):
        raise InputError("The request needs a token.", reason="params")
    if given.get("type") != "ERC20":
        raise InputError("Counterfoil watches tokens of the type ERC20 only.", reason="asset_type")
    options: dict[str, Any] = given["options"]
    symbol, decimals = options.get("symbol"), options.get("decimals")
    if isinstance(decimals, str) and decimals.isascii() and decimals.isdigit() and len(decimals) < 3:
        decimals = int(decimals)  # as forms send it
    if symbol is not None and (not isinstance(symbol, str) or not 1 <= len(symbol) <= 20):
        raise InputError("The symbol of a token has at most 20 characters.", reason="symbol")
    if decimals is not None and (type(decimals) is not int or not 0 <= decimals <= 36):
        raise InputError("The decimals of a token are a number from 0 to 36.", reason="decimals")
    return ProposedAsset(parse_address(options.get("address")), symbol, decimals)


def check_claim(proposed: ProposedAsset, claim: Native | None) -> Native:
    """What the contract says of itself, where the site says nothing else: its own symbol and decimals count.

    Raises: InputError(reason=no_token|symbol|decimals)
    """
    if claim is None or not 1 <= len(claim.symbol) <= 20 or not 0 <= claim.decimals <= 36:
        raise InputError("There is no such token on this network.", reason="no_token")
    if has_hidden(claim.symbol + claim.name) or "\n" in claim.symbol + claim.name:
        raise InputError("The token's name has characters that can't be seen.", reason="symbol")
    if proposed.symbol is not None and proposed.symbol != claim.symbol:
        raise InputError("The token's contract has another symbol than the site says.", reason="symbol")
    if proposed.decimals is not None and proposed.decimals != claim.decimals:
        raise InputError("The token's contract has other decimals than the site says.", reason="decimals")
    return Native(claim.symbol, claim.name[:60].strip() or claim.symbol, claim.decimals)


def asset_findings(chain: Chain, address: str, token: Native) -> tuple[Finding, ...]:
    """What to weigh before a token is shown by its name."""
    known = {coin.symbol: where for where, coin in chain.tokens.items() if where != address}
    other = imitated(token.symbol, (*known, chain.native.symbol)) or imitated(
        token.name, (coin.name for where, coin in chain.tokens.items() if where != address)
    )
    if other is not None:
        return (
            Finding(
                "token_imitates",
                Level.DANGER,
                f"This token calls itself “{token.symbol}”, but it is not the {other} that Counterfoil knows.",
                "Anyone can make a token with any name. False ones are sent to many people to look like money.",
                "Refuse.",
            ),
        )
    return (
        Finding(
            "token_of_site",
            Level.CAUTION,
            "Anyone can make a token with this name.",
            "Symbol and decimals are what its contract says. The address is what counts.",
        ),
    )
