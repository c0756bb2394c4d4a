"""Secrets that arrive sealed: opened here for this agent, handed on unopened to the co-signer."""

from __future__ import annotations

from typing import Any

from counterfoil.codecs.base64url import parse_base64url
from counterfoil.dispatch.context import Context
from counterfoil.errors import InvalidEncoding, InvalidMessage, PartyUnavailable
from counterfoil.protocol.lock import SlotSecret
from counterfoil.protocol.model import SealedSecret
from counterfoil.wallet.unlock import Way

MAX_PASSPHRASE = 1024


def open_secret(context: Context, secret: SealedSecret) -> bytearray:
    """The bytes, for the caller to wipe. Raises NotFound, InvalidMessage."""
    return context.seals.open(context.wallet, secret.session_id, parse_base64url(secret.box))


def open_passphrase(context: Context, secret: SealedSecret) -> str:
    """A passphrase of at least one character. Raises InvalidMessage, InvalidEncoding."""
    data = open_secret(context, secret)
    try:
        text = bytes(data).decode()
    except UnicodeDecodeError:
        raise InvalidEncoding("A passphrase is text.", reason="passphrase") from None
    finally:
        data[:] = bytes(len(data))
    if not 0 < len(text) <= MAX_PASSPHRASE:
        raise InvalidMessage("A passphrase has at least one character.", reason="passphrase")
    return text


def own_ways(context: Context, slots: list[SlotSecret]) -> list[Way]:
    """The ways in that are for this agent, opened."""
    return [
        Way(
            slot.kind,
            parse_base64url(slot.credential_id) if slot.credential_id is not None else None,
            open_secret(context, slot.secret),
        )
        for slot in slots
        if slot.recipient == "agent"
    ]


def others(slots: list[SlotSecret]) -> list[dict[str, Any]]:
    """Those for the co-signer, addressed to it, as sealed as they came."""
    return [{**slot.model_dump(), "recipient": "agent"} for slot in slots if slot.recipient == "cosigner"]


async def to_cosigner(context: Context, method: str, params: dict[str, Any]) -> dict[str, Any]:
    """One of the co-signer's own methods. Raises PartyUnavailable where there is none."""
    if context.cosigner is None:
        raise PartyUnavailable("There is no co-signer here.")
    return await context.cosigner.call(method, params)
