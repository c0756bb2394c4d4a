"""The sealed channel of one session: fresh X25519 keys, signed by pinned identities.

- each party joins with (index, identity, nonce, ephemeral), signed over the session's context
- key i→j = HKDF-SHA256(ECDH; salt session id; both parties in role order, and all joins)
- box = 1 ‖ u64be counter ‖ ChaCha20-Poly1305(flags ‖ payload), nonce 0⁴ ‖ counter, strictly in order

What does not fit is dropped with its reason and changes nothing: a forger can never abort a session.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from counterfoil.crypto.hashes import framed_hash
from counterfoil.devices.joins import SignedJoin, encode_join
from counterfoil.errors import InvalidMessage, Retry

VERSION = 1
HEADER_BYTES = 9
OVERHEAD_BYTES = HEADER_BYTES + 1 + 16
MAX_BOXES = 2**32
"""Boxes of one key: far below the 2^64 of the counter, far above any session."""


class Drop(StrEnum):
    """Why a box was dropped."""

    MALFORMED = "malformed"
    UNKNOWN_SENDER = "unknown_sender"
    UNAUTHENTIC = "unauthentic"
    REPLAYED = "replayed"
    OUT_OF_ORDER = "out_of_order"
    CLOSED = "closed"


class Opened(NamedTuple):
    """An authentic payload, the next one of its sender."""

    payload: bytes
    broadcast: bool


@dataclass(frozen=True, slots=True)
class Dropped:
    """A box that changed nothing. OUT_OF_ORDER is authentic: boxes before it are missing."""

    reason: Drop


class Ephemeral:
    """An X25519 key for one session; it forgets itself in the agreement."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        key = X25519PrivateKey.from_private_bytes(seed)
        self._key: X25519PrivateKey | None = key
        self.public = key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"Ephemeral(public={self.public.hex()})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An ephemeral key is not pickled.")

    def agree(self, peers: Mapping[int, bytes]) -> dict[int, bytes]:
        """The shared secret with each peer's public key; afterwards this key is gone.

        Standard: RFC 7748 §6.1; the all-zero secret of a small-order key is refused
        Raises:   InvalidMessage(reason=ephemeral), Retry when used twice
        """
        key, self._key = self._key, None
        if key is None:
            raise Retry("The session's key was already used.", reason="ephemeral_used")
        secrets = {}
        for index, public in peers.items():
            try:
                secrets[index] = key.exchange(X25519PublicKey.from_public_bytes(public))
            except ValueError:
                raise InvalidMessage("A device sent an unusable key.", reason="ephemeral", party=index) from None
        return secrets


class _Direction:
    """One key, one counter, one way."""

    __slots__ = ("aead", "context", "counter")

    def __init__(self, key: bytes, context: bytes) -> None:
        self.aead = ChaCha20Poly1305(key)
        self.context = context
        self.counter = 0

    def seal(self, plain: bytes) -> bytes:
        if self.counter >= MAX_BOXES:
            raise Retry("The session is worn out.", reason="session_worn_out")
        counter = self.counter.to_bytes(8, "big")
        self.counter += 1
        header = bytes([VERSION]) + counter
        return header + self.aead.encrypt(bytes(4) + counter, plain, header + self.context)

    def open(self, box: bytes) -> Opened | Dropped:
        header, sealed = box[:HEADER_BYTES], box[HEADER_BYTES:]
        counter = int.from_bytes(header[1:], "big")
        if counter < self.counter:
            return Dropped(Drop.REPLAYED)
        try:
            plain = self.aead.decrypt(bytes(4) + header[1:], sealed, header + self.context)
        except InvalidTag:
            return Dropped(Drop.UNAUTHENTIC)
        if counter != self.counter:
            return Dropped(Drop.OUT_OF_ORDER)
        self.counter += 1
        return Opened(plain[1:], plain[0] == 1) if plain[0] <= 1 else Dropped(Drop.MALFORMED)


class SessionKeys:
    """Everything one party needs to talk to the others in one session.

    In:     own ``index`` and ``ephemeral``; every party's verified join; the ``session_id`` that binds what is done
    Raises: InvalidMessage for joins that do not fit together
    """

    def __init__(self, index: int, ephemeral: Ephemeral, joins: Sequence[SignedJoin], session_id: bytes) -> None:
        parties = _check_joins(index, ephemeral, joins)
        own = parties.pop(index)
        everyone = framed_hash("counterfoil/joins/1", *(encode_join(join) for join in sorted(joins, key=_index)))
        secrets = ephemeral.agree({peer: join.ephemeral for peer, join in parties.items()})
        self.index = index
        self.session_id = session_id
        self._out: dict[int, _Direction] = {}
        self._in: dict[int, _Direction] = {}
        self._exports: dict[int, bytes] = {}
        for peer, join in parties.items():
            self._out[peer] = _direction(secrets[peer], session_id, everyone, own, join)
            self._in[peer] = _direction(secrets[peer], session_id, everyone, join, own)
            roles = (encode_join(party) for party in sorted((own, join), key=_index))
            self._exports[peer] = _derive(
                secrets[peer], session_id, framed_hash("counterfoil/channel-export/1", everyone, *roles)
            )

    def __repr__(self) -> str:
        return f"SessionKeys(index={self.index}, peers={sorted(self._out)})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("Session keys are not pickled.")

    def seal(self, to: int, payload: bytes, *, broadcast: bool = False) -> bytes:
        """The next box for party ``to``; no key ever seals two boxes under one nonce.

        Standard: RFC 8439 §2.8
        Raises:   Retry when the session is closed or worn out
        """
        direction = self._out.get(to)
        if direction is None:
            raise Retry("The session with that device is over.", reason="session_closed")
        return direction.seal(bytes([broadcast]) + payload)

    def open(self, sender: int, box: bytes) -> Opened | Dropped:
        """The payload of the next box of ``sender``, or why the box was dropped. Never raises.

        Standard: RFC 8439 §2.8
        """
        direction = self._in.get(sender)
        if direction is None:
            return Dropped(Drop.UNKNOWN_SENDER if self._in else Drop.CLOSED)
        if len(box) < OVERHEAD_BYTES or box[0] != VERSION:
            return Dropped(Drop.MALFORMED)
        return direction.open(box)

    def export(self, peer: int, label: str) -> bytes:
        """32 bytes that only the two of them know, for one ``label``: mailbox ids and the like."""
        if peer not in self._exports:
            raise Retry("The session with that device is over.", reason="session_closed")
        return framed_hash("counterfoil/channel-label/1", self._exports[peer], label.encode())

    def close(self) -> None:
        """Drop every key. Python cannot promise that no copy is left in memory."""
        self._out.clear()
        self._in.clear()
        self._exports.clear()


def _index(join: SignedJoin) -> int:
    return join.index


def _check_joins(index: int, ephemeral: Ephemeral, joins: Sequence[SignedJoin]) -> dict[int, SignedJoin]:
    parties = {join.index: join for join in joins}
    distinct = (parties, {join.identity for join in joins}, {join.ephemeral for join in joins})
    if len(joins) < 2 or any(len(values) != len(joins) for values in distinct):
        raise InvalidMessage("The devices of this session are not all different.", reason="joins")
    if index not in parties or parties[index].ephemeral != ephemeral.public:
        raise InvalidMessage("This device is not part of the session.", reason="joins")
    return parties


def _direction(
    secret: bytes, session_id: bytes, everyone: bytes, sender: SignedJoin, receiver: SignedJoin
) -> _Direction:
    roles = (everyone, encode_join(sender), encode_join(receiver))
    key = _derive(secret, session_id, framed_hash("counterfoil/channel/1", *roles))
    return _Direction(key, framed_hash("counterfoil/channel-box/1", session_id, *roles))


def _derive(secret: bytes, session_id: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=session_id, info=info).derive(secret)
