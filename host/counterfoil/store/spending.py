"""What left an account on a day, in base units, so that limits per day can be counted."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.errors import InvalidAmount
from counterfoil.store.db import Database

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Budget:
    """What a request's spending of one asset is filed under. ``asset`` is ``native`` or a token's address.

    ``site`` asked for it, ``contact`` is who alone received it (empty where there are several), ``act`` what it did.
    """

    vault: str
    chain: str
    account: str
    asset: str
    site: str = ""
    contact: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a sum is taken over: None means any."""

    vault: str
    chain: str
    asset: str
    site: str | None = None
    account: str | None = None
    contact: str | None = None
    act: str | None = None


def day_of(now: int) -> int:
    """The number of the day in UTC, from 1970-01-01."""
    return now // SECONDS_A_DAY


def add(db: Database, budget: Budget, request_id: str, amount: int, now: int) -> None:
    """Count what a request spends, once however often it is added; the larger amount counts. Raises InvalidAmount."""
    if amount < 0:
        raise InvalidAmount("Spending is counted in whole base units.")
    key = (budget.vault, budget.chain, budget.account, day_of(now), budget.asset, request_id)
    with db.transaction():
        row = db.one(
            "SELECT amount FROM spending WHERE vault = ? AND chain = ? AND account = ? AND day = ? AND asset = ?"
            " AND request_id = ?",
            key,
        )
        amount = amount if row is None else max(amount, int(row["amount"]))
        db.execute(
            "INSERT INTO spending (vault, chain, account, day, asset, request_id, site, contact, act, amount)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount",
            (*key, budget.site, budget.contact, budget.act, str(amount)),
        )


def spent(db: Database, scope: Scope, now: int, *, but_for: str = "") -> int:
    """The sum of the day on which ``now`` falls, without the request that asks."""
    rows = db.all(
        "SELECT amount FROM spending WHERE vault = ? AND chain = ? AND asset = ? AND day = ?"
        " AND (?5 IS NULL OR site = ?5) AND (?6 IS NULL OR account = ?6) AND (?7 IS NULL OR contact = ?7)"
        " AND (?8 IS NULL OR act = ?8) AND request_id <> ?9",
        (
            *(scope.vault, scope.chain, scope.asset, day_of(now)),
            *(scope.site, scope.account, scope.contact, scope.act, but_for),
        ),
    )
    return sum(int(row["amount"]) for row in rows)


def close_day(db: Database, vault: str, now: int) -> None:
    """Nothing more leaves this vault unattended on this day, whatever the limits say."""
    db.execute("INSERT INTO days_spent (vault, day) VALUES (?, ?) ON CONFLICT DO NOTHING", (vault, day_of(now)))


def is_day_closed(db: Database, vault: str, now: int) -> bool:
    """Whether this day counts as spent."""
    return db.one("SELECT 1 FROM days_spent WHERE vault = ? AND day = ?", (vault, day_of(now))) is not None
