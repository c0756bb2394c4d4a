"""Pair a browser profile with this agent, once, by a code that the person compares and types.

The code proves nothing about who asked: it lets the person say which of the waiting browsers is theirs.
A profile's lasting proof is a token of 32 random bytes, of which only the hash is kept.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from counterfoil.errors import Cancelled, NotFound, NotPaired, RateLimited, RequestExpired
from counterfoil.store import profiles, settings
from counterfoil.store.db import Database
from counterfoil.store.profiles import Profile

LIFETIME_SECONDS = 600
VERSIONS = "browser_versions"
"""Setting: what each profile's extension and stub said of themselves at their last hello."""
MAX_PENDING = 5
MAX_WRONG_CODES = 5
CODE_DIGITS = 6


@dataclass(slots=True)
class Pending:
    """A pairing that waits for its code. ``granted`` is (profile id, token) once it was confirmed."""

    pairing_id: str
    code: str
    name: str
    browser: str
    caller: str
    expires_at: int
    done: asyncio.Event = field(default_factory=asyncio.Event)
    granted: tuple[str, bytes] | None = field(default=None, repr=False)


class PairingDesk:
    """All pairings of one agent. ``now`` gives unix seconds, ``random_bytes`` secret randomness."""

    def __init__(self, db: Database, *, now: Callable[[], int], random_bytes: Callable[[int], bytes]) -> None:
        self._db = db
        self._now = now
        self._random = random_bytes
        self._pending: dict[str, Pending] = {}
        self._wrong = 0

    def begin(self, *, name: str, browser: str, caller: str) -> Pending:
        """A new pairing with a code of its own. Raises: RateLimited where too many wait already"""
        if len(self.waiting()) >= MAX_PENDING:
            raise RateLimited("Too many browsers wait to be paired.", remedy="Confirm one of them, or wait 10 minutes.")
        pending = Pending(
            self._random(16).hex(), self._new_code(), name, browser, caller, self._now() + LIFETIME_SECONDS
        )
        self._pending[pending.pairing_id] = pending
        return pending

    def waiting(self) -> list[Pending]:
        """Pairings whose code can still be confirmed, oldest first."""
        self._forget_expired()
        return [pending for pending in self._pending.values() if pending.granted is None]

    async def await_grant(self, pairing_id: str, *, caller: str) -> tuple[str, bytes]:
        """(profile id, token) as soon as the code was confirmed; can be asked again until it expires.

        Raises: NotFound, RequestExpired, Cancelled where wrong codes ended it
        """
        self._forget_expired()
        pending = self._pending.get(pairing_id)
        if pending is None or pending.caller != caller:
            raise NotFound("This pairing is over.", remedy="Start again.")
        if pending.granted is None:
            try:
                await asyncio.wait_for(pending.done.wait(), max(0, pending.expires_at - self._now()))
            except TimeoutError:
                self._pending.pop(pairing_id, None)
                raise RequestExpired("The code was not confirmed in time.", remedy="Start again.") from None
        if pending.granted is None:
            raise Cancelled("Too many wrong codes were typed.", remedy="Start again.")
        return pending.granted

    def confirm(self, code: str) -> Profile:
        """The person typed this code. Raises: NotFound; five wrong ones end every pairing that waits"""
        found: Pending | None = None
        for pending in self.waiting():
            if hmac.compare_digest(pending.code.encode(), code.encode()):
                found = pending
        if found is None:
            self._count_wrong()
            raise NotFound("No browser waits with this code.", remedy="Look at the code in the browser again.")
        self._wrong = 0
        profile, token = profiles.create(
            self._db,
            name=found.name,
            browser=found.browser,
            extension_id=found.caller,
            rng=self._random,
            now=self._now(),
        )
        found.granted = (profile.id, token)
        found.done.set()
        return profile

    def prove(self, profile_id: str, token: bytes, *, caller: str) -> Profile:
        """The profile that this proof belongs to. Raises: NotPaired"""
        profile = profiles.authenticate(self._db, token, self._now())
        if profile.id != profile_id or profile.extension_id != caller:
            raise NotPaired("This browser profile is not paired any more.")
        self._forget_granted(profile_id)
        return profile

    def note_versions(self, profile_id: str, versions: Mapping[str, str]) -> None:
        """The versions of this browser's ``extension`` and ``stub`` as they said hello."""
        known = settings.get(self._db, VERSIONS, {})
        if known.get(profile_id) != versions:
            settings.put(self._db, VERSIONS, {**known, profile_id: dict(versions)})

    def profiles(self) -> list[Profile]:
        """All that are paired."""
        return [profile for profile in profiles.listed(self._db) if profile.revoked_at is None]

    def revoke(self, profile_id: str) -> None:
        """Forget a profile and a token not yet fetched. Raises: NotFound"""
        self._forget_granted(profile_id)
        profiles.revoke(self._db, profile_id, self._now())

    def _count_wrong(self) -> None:
        if not self.waiting():
            return
        self._wrong += 1
        if self._wrong < MAX_WRONG_CODES:
            return
        self._wrong = 0
        for pending in self.waiting():
            del self._pending[pending.pairing_id]
            pending.done.set()

    def _new_code(self) -> str:
        """Uniform, and not one that another browser shows right now."""
        taken = {pending.code for pending in self._pending.values()}
        while True:
            number = int.from_bytes(self._random(4), "big")
            code = f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"
            if number < 2**32 - 2**32 % 10**CODE_DIGITS and code not in taken:
                return code

    def _forget_expired(self) -> None:
        now = self._now()
        for pending in [p for p in self._pending.values() if p.expires_at <= now]:
            del self._pending[pending.pairing_id]

    def _forget_granted(self, profile_id: str) -> None:
        for pending in list(self._pending.values()):
            if pending.granted is not None and pending.granted[0] == profile_id:
                del self._pending[pending.pairing_id]
