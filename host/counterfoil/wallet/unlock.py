"""Key slots and the storage key: how this agent's share is opened, and closed again.   DESIGN §9"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from counterfoil.crypto.hpke import HpkeReceiver
from counterfoil.errors import InvalidMessage, NotFound, NotPermitted
from counterfoil.store import key_slots, log, sites, vaults
from counterfoil.store.key_slots import Passphrase, PrfOutput
from counterfoil.store.slot_wrap import SlotKind
from counterfoil.store.vaults import VaultState
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import home_passkeys
from counterfoil.wallet.spelling import as_pages_see

SEAL_INFO = b"counterfoil/seal/1"
SEAL_SECONDS = 5 * 60
MAX_SEALS = 32


@dataclass(frozen=True, slots=True)
class Way:
    """One way in: ``kind`` prf or passphrase; ``secret`` is wiped by its user."""

    kind: str
    credential_id: bytes | None
    secret: bytearray = field(repr=False)


class Seals:
    """Fresh keys that were handed to a page, each for one box and a few minutes."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[HpkeReceiver, int]] = {}

    def new(self, wallet: Wallet) -> tuple[str, bytes]:
        """(session id, public key)."""
        now = wallet.now()
        fresh = {k: v for k, v in self._open.items() if v[1] > now}
        while len(fresh) >= MAX_SEALS:
            del fresh[next(iter(fresh))]
        session_id = wallet.rng(16).hex()
        receiver = HpkeReceiver.fresh(wallet.rng)
        self._open = {**fresh, session_id: (receiver, now + SEAL_SECONDS)}
        return session_id, receiver.public_key

    def open(self, wallet: Wallet, session_id: str, box: bytes) -> bytearray:
        """The secret, for the caller to wipe. Raises NotFound, InvalidMessage."""
        receiver, expires_at = self._open.pop(session_id, (None, 0))
        if receiver is None or wallet.now() >= expires_at:
            raise NotFound("This key was not handed out, or is too old; try again.")
        return receiver.open(box, info=SEAL_INFO, aad=session_id.encode())


async def add_slots(wallet: Wallet, ways: list[Way]) -> None:
    """Make key slots. The first ones of all create the storage key; later ones need the wallet unlocked.

    Once there is a vault, only a home passkey on its record comes to unlock this device, or a passphrase where one
    of them can't: a page that was taken over makes no way in for itself.

    Raises: Locked, InvalidMessage, AlreadyExists, NotPermitted
    """
    if not ways:
        raise InvalidMessage("There is nothing to make a key slot of.")
    for way in ways:
        _refuse_stray(wallet, way)
    rest = list(ways)
    if not key_slots.has_storage_key(wallet.db):
        first = rest.pop(0)
        key = key_slots.create_storage_key(wallet.db, _way(first), rng=wallet.rng, now=wallet.now())
        wallet.unlocked.hold(key)
    key = wallet.unlocked.key()
    for way in rest:
        slot = await asyncio.to_thread(key_slots.make_slot, key, _way(way), rng=wallet.rng, now=wallet.now())
        key_slots.insert(wallet.db, key, slot)
    for way in ways:
        _wipe(way.secret)
    log.append(wallet.db, "key_slots_added", {"count": len(ways)}, wallet.now())
    wallet.events.state_changed()


def _refuse_stray(wallet: Wallet, way: Way) -> None:
    ready = [vault for vault in vaults.listed(wallet.db) if vault.state is VaultState.READY]
    known = [passkey for vault in ready for passkey in home_passkeys(wallet.db, vault.id)]
    if not known:
        return  # before the first home passkey there is nobody to ask
    if way.kind == "prf":
        allowed = any(passkey.credential_id == way.credential_id for passkey in known)
    else:
        has_passphrase = any(slot.kind is SlotKind.PASSPHRASE for slot in key_slots.slots(wallet.db))
        allowed = not has_passphrase and not all(passkey.can_unlock for passkey in known)
    if not allowed:
        raise NotPermitted("Only a home passkey on record can come to unlock this device.", reason="stray_slot")


async def unlock(wallet: Wallet, way: Way) -> None:
    """Open the storage key. Raises WrongPassphrase."""
    try:
        if way.kind == "prf":
            if way.credential_id is None:
                raise InvalidMessage("A passkey's output comes with its credential id.")
            key = key_slots.unlock_with_prf(wallet.db, way.credential_id, way.secret)
        else:
            candidates = key_slots.slots(wallet.db)
            key = await asyncio.to_thread(key_slots.open_with_passphrase, candidates, way.secret)
            key = key_slots.verified(wallet.db, key)
    finally:
        _wipe(way.secret)
    was_locked = not wallet.unlocked.is_unlocked
    wallet.unlocked.hold(key)
    if was_locked:
        _tell_sites(wallet)
    wallet.events.state_changed()


def lock(wallet: Wallet) -> None:
    """Forget the storage key. Sites see no accounts until it is opened again."""
    wallet.unlocked.lock()
    _tell_sites(wallet)
    wallet.events.state_changed()


def _tell_sites(wallet: Wallet) -> None:
    """Standard: EIP-1193 ``accountsChanged``, to each connected site with what it sees now"""
    for permission in sites.connected(wallet.db):
        seen = permission.accounts if wallet.unlocked.is_unlocked else ()
        wallet.events.provider(permission.origin, "accountsChanged", as_pages_see(seen))


def _way(way: Way) -> Passphrase | PrfOutput:
    if way.kind == "passphrase":
        return Passphrase(bytes(way.secret))
    if way.kind == "prf" and way.credential_id is not None and len(way.secret) == 32:
        return PrfOutput(way.credential_id, bytes(way.secret))
    raise InvalidMessage("This can't make a key slot.")


def _wipe(secret: bytearray) -> None:
    secret[:] = bytes(len(secret))
