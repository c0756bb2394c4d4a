"""How a party enters a session: a fresh key and nonce, signed by its identity over the session's context.

join = u16be index ‖ identity(32) ‖ nonce(32) ‖ ephemeral(32) ‖ signature(64)
"""

from __future__ import annotations

from dataclasses import dataclass

from counterfoil.crypto.hashes import is_equal
from counterfoil.crypto.identity import Identity, verify_signature
from counterfoil.errors import InvalidMessage

JOIN_BYTES = 2 + 32 + 32 + 32 + 64
_TAG = "counterfoil/join/1"


@dataclass(frozen=True, slots=True)
class SignedJoin:
    """One party's entry; the first four fields are those of ``threshold``'s Join."""

    index: int
    identity: bytes
    nonce: bytes
    ephemeral: bytes
    signature: bytes


def sign_join(identity: Identity, *, index: int, nonce: bytes, ephemeral: bytes, session_context: bytes) -> SignedJoin:
    """Enter a session whose purpose is ``session_context``: all that is fixed before anyone's nonce is known.

    Raises: InvalidMessage for a field of the wrong size
    """
    _check_fields(index, nonce, ephemeral)
    signature = identity.sign(_TAG, session_context, index.to_bytes(2, "big"), identity.public, nonce, ephemeral)
    return SignedJoin(index, identity.public, nonce, ephemeral, signature)


def verify_join(join: SignedJoin, *, identity: bytes, session_context: bytes) -> None:
    """Check that the pinned ``identity`` made this join for this very context.

    Raises: InvalidMessage(reason=identity|signature|length)
    """
    _check_fields(join.index, join.nonce, join.ephemeral)
    if not is_equal(join.identity, identity):
        raise InvalidMessage("This is not the device that was paired.", reason="identity")
    parts = (session_context, join.index.to_bytes(2, "big"), join.identity, join.nonce, join.ephemeral)
    verify_signature(identity, join.signature, _TAG, *parts)


def encode_join(join: SignedJoin) -> bytes:
    """162 bytes, the layout of the module's docstring."""
    return join.index.to_bytes(2, "big") + join.identity + join.nonce + join.ephemeral + join.signature


def parse_join(data: bytes) -> SignedJoin:
    """Read a join; its signature is not yet checked.

    Raises: InvalidMessage(reason=length|index)
    """
    if len(data) != JOIN_BYTES:
        raise InvalidMessage("A join has 162 bytes.", reason="length")
    index = int.from_bytes(data[:2], "big")
    join = SignedJoin(index, data[2:34], data[34:66], data[66:98], data[98:])
    _check_fields(join.index, join.nonce, join.ephemeral)
    return join


def _check_fields(index: int, nonce: bytes, ephemeral: bytes) -> None:
    if not 1 <= index < 2**16:
        raise InvalidMessage("A party's number is 1 or more.", reason="index")
    if len(nonce) != 32 or len(ephemeral) != 32:
        raise InvalidMessage("Nonces and keys have 32 bytes.", reason="length")
