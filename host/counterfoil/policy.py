"""What a party lends its share to without its person: a pure decision, denied by default.

A party asks its person unless it was set otherwise, and then a limit has to cover the whole request.
Limits are whole numbers of base units a day. Whatever can't be counted that way needs a person: what this
party's own registry does not price, permits, allowances, typed data and every text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
class Limit:
    """How many base units of ``asset`` may leave in a day with nobody asked, within a scope; None in it means any.

    A limit always names its site: one that is connected later has none.
    """

    site: str
    chain: str
    asset: str
    per_day: int
    account: str | None = None
    contact: str | None = None
    act: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """``shares_screen``: the requesting device's window is this party's person too (a co-signer).

    ``is_interactive``: the person is always asked, whatever the limits. ``frozen`` refuses everything.
    """

    shares_screen: bool
    is_interactive: bool = True
    limits: tuple[Limit, ...] = ()
    frozen: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as a policy sees it. ``contacts``: everyone who receives something; ``fee``: the most it can be."""

    site: str
    chain: str
    account: str
    act: str
    contacts: frozenset[str]
    priced: bool
    outflows: Sequence[Outflow]
    fee: Outflow | None


def decide(
    policy: Policy,
    asked: Asked,
    *,
    spent_today: Mapping[Limit, int],
    person_approved_here: bool,
    person_approved_at_requester: bool,
) -> Outcome:
    """Whether this party goes ahead.

    In:       ``spent_today``: what left already within each limit's scope; a limit that is missing has no room
    Out:      GO, NEEDS_PERSON or REFUSE; a person's approval never lifts a freeze
    """
    if policy.frozen:
        return Outcome.REFUSE
    if person_approved_here or (policy.shares_screen and person_approved_at_requester):
        return Outcome.GO
    if policy.is_interactive or not asked.priced:
        return Outcome.NEEDS_PERSON
    totals = _totals(asked)
    if not totals:
        return Outcome.NEEDS_PERSON
    for asset, amount in totals.items():
        fitting = [limit for limit in policy.limits if limit.asset == asset and covers(limit, asked)]
        if not any(limit in spent_today and spent_today[limit] + amount <= limit.per_day for limit in fitting):
            return Outcome.NEEDS_PERSON
    return Outcome.GO


def covers(limit: Limit, asked: Asked) -> bool:
    """Whether a request lies wholly within a limit's scope."""
    return (
        (limit.site, limit.chain) == (asked.site, asked.chain)
        and limit.account in {None, asked.account}
        and (limit.contact is None or asked.contacts == {limit.contact})
        and limit.act in {None, asked.act}
    )


def _totals(asked: Asked) -> dict[str, int] | None:
    """What leaves of each asset; None where it can't be counted."""
    totals: dict[str, int] = {}
    for flow in (*asked.outflows, *([asked.fee] if asked.fee else [])):
        if flow.is_permission or flow.amount is None:
            return None
        totals[flow.asset] = totals.get(flow.asset, 0) + flow.amount
    return totals
