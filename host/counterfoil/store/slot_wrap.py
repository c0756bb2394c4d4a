"""How one key slot holds the storage key. Pure, so that the slow part can run in a thread.

wrapped = AES-256-GCM(slot's key, storage key), bound to everything else the slot says. The slot's key
is Argon2id of a passphrase, or HKDF of a passkey's PRF output: a PRF output wraps a key and never is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from counterfoil.codecs.canonical import encode_canonical
from counterfoil.crypto.aead import wipe
from counterfoil.crypto.password import SALT_LENGTH, Argon2Parameters, derive_key
from counterfoil.errors import InvalidEncoding, InvalidMessage, WrongPassphrase
from counterfoil.store.storage_key import StorageKey

PRF_OUTPUT_LENGTH = 32


class SlotKind(StrEnum):
    """What opens a slot."""

    PASSPHRASE = "passphrase"  # noqa: S105 - a kind, not a secret
    PRF = "prf"


@dataclass(frozen=True, slots=True)
class KeySlot:
    """One of several ways to the storage key. ``parameters`` are None for a PRF slot, ``credential_id`` for a passphrase."""

    id: str
    kind: SlotKind
    salt: bytes
    parameters: Argon2Parameters | None
    credential_id: bytes | None
    wrapped: bytes
    created_at: int


def passphrase_slot(
    key: StorageKey,
    passphrase: bytes | bytearray,
    *,
    parameters: Argon2Parameters,
    rng: Callable[[int], bytes],
    now: int,
) -> KeySlot:
    """A slot that ``passphrase`` opens. Slow on purpose."""
    if not passphrase:
        raise InvalidMessage("The passphrase is empty.", reason="passphrase")
    slot = KeySlot(rng(16).hex(), SlotKind.PASSPHRASE, rng(SALT_LENGTH), parameters, None, b"", now)
    return _filled(slot, key, derive_key(passphrase, slot.salt, parameters), rng)


def prf_slot(
    key: StorageKey, credential_id: bytes, output: bytes | bytearray, *, rng: Callable[[int], bytes], now: int
) -> KeySlot:
    """A slot that the PRF output of the passkey ``credential_id`` opens."""
    slot = KeySlot(rng(16).hex(), SlotKind.PRF, rng(SALT_LENGTH), None, credential_id, b"", now)
    return _filled(slot, key, _prf_key(slot, output), rng)


def open_passphrase_slot(slot: KeySlot, passphrase: bytes | bytearray) -> StorageKey:
    """The storage key. Slow on purpose. Raises WrongPassphrase."""
    if slot.parameters is None:
        raise WrongPassphrase
    return _opened(slot, derive_key(passphrase, slot.salt, slot.parameters))


def open_prf_slot(slot: KeySlot, output: bytes | bytearray) -> StorageKey:
    """The storage key. Raises WrongPassphrase."""
    return _opened(slot, _prf_key(slot, output))


def slot_aad(slot: KeySlot) -> bytes:
    """What the wrapped key is bound to: the slot's id, kind and everything that its key is made from."""
    return encode_canonical(
        {
            "purpose": "counterfoil/key-slot/1",
            "slot": slot.id,
            "kind": slot.kind.value,
            "salt": slot.salt.hex(),
            "parameters": None if slot.parameters is None else dict(asdict(slot.parameters)),
            "credential_id": None if slot.credential_id is None else slot.credential_id.hex(),
        }
    )


def _prf_key(slot: KeySlot, output: bytes | bytearray) -> bytearray:
    if len(output) != PRF_OUTPUT_LENGTH:
        raise InvalidMessage("A passkey's PRF output has 32 bytes.", reason="prf")
    key = bytearray(32)
    hkdf = HKDF(SHA256(), length=32, salt=slot.salt, info=b"counterfoil/key-slot/prf/1")
    hkdf.derive_into(output, key)
    return key


def _filled(slot: KeySlot, key: StorageKey, slot_key: bytearray, rng: Callable[[int], bytes]) -> KeySlot:
    try:
        wrapped = key.wrap(slot_key, slot_aad(slot), rng)
    finally:
        wipe(slot_key)
    return KeySlot(slot.id, slot.kind, slot.salt, slot.parameters, slot.credential_id, wrapped, slot.created_at)


def _opened(slot: KeySlot, slot_key: bytearray) -> StorageKey:
    try:
        return StorageKey.unwrap(slot_key, slot.wrapped, slot_aad(slot))
    except InvalidEncoding:
        raise WrongPassphrase from None
    finally:
        wipe(slot_key)
