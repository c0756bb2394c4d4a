"""What a site may see: permissions as EIP-2255 has them, and the chain that each site is on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterfoil.errors import NotFound
from counterfoil.store.db import Database, Row
from counterfoil.store.json_columns import from_json, to_json
from counterfoil.types import Caip2, Origin

ACCOUNTS = "eth_accounts"


@dataclass(frozen=True, slots=True)
class Permission:
    """``capability`` granted to ``origin`` for ``accounts``: addresses, the one in use first."""

    origin: Origin
    capability: str
    accounts: tuple[str, ...]
    granted_at: int


def grant(db: Database, origin: str, accounts: Sequence[str], now: int, capability: str = ACCOUNTS) -> None:
    """Let a site see exactly these accounts, whatever it saw before."""
    db.execute(
        "INSERT INTO permissions (origin, capability, accounts, granted_at) VALUES (?, ?, ?, ?) ON CONFLICT"
        " (origin, capability) DO UPDATE SET accounts = excluded.accounts, granted_at = excluded.granted_at",
        (origin, capability, to_json(list(accounts)), now),
    )


def permission(db: Database, origin: str, capability: str = ACCOUNTS) -> Permission | None:
    """What a site was granted."""
    row = db.one("SELECT * FROM permissions WHERE origin = ? AND capability = ?", (origin, capability))
    return None if row is None else _permission(row)


def permissions_of(db: Database, origin: str) -> list[Permission]:
    """Everything that a site was granted."""
    return [
        _permission(row) for row in db.all("SELECT * FROM permissions WHERE origin = ? ORDER BY capability", (origin,))
    ]


def connected(db: Database) -> list[Permission]:
    """Every grant to every site, by origin."""
    return [_permission(row) for row in db.all("SELECT * FROM permissions ORDER BY origin, capability")]


def revoke(db: Database, origin: str) -> None:
    """The site sees nothing any more, and its chain is forgotten. Raises NotFound."""
    with db.transaction():
        if not db.execute("DELETE FROM permissions WHERE origin = ?", (origin,)):
            raise NotFound("This site is not connected.")
        db.execute("DELETE FROM site_chains WHERE origin = ?", (origin,))


def chain(db: Database, origin: str) -> Caip2 | None:
    """The chain that a site is on; None if it never chose one."""
    row = db.one("SELECT chain FROM site_chains WHERE origin = ?", (origin,))
    return None if row is None else Caip2(row["chain"])


def set_chain(db: Database, origin: str, to: Caip2) -> None:
    """Put a site on a chain."""
    db.execute(
        "INSERT INTO site_chains (origin, chain) VALUES (?, ?) ON CONFLICT (origin) DO UPDATE SET chain = excluded.chain",
        (origin, to),
    )


def on_chain(db: Database, chain: Caip2) -> list[Origin]:
    """The sites that chose this chain."""
    return [
        Origin(row["origin"])
        for row in db.all("SELECT origin FROM site_chains WHERE chain = ? ORDER BY origin", (chain,))
    ]


def forget_chain(db: Database, chain: Caip2) -> None:
    """Sites on this chain are where new sites start again."""
    db.execute("DELETE FROM site_chains WHERE chain = ?", (chain,))


def _permission(row: Row) -> Permission:
    return Permission(Origin(row["origin"]), row["capability"], tuple(from_json(row["accounts"])), row["granted_at"])
