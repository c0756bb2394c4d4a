"""Amounts, names and findings in the words of the window."""

from __future__ import annotations

from counterfoil.chains.family import Chain, Finding, Level, Native

UNLIMITED = 2**255


def amount_text(amount: int, decimals: int, symbol: str) -> str:
    """All digits, never rounded: ``1.5 ETH``."""
    whole, part = divmod(amount, 10**decimals)
    fraction = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
    return f"{whole}{'.' if fraction else ''}{fraction} {symbol}"


def short(address: str) -> str:
    """Six digits at each end; the whole address stands elsewhere in the summary."""
    return f"0x{address[2:8]}…{address[-6:]}"


def token_of(chain: Chain, address: str) -> Native | None:
    """The token in this computer's registry."""
    return chain.tokens.get(address)


def token_amount(token: Native | None, amount: int) -> str:
    """The amount in the token's units; for an unknown token in base units, and said so."""
    if token is None:
        return f"{amount} base units of an unknown token"
    return amount_text(amount, token.decimals, token.symbol)


def token_name(token: Native | None, address: str) -> str:
    """``USDC``, or ``the unknown token 0x…``."""
    return token.symbol if token else f"the unknown token {short(address)}"


def whose_token(token: Native | None, address: str) -> str:
    """``your USDC``, or ``the unknown token 0x…``: nobody knows whether that is worth the word."""
    return f"your {token.symbol}" if token else token_name(token, address)


def _finding(code: str, level: Level, sentence: str, why: str = "", action: str = "") -> Finding:
    return Finding(code, level, sentence, why, action)


def info(code: str, sentence: str, why: str = "", action: str = "") -> Finding:
    """A finding to know."""
    return _finding(code, Level.INFO, sentence, why, action)


def caution(code: str, sentence: str, why: str = "", action: str = "") -> Finding:
    """A finding to weigh."""
    return _finding(code, Level.CAUTION, sentence, why, action)


def danger(code: str, sentence: str, why: str = "", action: str = "") -> Finding:
    """A finding that should stop most people."""
    return _finding(code, Level.DANGER, sentence, why, action)


def unlimited_allowance(spender: str, whose: str) -> Finding:
    """The finding of an allowance without end."""
    return danger(
        "unlimited_allowance",
        f"{short(spender)} could take all of {whose}, now and later.",
        "The permission has no limit. If that contract is dishonest or is ever broken into, everything you hold of it can go.",
        "Refuse, and choose an exact amount in the site if it offers that.",
    )


def unknown_token(address: str) -> Finding:
    """The finding of a token outside our registry."""
    return caution(
        "unknown_token",
        f"Counterfoil does not know the token {short(address)}.",
        "Anyone can make a token with any name. Its amount is shown in base units, because its decimals can't be trusted.",
    )


def worst_first(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of the window, each code and sentence once."""
    order = [Level.DANGER, Level.CAUTION, Level.INFO]
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: order.index(finding.level)))
