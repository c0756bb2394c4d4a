"""What a party lends its share to without its person: a pure decision, denied by default.

Limits are whole numbers of base units, per day, per (chain, asset). Whatever cannot be priced that
way needs a person; so do permits, allowances and every text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What the party does next."""

    GO = "go"
    NEEDS_PERSON = "needs_person"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Outflow:
    """An amount that leaves, or that others may take. ``amount`` None: any amount."""

    asset: str
    amount: int | None
    is_permission: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """``shares_screen``: the requesting device's window is this party's person too (a co-signer).

    ``daily_limits`` maps ``chain/asset`` to base units that may leave per day with nobody asked.
    ``frozen`` refuses everything.
    """

    shares_screen: bool
    daily_limits: Mapping[str, int] = field(default_factory=dict)
    frozen: bool = False


def decide(
    policy: Policy,
    *,
    chain: str,
    priced: bool,
    outflows: Sequence[Outflow],
    fee: Outflow | None,
    spent_today: Mapping[str, int],
    person_approved_here: bool,
    person_approved_at_requester: bool,
) -> Outcome:
    """Whether this party goes ahead.

    In:       ``spent_today`` by ``chain/asset``, base units, requests released today
    Out:      GO, NEEDS_PERSON or REFUSE; a person's approval never lifts a freeze
    """
    if policy.frozen:
        return Outcome.REFUSE
    if person_approved_here or (policy.shares_screen and person_approved_at_requester):
        return Outcome.GO
    if not priced or any(flow.is_permission or flow.amount is None for flow in outflows):
        return Outcome.NEEDS_PERSON
    totals: dict[str, int] = {}
    for flow in (*outflows, *([fee] if fee else [])):
        assert flow.amount is not None
        key = f"{chain}/{flow.asset}"
        totals[key] = totals.get(key, 0) + flow.amount
    if not totals:
        return Outcome.NEEDS_PERSON
    for key, amount in totals.items():
        if spent_today.get(key, 0) + amount > policy.daily_limits.get(key, 0):
            return Outcome.NEEDS_PERSON
    return Outcome.GO
