"""This agent's shares: sealed under the storage key, bound to vault, epoch, party and purpose."""

from __future__ import annotations

from collections.abc import Callable

from counterfoil.codecs.canonical import encode_canonical
from counterfoil.errors import InvalidEncoding, NotFound, ShareUnreadable, StateConflict
from counterfoil.store.db import Database
from counterfoil.store.storage_key import StorageKey


def seal_share(
    key: StorageKey,
    share: bytes | bytearray,
    *,
    vault: str,
    epoch: int,
    party_index: int,
    rng: Callable[[int], bytes],
) -> bytes:
    """The sealed share for ``put_pending``. Raises Locked."""
    return key.seal(share, share_aad(vault, epoch, party_index), rng)


def share_aad(vault: str, epoch: int, party_index: int) -> bytes:
    """What a sealed share is bound to: it opens nowhere else."""
    return encode_canonical(
        {"purpose": "counterfoil/share/1", "vault": vault, "epoch": epoch, "party_index": party_index}
    )


def put_pending(db: Database, *, vault: str, epoch: int, party_index: int, sealed: bytes, now: int) -> None:
    """Keep a share that not everybody has confirmed yet. Raises AlreadyExists."""
    db.execute(
        "INSERT INTO shares (vault, epoch, party_index, state, sealed, created_at) VALUES (?, ?, ?, 'pending', ?, ?)",
        (vault, epoch, party_index, sealed, now),
    )


def activate(db: Database, vault: str, epoch: int) -> None:
    """Everybody has confirmed: the share may sign, and is never changed or deleted from here. Raises StateConflict."""
    changed = db.execute(
        "UPDATE shares SET state = 'active' WHERE vault = ? AND epoch = ? AND state = 'pending'", (vault, epoch)
    )
    if not changed:
        raise StateConflict("There is no share that waits for its confirmation.")


def load(db: Database, key: StorageKey, vault: str, epoch: int) -> bytearray:
    """The active share's bytes, for the caller to wipe.

    Raises: NotFound, ShareUnreadable, Locked
    """
    row = db.one(
        "SELECT party_index, sealed FROM shares WHERE vault = ? AND epoch = ? AND state = 'active'", (vault, epoch)
    )
    if row is None:
        raise NotFound("This device holds no share of that vault.")
    try:
        return key.open(row["sealed"], share_aad(vault, epoch, row["party_index"]))
    except InvalidEncoding:
        raise ShareUnreadable from None
