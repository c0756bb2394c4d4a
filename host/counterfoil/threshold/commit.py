"""Hash commitments: H("com", sid, party, content, salt)."""

from __future__ import annotations

from counterfoil.crypto.hashes import framed_hash, is_equal

COMMITMENT_LENGTH = 32
SALT_LENGTH = 32


def commit(sid: bytes, party: int, content: bytes, salt: bytes) -> bytes:
    """32 bytes that hide and bind ``content``. Standard: random-oracle commitment, 32-byte salt"""
    return framed_hash("counterfoil/threshold/commit", sid, bytes([party]), content, salt)


def is_opening(commitment: bytes, sid: bytes, party: int, content: bytes, salt: bytes) -> bool:
    """Whether content and salt open the commitment. Standard: as `commit`"""
    return is_equal(commitment, commit(sid, party, content, salt))
