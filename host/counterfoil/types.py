"""Values shared by every layer: no behaviour, no I/O, no imports of ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

Caip2 = NewType("Caip2", str)
"""A chain: ``eip155:1``."""

Caip10 = NewType("Caip10", str)
"""An account on a chain: ``eip155:1:0xAb…``."""

Origin = NewType("Origin", str)
"""A site in WHATWG serialisation: ``https://app.example``, port only if not the default; or ``cli`` or ``wallet``."""

Digest32 = NewType("Digest32", bytes)
"""32 bytes to sign."""

VaultId = NewType("VaultId", str)
"""16 random bytes in lower-case hex."""

RequestId = NewType("RequestId", str)
"""16 random bytes in lower-case hex."""

CLI_ORIGIN = Origin("cli")
WALLET_ORIGIN = Origin("wallet")


class PartyKind(StrEnum):
    """What kind of thing holds a share."""

    DEVICE = "device"
    COSIGNER = "cosigner"
    RECOVERY_FILE = "recovery_file"


@dataclass(frozen=True, slots=True)
class Party:
    """One holder of a share of a vault. ``index`` 1..n is its number in the sharing; ``identity`` an Ed25519 public key, 32 bytes."""

    index: int
    name: str
    kind: PartyKind
    identity: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """An ECDSA signature over secp256k1: r and s as integers (s low), ``recovery_id`` 0..3."""

    r: int
    s: int
    recovery_id: int


class RequestState(StrEnum):
    """The life of a request, DESIGN §5."""

    PROPOSED = "proposed"
    CONSENTED = "consented"
    APPROVED = "approved"
    RELEASED = "released"
    SIGNED = "signed"
    SENT = "sent"
    FINAL = "final"
    REFUSED = "refused"
    EXPIRED = "expired"
    FAILED = "failed"
    DEAD = "dead"
