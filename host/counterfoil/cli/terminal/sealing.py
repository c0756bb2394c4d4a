"""Passphrases on their way to the agent: sealed to keys that it made for this moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from counterfoil.cli.terminal.connection import Agent, ask

if TYPE_CHECKING:
    from counterfoil.protocol.lock import Recipient, SlotSecret
    from counterfoil.protocol.model import SealedSecret

INFO = b"counterfoil/seal/1"


def seal_for(agent: Agent, secrets: Sequence[tuple[Recipient, str]]) -> list[SealedSecret]:
    """Each secret sealed to a fresh key of its recipient, in the order given."""
    from counterfoil.codecs.base64url import encode_base64url, parse_base64url
    from counterfoil.crypto.hpke_seal import seal
    from counterfoil.errors import Bug
    from counterfoil.protocol.lock import SealOpenParams, SealOpenResult
    from counterfoil.protocol.model import SealedSecret

    recipients = [recipient for recipient, _ in secrets]
    keys = ask(agent, SealOpenResult, "seal_open", SealOpenParams(recipients=recipients)).keys
    if [key.recipient for key in keys] != recipients:
        raise Bug("The keys to seal with are not those asked for.")
    return [
        SealedSecret(
            session_id=key.session_id,
            box=encode_base64url(
                seal(parse_base64url(key.public_key), secret.encode(), info=INFO, aad=key.session_id.encode("ascii"))
            ),
        )
        for key, (_, secret) in zip(keys, secrets, strict=True)
    ]


def passphrase_slots(agent: Agent, secrets: Sequence[tuple[Recipient, str]]) -> list[SlotSecret]:
    """Sealed passphrases that open, or make, key slots."""
    from counterfoil.protocol.lock import SlotSecret

    sealed = seal_for(agent, secrets)
    return [
        SlotSecret(recipient=recipient, kind="passphrase", credential_id=None, secret=secret)
        for (recipient, _), secret in zip(secrets, sealed, strict=True)
    ]
