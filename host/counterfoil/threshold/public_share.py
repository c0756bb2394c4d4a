"""What everyone may know of a vault's key: the part of a share that is the same at every party.   threshold note 4.5"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from counterfoil.crypto.hashes import framed_hash
from counterfoil.crypto.secp256k1 import Point
from counterfoil.errors import InvalidEncoding
from counterfoil.threshold.session import MAX_PARTIES
from counterfoil.threshold.vss import interpolate_point
from counterfoil.threshold.wire import Reader


@dataclass(frozen=True, slots=True)
class PublicShare:
    """Parties in ascending order of index, with their identity keys, points X_i = f(i)·G and confirmations."""

    vault: str
    epoch: int
    threshold: int
    parties: tuple[int, ...]
    identities: tuple[bytes, ...]
    points: tuple[bytes, ...]
    group_key: bytes
    chain_code: bytes
    transcript: bytes
    confirmations: tuple[bytes, ...]

    def point_of(self, index: int) -> Point:
        """X_index. Standard: Feldman 1987"""
        return Point.parse(self.points[self.parties.index(index)])

    def identity_of(self, index: int) -> bytes:
        """The identity key that confirmed this key as party ``index``. Standard: DESIGN §8"""
        return self.identities[self.parties.index(index)]

    def confirmed_message(self) -> bytes:
        """H(full transcript, pk, chain code and all else that is public), which every identity key signed.

        Standard: threshold note 4.5, R4
        """
        return framed_hash("counterfoil/threshold/confirm", self._head(), *self._rows(), self._tail())

    def encode(self) -> bytes:
        """Canonical bytes. Standard: this module"""
        rows = zip(self._rows(), self.confirmations, strict=True)
        return b"".join([self._head(), *(row + signature for row, signature in rows), self._tail()])

    def _head(self) -> bytes:
        name = self.vault.encode()
        numbers = bytes([self.threshold, len(self.parties)])
        return bytes([len(name)]) + name + self.epoch.to_bytes(4, "big") + numbers

    def _rows(self) -> list[bytes]:
        rows = zip(self.parties, self.identities, self.points, strict=True)
        return [bytes([index]) + identity + point for index, identity, point in rows]

    def _tail(self) -> bytes:
        return self.group_key + self.chain_code + self.transcript


def verify_confirmations(share: PublicShare, verify_identity: Callable[[bytes, bytes, bytes], None]) -> None:
    """Check that every party signed this key; ``verify_identity(public, message, signature)`` raises if not.

    Standard: threshold note 4.5, R4
    Raises:   InvalidEncoding(reason=confirmation)
    """
    message = share.confirmed_message()
    for identity, signature in zip(share.identities, share.confirmations, strict=True):
        try:
            verify_identity(identity, message, signature)
        except Exception:  # noqa: BLE001 - whatever the caller's check raises, the signature is not verified
            raise InvalidEncoding("A party did not confirm this key.", reason="confirmation") from None


def read_public_share(reader: Reader) -> PublicShare:
    """Read and check: the points lie on one polynomial of degree t-1 whose value at 0 is the group key.

    Standard: this module; Shamir 1979
    Raises:   InvalidEncoding
    """
    vault = _read_name(reader)
    epoch, threshold, count = reader.number(4), reader.number(1), reader.number(1)
    if not 2 <= threshold <= count <= MAX_PARTIES:
        raise InvalidEncoding("The threshold does not fit the number of parties.", reason="threshold")
    rows = [(reader.number(1), reader.take(32), reader.take(33), reader.take(64)) for _ in range(count)]
    parties = tuple(row[0] for row in rows)
    if list(parties) != sorted(set(parties)) or not 1 <= parties[0] <= parties[-1] <= MAX_PARTIES:
        raise InvalidEncoding("The parties are not in order.", reason="party_set")
    identities, points = tuple(row[1] for row in rows), tuple(row[2] for row in rows)
    confirmations = tuple(row[3] for row in rows)
    share = PublicShare(
        vault, epoch, threshold, parties, identities, points,
        reader.take(33), reader.take(32), reader.take(32), confirmations,
    )  # fmt: skip
    _check_points(share)
    return share


def _read_name(reader: Reader) -> str:
    try:
        return reader.take(reader.number(1)).decode("ascii")
    except UnicodeDecodeError:
        raise InvalidEncoding("The vault's id is not ASCII.", reason="vault") from None


def _check_points(share: PublicShare) -> None:
    known = {index: share.point_of(index) for index in share.parties[: share.threshold]}
    if interpolate_point(known) != Point.parse(share.group_key):
        raise InvalidEncoding("The parties' points do not give the group key.", reason="group_key")
    for index in share.parties[share.threshold :]:
        if interpolate_point(known, index) != share.point_of(index):
            raise InvalidEncoding("A party's point is not on the polynomial.", reason="points")
