"""Whom a sign-in text is for: another site, account, chain or time than those at hand is never signed.   ERC-4361

The text of another site, signed here, would let this site in there. So every party compares, each with its own clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from counterfoil.chains.evm.siwe import SignIn, is_sign_in, parse_sign_in
from counterfoil.chains.evm.text import visible
from counterfoil.chains.evm.words import caution, danger, info
from counterfoil.chains.family import Finding
from counterfoil.errors import InvalidEncoding

SKEW_SECONDS: Final = 300
"""How far the clocks of a site and of this computer may be apart."""
OLD_SECONDS: Final = 24 * 3600
_AUTHORITY: Final = re.compile(r"(?P<host>\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?\Z")
_PORTS: Final = {"https": 443, "http": 80}


def refuse_sign_in(message: bytes, account: str, chain_id: int) -> Finding | None:
    """Why this sign-in is never signed with this account on this chain; None for it and for any other message."""
    if not is_sign_in(message):
        return None
    try:
        sign_in = parse_sign_in(message)
    except InvalidEncoding as error:
        return _refusal("sign_in_malformed", "This sign-in text is malformed.", error.message)
    if sign_in.address != account:
        return _refusal(
            "sign_in_account",
            "This sign-in text names another account than yours.",
            f"It names {sign_in.address}.",
        )
    if sign_in.chain_id != chain_id:
        return _refusal(
            "sign_in_chain",
            f"This sign-in text is meant for another network ({sign_in.chain_id}).",
            f"The site is on {chain_id} now.",
            "Nothing was signed. Switch the network in the site, then sign in again.",
        )
    return None


def refuse_for_site(message: bytes, origin: str, now: int) -> Finding | None:
    """Why this sign-in is not signed for ``origin`` at ``now`` (unix seconds); None for it and for any other message."""
    if not is_sign_in(message):
        return None
    try:
        sign_in = parse_sign_in(message)
    except InvalidEncoding as error:
        return _refusal("sign_in_malformed", "This sign-in text is malformed.", error.message)
    if not _is_for(sign_in, origin):
        return _refusal(
            "sign_in_domain",
            f"This would sign you in to {visible(sign_in.domain)[:80]}, not to the site that asks.",
            "Whoever has this signature could enter there as you.",
            "Nothing was signed. Leave this site.",
        )
    if not _leads_to(sign_in.uri, origin):
        return _refusal(
            "sign_in_uri",
            "The address in this sign-in text leads to another site.",
            f"It says {visible(sign_in.uri)[:120]}.",
            "Nothing was signed. Leave this site.",
        )
    return _untimely(sign_in, now)


def sign_in_findings(message: bytes, now: int | None) -> list[Finding]:
    """What to weigh in a sign-in that may be signed; nothing for any other message."""
    if not is_sign_in(message):
        return []
    try:
        sign_in = parse_sign_in(message)
    except InvalidEncoding:
        return []
    if now is not None:
        stale = now - sign_in.issued_at > OLD_SECONDS
        sentence = f"The site wrote this sign-in text on {day(sign_in.issued_at)}."
        return [caution("sign_in_old", sentence, "A fresh one is usual.")] if stale else []
    findings = []
    if not sign_in.uri.lower().startswith(("https:", "http:")):
        findings.append(
            caution(
                "sign_in_delegate",
                "This does more than sign you in: it names someone who may then act for you.",
                f"It names {visible(sign_in.uri)[:120]}.",
            )
        )
    if any(uri.lower().startswith("urn:recap:") for uri in sign_in.resources):
        findings.append(caution("sign_in_rights", "This also gives rights that the text lists in a form for machines."))
    elif sign_in.resources:
        findings.append(info("sign_in_resources", f"The text also names {len(sign_in.resources)} resources."))
    return findings


def sign_in_details(sign_in: SignIn) -> tuple[tuple[str, str], ...]:
    """The parts of a sign-in, for the folded part of the window."""
    rows = [("Signs in to", sign_in.domain), ("Address", sign_in.uri), ("Nonce", sign_in.nonce)]
    rows.append(("Written", moment(sign_in.issued_at)))
    if sign_in.not_before is not None:
        rows.append(("Counts from", moment(sign_in.not_before)))
    if sign_in.expires_at is not None:
        rows.append(("Counts until", moment(sign_in.expires_at)))
    if sign_in.request_id:
        rows.append(("Request id", sign_in.request_id))
    return (*rows, *(("Resource", uri) for uri in sign_in.resources))


def day(seconds: int) -> str:
    """``2026-01-31``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def moment(seconds: int) -> str:
    """``2026-01-31 12:00:00 UTC``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _is_for(sign_in: SignIn, origin: str) -> bool:
    """The domain is the origin's host and port, and so is the scheme where the text names one."""
    asking = urlsplit(origin)
    if sign_in.scheme is not None and sign_in.scheme.lower() != asking.scheme:
        return False
    return _place(sign_in.domain, asking.scheme) == _place(asking.netloc, asking.scheme) is not None


def _leads_to(uri: str, origin: str) -> bool:
    """An address of the web leads to the very site; anything else (``did:…``) is said, not compared."""
    asking = urlsplit(origin)
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    if parts.scheme.lower() not in _PORTS:
        return True
    if parts.scheme.lower() == "http" and asking.scheme != "http":
        return False
    return _place(parts.netloc, parts.scheme.lower()) == _place(asking.netloc, parts.scheme.lower()) is not None


def _place(authority: str, scheme: str) -> tuple[str, int] | None:
    match = _AUTHORITY.match(authority.lower())
    if match is None:
        return None
    return match["host"], int(match["port"]) if match["port"] else _PORTS.get(scheme, 0)


def _untimely(sign_in: SignIn, now: int) -> Finding | None:
    if sign_in.expires_at is not None and sign_in.expires_at <= now:
        return _refusal(
            "sign_in_time", "This sign-in text has expired.", f"It counted until {moment(sign_in.expires_at)}."
        )
    if sign_in.not_before is not None and sign_in.not_before > now + SKEW_SECONDS:
        return _refusal(
            "sign_in_time", "This sign-in text does not count yet.", f"It counts from {moment(sign_in.not_before)}."
        )
    if sign_in.issued_at > now + SKEW_SECONDS:
        return _refusal(
            "sign_in_time",
            "This sign-in text comes from the future.",
            f"It says that it was written at {moment(sign_in.issued_at)}. Is this computer's clock right?",
        )
    if sign_in.expires_at is not None and sign_in.not_before is not None and sign_in.expires_at <= sign_in.not_before:
        return _refusal("sign_in_time", "This sign-in text ends before it begins.", "Its times can't both hold.")
    return None


def _refusal(code: str, sentence: str, why: str, action: str = "Nothing was signed.") -> Finding:
    return danger(code, sentence, why, action)
