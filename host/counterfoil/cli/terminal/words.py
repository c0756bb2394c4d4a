"""Numbers, times and states in words, exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from counterfoil.protocol.request import ChangeView, Explanation, RequestView, SimulationView

STATES = {
    "proposed": "waits for you",
    "consented": "agreed to; waits for the passkey",
    "approved": "approved; being signed",
    "released": "being signed",
    "signed": "signed; not sent yet",
    "sent": "sent; waits for the network",
    "final": "done",
    "refused": "refused",
    "expired": "expired; nothing was signed",
    "failed": "failed; nothing was signed",
    "dead": "dead: it can't happen any more",
}


def amount_in_words(amount: str | None, decimals: int | None, symbol: str | None) -> str:
    """``1234500…`` wei as ``1.2345 ETH``: whole digits, grouped, never rounded; None is any amount."""
    unit = symbol or "units of an unknown token"
    if amount is None:
        return f"any amount of {symbol or 'an unknown token'}"
    if decimals is None:
        return f"{int(amount):,} {unit}"
    digits = amount.rjust(decimals + 1, "0")
    whole, rest = (digits[:-decimals], digits[-decimals:].rstrip("0")) if decimals else (digits, "")
    return f"{int(whole):,}{'.' + rest if rest else ''} {unit}"


def time_in_words(seconds: int | None) -> str:
    """In this computer's time zone."""
    if seconds is None:
        return "never"
    return datetime.fromtimestamp(seconds, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def yes_no(value: bool) -> str:
    """For tables."""
    return "yes" if value else "no"


def change_in_words(change: ChangeView) -> str:
    """``− 1.5 ETH to 0x…``."""
    amount = amount_in_words(change.amount, change.decimals, change.symbol)
    other = change.counterparty
    if change.direction == "out":
        words = f"− {amount}" + (f" to {other}" if other else "")
    elif change.direction == "in":
        words = f"+ {amount}" + (f" from {other}" if other else "")
    else:
        words = f"permission for {other or 'someone'} to spend {amount}"
    if change.symbol is None and change.asset != "native":
        words += f" (token {change.asset})"
    return words + (f", until {time_in_words(change.expires_at)}" if change.expires_at is not None else "")


def simulation_in_words(simulation: SimulationView) -> list[str]:
    """What the node says would happen."""
    lines = [f"  {simulation.sentence}", *(f"    {change_in_words(change)}" for change in simulation.changes)]
    return lines + ([f"    {simulation.failure.sentence}"] if simulation.failure is not None else [])


def bytes_in_words(view: RequestView | Explanation) -> list[str]:
    """What the bytes do: the part that a waiting request and ``tx explain`` have in common."""
    lines = [view.sentence]
    lines += [f"  {change_in_words(change)}" for change in view.changes]
    if view.to is not None:
        lines.append(f"  to: {view.to}")
    if view.fee is not None:
        lines.append(f"  fee: at most {amount_in_words(view.fee.cap, view.fee.decimals, view.fee.symbol)}")
    for finding in view.findings:
        lines.append(f"  {finding.level}: {finding.sentence}")
        lines += [f"    {text}" for text in (finding.why, finding.action) if text]
    if view.refusal is not None:
        lines.append(f"  Counterfoil does not sign this: {view.refusal.sentence}")
        lines += [f"    {text}" for text in (view.refusal.why, view.refusal.action) if text]
    return lines
