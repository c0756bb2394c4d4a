"""Acknowledgements: a new party says that its new share is on its disk. All of them together commit a change.   DESIGN §8"""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.crypto.identity import Identity, verify_signature
from counterfoil.errors import InvalidMessage
from counterfoil.store.reshares import Reshare

_TAG = "counterfoil/reshare-ack/1"


def sign_ack(identity: Identity, vault: str, epoch: int, context_hash: bytes) -> bytes:
    """64 bytes. The hash is of the transcript that all parties confirmed, so it tells two attempts apart."""
    return identity.sign(_TAG, *_parts(vault, epoch, context_hash))


def verify_acks(change: Reshare, acks: Mapping[int, bytes]) -> None:
    """Each is by the new party that it is said to be of. Raises InvalidMessage."""
    identities = {party.index: party.identity for party in change.parties}
    parts = _parts(change.vault, change.epoch, change.context_hash)
    for index, signature in acks.items():
        if index not in identities:
            raise InvalidMessage("An acknowledgement is of nobody.", reason="ack")
        verify_signature(identities[index], signature, _TAG, *parts)


def acks_as_dict(acks: Mapping[int, bytes]) -> dict[str, str]:
    """For the link."""
    return {str(index): signature.hex() for index, signature in acks.items()}


def read_acks(value: object) -> dict[int, bytes]:
    """From another agent. Raises InvalidMessage."""
    found: dict[int, bytes] = {}
    for index, text in value.items() if isinstance(value, dict) and len(value) <= 16 else [("", None)]:
        try:
            signature = bytes.fromhex(text) if isinstance(text, str) else b""
        except ValueError:
            signature = b""
        if (
            not (isinstance(index, str) and index.isascii() and index.isdigit() and len(index) <= 2)
            or len(signature) != 64
        ):
            raise InvalidMessage("The acknowledgements can't be read.", reason="ack")
        found[int(index)] = signature
    return found


def _parts(vault: str, epoch: int, context_hash: bytes) -> tuple[bytes, bytes, bytes]:
    return vault.encode(), epoch.to_bytes(4, "big"), context_hash
