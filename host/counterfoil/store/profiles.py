"""Browser profiles that were paired with this agent by a code. Only the hash of a profile's token is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from counterfoil.crypto.hashes import is_equal, sha256
from counterfoil.errors import NotFound, NotPaired
from counterfoil.store.db import Database, Row

_SEEN_EVERY = 60
"""Seconds between two notes of when a profile was last seen: not a write for every connection."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One browser profile. ``revoked_at`` is None while it may connect."""

    id: str
    name: str
    browser: str
    extension_id: str
    created_at: int
    last_seen_at: int | None
    revoked_at: int | None


def create(
    db: Database, *, name: str, browser: str, extension_id: str, rng: Callable[[int], bytes], now: int
) -> tuple[Profile, bytes]:
    """A new profile and its token (32 bytes), which is shown to the browser once and not kept here."""
    token, identifier = rng(32), rng(16).hex()
    db.execute(
        "INSERT INTO profiles (id, name, browser, token_hash, extension_id, created_at) VALUES (?, ?, ?, ?, ?, ?)",
        (identifier, name, browser, sha256(token), extension_id, now),
    )
    return Profile(identifier, name, browser, extension_id, now, None, None), token


def authenticate(db: Database, token: bytes, now: int) -> Profile:
    """The profile that holds ``token``, found in constant time over all of them.

    Raises: NotPaired
    """
    wanted, found = sha256(token), None
    for row in db.all("SELECT * FROM profiles WHERE revoked_at IS NULL"):
        if is_equal(row["token_hash"], wanted):
            found = row
    if found is None:
        raise NotPaired
    if found["last_seen_at"] is None or now - found["last_seen_at"] >= _SEEN_EVERY:
        db.execute("UPDATE profiles SET last_seen_at = ? WHERE id = ?", (now, found["id"]))
    return _profile(found)


def listed(db: Database) -> list[Profile]:
    """All profiles ever paired, oldest first."""
    return [_profile(row) for row in db.all("SELECT * FROM profiles ORDER BY created_at, id")]


def revoke(db: Database, profile_id: str, now: int) -> None:
    """The profile's token opens nothing from now on. Raises NotFound."""
    if not db.execute("UPDATE profiles SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?", (now, profile_id)):
        raise NotFound


def _profile(row: Row) -> Profile:
    return Profile(
        row["id"],
        row["name"],
        row["browser"],
        row["extension_id"],
        row["created_at"],
        row["last_seen_at"],
        row["revoked_at"],
    )
