"""A party's share at rest: strict, versioned, complete; no pickling, nothing in repr.

`KeyShare` of a party that signs holds, for each peer, the zero seed and the oblivious-transfer state
(6 kB). `RecoveryShare` holds s_i alone, for files that are used through reshare or offline combination.
Both end in a check value, so that a damaged or edited share is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn, SupportsIndex

from counterfoil.crypto.hashes import framed_hash, is_equal
from counterfoil.crypto.secp256k1 import Scalar
from counterfoil.crypto.secret import Secret
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.ot.endemic import COUNT, SEED_LENGTH
from counterfoil.threshold.public_share import PublicShare, read_public_share
from counterfoil.threshold.wire import Reader

_VERSION = 1
_KEY_MAGIC = b"CFKS"
_RECOVERY_MAGIC = b"CFRS"
_CHECK_LENGTH = 32
_SEEDS = COUNT * SEED_LENGTH
_DELTA = COUNT // 8


class _Unstorable:
    """No pickle, no repr of fields, no comparison."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("Shares are encoded, never pickled.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class PeerState(_Unstorable):
    """What two parties share: id of the set-up, zero seed, and base OT in both roles (see `ot`)."""

    index: int
    setup: bytes
    zero_seed: Secret
    delta: Secret
    chosen: Secret
    offered: tuple[Secret, Secret]

    def encode(self) -> bytes:
        """6 225 bytes. Standard: this module"""
        secrets = (self.zero_seed, self.delta, self.chosen, *self.offered)
        return bytes([self.index]) + self.setup + b"".join(_open(secret) for secret in secrets)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class RecoveryShare(_Unstorable):
    """s_i and what tells to which vault, epoch and party it belongs."""

    public: PublicShare
    me: int
    secret: Secret

    def encode(self) -> bytes:
        """Bytes that hold the secret. Standard: this module"""
        return _sealed(_RECOVERY_MAGIC, self.public, self.me, _open(self.secret))

    @property
    def check_value(self) -> str:
        """16 hex digits that name this share without revealing it. Standard: this module"""
        return framed_hash("counterfoil/threshold/check-value", self.public.encode(), bytes([self.me]), length=8).hex()

    @classmethod
    def parse(cls, data: bytes) -> RecoveryShare:
        """Standard: this module. Raises: InvalidEncoding"""
        reader = _unsealed(_RECOVERY_MAGIC, data)
        public, me, secret = _read_head(reader)
        reader.end()
        return cls(public, me, secret)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class KeyShare(_Unstorable):
    """A party's whole share. ``peers`` is empty for a party that does no oblivious transfer."""

    public: PublicShare
    me: int
    secret: Secret
    peers: dict[int, PeerState]

    def encode(self) -> bytes:
        """Bytes that hold secrets. Standard: this module"""
        peers = b"".join(self.peers[index].encode() for index in sorted(self.peers))
        return _sealed(_KEY_MAGIC, self.public, self.me, _open(self.secret) + bytes([len(self.peers)]) + peers)

    @classmethod
    def parse(cls, data: bytes) -> KeyShare:
        """Standard: this module. Raises: InvalidEncoding"""
        reader = _unsealed(_KEY_MAGIC, data)
        public, me, secret = _read_head(reader)
        peers = [_read_peer(reader) for _ in range(reader.number(1))]
        reader.end()
        indices = [peer.index for peer in peers]
        if indices != sorted(set(indices)) or not set(indices) <= set(public.parties) - {me}:
            raise InvalidEncoding("The share names wrong peers.", reason="party_set")
        return cls(public, me, secret, {peer.index: peer for peer in peers})

    def recovery(self) -> RecoveryShare:
        """The compact form for a recovery file. Standard: DESIGN §3"""
        return RecoveryShare(self.public, self.me, Secret(_open(self.secret)))

    def wipe(self) -> None:
        """Overwrite every secret of this share. Standard: threshold note 2 (best effort)"""
        self.secret.wipe()
        for peer in self.peers.values():
            for secret in (peer.zero_seed, peer.delta, peer.chosen, *peer.offered):
                secret.wipe()


def _open(secret: Secret) -> bytes:
    with secret.open() as view:
        return view.tobytes()


def _sealed(magic: bytes, public: PublicShare, me: int, rest: bytes) -> bytes:
    body = magic + bytes([_VERSION]) + public.encode() + bytes([me]) + rest
    return body + _check(body)


def _check(body: bytes) -> bytes:
    return framed_hash("counterfoil/threshold/share-check", body, length=_CHECK_LENGTH)


def _unsealed(magic: bytes, data: bytes) -> Reader:
    body, check = data[:-_CHECK_LENGTH], data[-_CHECK_LENGTH:]
    if not is_equal(_check(body), check):
        raise InvalidEncoding("The share is damaged.", reason="check")
    reader = Reader(body)
    reader.expect(magic + bytes([_VERSION]))
    return reader


def _read_head(reader: Reader) -> tuple[PublicShare, int, Secret]:
    public = read_public_share(reader)
    me = reader.number(1)
    secret = reader.take(32)
    if me not in public.parties or Scalar(secret).point() != public.point_of(me):
        raise InvalidEncoding("The secret is not this party's.", reason="secret")
    return public, me, Secret(secret)


def _read_peer(reader: Reader) -> PeerState:
    return PeerState(
        index=reader.number(1),
        setup=reader.take(32),
        zero_seed=Secret(reader.take(32)),
        delta=Secret(reader.take(_DELTA)),
        chosen=Secret(reader.take(_SEEDS)),
        offered=(Secret(reader.take(_SEEDS)), Secret(reader.take(_SEEDS))),
    )
