"""The one way in which this room says no: which check failed, and a sentence about it."""

from __future__ import annotations

from enum import StrEnum

from counterfoil.errors import AssertionRefused


class Check(StrEnum):
    """The reasons of ``AssertionRefused``: one word per check."""

    TYPE = "TYPE"
    CHALLENGE = "CHALLENGE"
    ORIGIN = "ORIGIN"
    CROSS_ORIGIN = "CROSS_ORIGIN"
    RP_ID = "RP_ID"
    FLAGS = "FLAGS"
    COUNTER = "COUNTER"
    SIGNATURE = "SIGNATURE"
    CREDENTIAL = "CREDENTIAL"
    EXPIRED = "EXPIRED"
    ENCODING = "ENCODING"


_SENTENCES = {
    Check.TYPE: "The passkey did something else than it was asked to. Nothing was signed.",
    Check.CHALLENGE: "The passkey answered another request. Nothing was signed.",
    Check.ORIGIN: "The passkey was touched on another site. Nothing was signed.",
    Check.CROSS_ORIGIN: "The passkey was touched in a page framed by another site. Nothing was signed.",
    Check.RP_ID: "The passkey belongs to another site. Nothing was signed.",
    Check.FLAGS: "The passkey did not check that it was you. Nothing was signed.",
    Check.COUNTER: "The passkey's counter went back: there may be a copy of it. Nothing was signed.",
    Check.SIGNATURE: "The passkey's signature is wrong. Nothing was signed.",
    Check.CREDENTIAL: "This is not the passkey that was asked for. Nothing was signed.",
    Check.EXPIRED: "The passkey answered too late. Nothing was signed.",
    Check.ENCODING: "The passkey's answer can't be read. Nothing was signed.",
}


def refusal(check: Check, message: str | None = None) -> AssertionRefused:
    """The error to raise when ``check`` fails; ``message`` where the usual sentence would mislead."""
    return AssertionRefused(message or _SENTENCES[check], reason=check.value)
