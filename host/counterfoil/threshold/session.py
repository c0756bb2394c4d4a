"""A session: everything the parties agree on before round 1, hashed into its id.   2023/765 §3

The id binds version, suite, ceremony, vault, epoch, threshold, every party's index, identity key,
nonce and channel key, and the caller's context (for a signature its path, digest and challenge).
"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.crypto.hashes import framed_hash
from counterfoil.errors import InputError
from counterfoil.threshold.wire import SUITE, VERSION

MAX_PARTIES = 16


@dataclass(frozen=True, slots=True)
class Join:
    """One party's entry into a session: pinned identity key, fresh nonce, fresh X25519 key of its channel."""

    index: int
    identity: bytes
    nonce: bytes
    ephemeral: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.index <= MAX_PARTIES:
            raise InputError("A party's number is between 1 and 16.", reason="party_index")
        if not len(self.identity) == len(self.nonce) == len(self.ephemeral) == 32:
            raise InputError("A join has three fields of 32 bytes.", reason="join")

    def encode(self) -> bytes:
        """97 bytes. Standard: this module"""
        return bytes([self.index]) + self.identity + self.nonce + self.ephemeral


@dataclass(frozen=True, slots=True)
class Session:
    """Who takes part in what. ``joins`` are sorted by index; ``me`` is one of them."""

    ceremony: str
    vault: str
    epoch: int
    threshold: int
    joins: tuple[Join, ...]
    me: int
    context: bytes

    def __post_init__(self) -> None:
        indices = self.indices
        if list(indices) != sorted(set(indices)):
            raise InputError("The parties are not sorted, or one is there twice.", reason="party_set")
        if not 2 <= self.threshold <= len(indices) <= MAX_PARTIES:
            raise InputError("The threshold does not fit the number of parties.", reason="threshold")
        if self.me not in indices:
            raise InputError("This party takes no part.", reason="party_set")
        for name in ("identity", "nonce", "ephemeral"):
            if len({getattr(join, name) for join in self.joins}) != len(indices):
                raise InputError(f"Two parties share one {name}.", reason="party_set")
        if not 0 <= self.epoch < 2**32:
            raise InputError("The epoch is out of range.", reason="epoch")
        if not (self.vault.isascii() and 1 <= len(self.vault) <= 64):
            raise InputError("The vault's id is not one.", reason="vault")

    @property
    def indices(self) -> tuple[int, ...]:
        """Numbers of all parties, ascending."""
        return tuple(join.index for join in self.joins)

    @property
    def peers(self) -> tuple[int, ...]:
        """Numbers of all parties but this one."""
        return tuple(index for index in self.indices if index != self.me)

    @property
    def identities(self) -> dict[int, bytes]:
        """Identity key by party."""
        return {join.index: join.identity for join in self.joins}

    @property
    def sid(self) -> bytes:
        """32 bytes; the same for all parties that agree on everything."""
        return framed_hash(
            "counterfoil/threshold/session",
            bytes([VERSION, SUITE, self.threshold]),
            self.ceremony.encode(),
            self.vault.encode(),
            self.epoch.to_bytes(4, "big"),
            *(join.encode() for join in self.joins),
            self.context,
        )


def pair_sid(sid: bytes, sender: int, receiver: int) -> bytes:
    """The id of one direction between two parties, in role order. Standard: DESIGN §8"""
    return framed_hash("counterfoil/threshold/pair", sid, bytes([sender, receiver]))
