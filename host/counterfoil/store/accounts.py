"""Accounts: addresses of a vault's keys, one path each, and the Safes that they own."""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.errors import NotFound
from counterfoil.store.db import Database, Row
from counterfoil.types import VaultId

VAULT = "vault"
SAFE = "safe"


@dataclass(frozen=True, slots=True)
class Account:
    """``namespace`` is that of CAIP-2 (``eip155``), ``path`` a BIP32 path without ``m/`` (``44/60/0/0/0``).

    ``kind`` VAULT: the address of the key at that path. SAFE: of a contract that this key owns with a passkey.
    """

    id: str
    vault: VaultId
    namespace: str
    path: str
    address: str
    name: str
    created_at: int
    kind: str = VAULT


def insert(db: Database, account: Account) -> None:
    """Keep a new account. Raises AlreadyExists for a known path or address."""
    db.execute(
        "INSERT INTO accounts (id, vault, namespace, path, address, name, created_at, kind) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            account.id,
            account.vault,
            account.namespace,
            account.path,
            account.address,
            account.name,
            account.created_at,
            account.kind,
        ),
    )


def get(db: Database, account_id: str) -> Account:
    """Raises NotFound."""
    row = db.one("SELECT * FROM accounts WHERE id = ?", (account_id,))
    if row is None:
        raise NotFound("There is no such account.")
    return _account(row)


def by_address(db: Database, namespace: str, address: str) -> Account:
    """The account of an address in its canonical spelling. Raises NotFound."""
    row = db.one("SELECT * FROM accounts WHERE namespace = ? AND address = ?", (namespace, address))
    if row is None:
        raise NotFound("This address is not one of your accounts.")
    return _account(row)


def listed(db: Database, vault: str | None = None) -> list[Account]:
    """All accounts, or those of one vault, oldest first."""
    rows = db.all("SELECT * FROM accounts WHERE ?1 IS NULL OR vault = ?1 ORDER BY created_at, path", (vault,))
    return [_account(row) for row in rows]


def rename(db: Database, account_id: str, name: str) -> None:
    """Raises NotFound."""
    if not db.execute("UPDATE accounts SET name = ? WHERE id = ?", (name, account_id)):
        raise NotFound("There is no such account.")


def _account(row: Row) -> Account:
    return Account(
        id=row["id"],
        vault=VaultId(row["vault"]),
        namespace=row["namespace"],
        path=row["path"],
        address=row["address"],
        name=row["name"],
        created_at=row["created_at"],
        kind=row["kind"],
    )
