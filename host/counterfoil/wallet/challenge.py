"""The challenges that passkeys sign: what they bind is what a passkey can be said to have approved.   DESIGN §6"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterfoil.codecs.canonical import Canonical, encode_canonical
from counterfoil.crypto.hashes import framed_hash, sha256
from counterfoil.errors import InvalidMessage
from counterfoil.types import Digest32

REQUEST_TAG = b"counterfoil/request/1"
ADMIN_TAG = b"counterfoil/admin/1"
NONCE_LENGTH = 32


@dataclass(frozen=True, slots=True)
class SigningContent:
    """Everything a signature's meaning depends on: the same value on every party, or the challenge differs."""

    vault: str
    epoch: int
    chain: str
    paths: tuple[str, ...]
    account: str
    origin: str
    kind: str
    unsigned: bytes
    digests: tuple[Digest32, ...]
    request_nonce: bytes
    expires_at: int

    def challenge(self) -> bytes:
        """32 bytes: SHA-256("counterfoil/request/1" ‖ canonical encoding).   DESIGN §6"""
        value: Canonical = {
            "vault": self.vault,
            "epoch": self.epoch,
            "chain": self.chain,
            "paths": list(self.paths),
            "account": self.account,
            "origin": self.origin,
            "kind": self.kind,
            "unsigned": self.unsigned.hex(),
            "digests": [digest.hex() for digest in self.digests],
            "nonce": self.request_nonce.hex(),
            "expires_at": self.expires_at,
        }
        return sha256(REQUEST_TAG + encode_canonical(value))


@dataclass(frozen=True, slots=True)
class AdminContent:
    """An act of administration with all its parameters."""

    vault: str
    epoch: int
    act: str
    parameters: Canonical
    nonce: bytes
    expires_at: int

    def challenge(self) -> bytes:
        """32 bytes: SHA-256("counterfoil/admin/1" ‖ canonical encoding).   DESIGN §6"""
        value: Canonical = {
            "vault": self.vault,
            "epoch": self.epoch,
            "act": self.act,
            "parameters": self.parameters,
            "nonce": self.nonce.hex(),
            "expires_at": self.expires_at,
        }
        return sha256(ADMIN_TAG + encode_canonical(value))


def joint_nonce(purpose: str, nonces: Sequence[tuple[int, bytes]]) -> bytes:
    """H of one nonce from every joined party, in the order of their numbers: no party can fix it alone.

    Raises: InvalidMessage when a nonce is not 32 bytes or a party appears twice
    """
    ordered = sorted(nonces)
    if len({index for index, _ in ordered}) != len(ordered) or any(len(n) != NONCE_LENGTH for _, n in ordered):
        raise InvalidMessage("The parties' nonces are not one of 32 bytes each.")
    parts = [index.to_bytes(2, "big") + nonce for index, nonce in ordered]
    return framed_hash(f"counterfoil/{purpose}-nonce/1", *parts)
