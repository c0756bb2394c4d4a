"""What left an account on a day, in base units, so that limits per day can be counted."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.errors import InvalidAmount
from counterfoil.store.db import Database

SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Budget:
    """What a daily limit counts: one asset of one account on one chain. ``asset`` is ``native`` or a token's address."""

    vault: str
    chain: str
    account: str
    asset: str


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
            "INSERT INTO spending (vault, chain, account, day, asset, request_id, amount) VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET amount = excluded.amount",
            (*key, str(amount)),
        )


def spent(db: Database, budget: Budget, now: int) -> int:
    """The sum of the day on which ``now`` falls."""
    rows = db.all(
        "SELECT amount FROM spending WHERE vault = ? AND chain = ? AND account = ? AND day = ? AND asset = ?",
        (budget.vault, budget.chain, budget.account, day_of(now), budget.asset),
    )
    return sum(int(row["amount"]) for row in rows)
