"""Sign-in texts: does the text say what is being signed with?   ERC-4361

Only the account and the chain can be judged here; whether the domain is the asking site's is for
whoever knows the site (`sign_in_domain`).
"""

from __future__ import annotations

import re

from counterfoil.chains.evm.words import danger
from counterfoil.chains.family import Finding

_OPENING = re.compile(
    r"(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?P<domain>[^\s/]+) wants you to sign in with your Ethereum account:\n(?P<account>0x[0-9a-fA-F]{40})(?:\n|\Z)"
)
_CHAIN = re.compile(r"^Chain ID: (\d{1,78})$", re.MULTILINE)


def sign_in_domain(text: str) -> str | None:
    """The domain that a sign-in text names; None for any other text. Standard: ERC-4361"""
    match = _OPENING.match(text)
    return match["domain"] if match else None


def sign_in_findings(text: str, account: str, chain_id: int) -> list[Finding]:
    """Where a sign-in text names another account or chain than those it is signed with. Standard: ERC-4361"""
    match = _OPENING.match(text)
    if not match:
        return []
    findings = []
    if match["account"].lower() != account.lower():
        findings.append(danger("sign_in_account", "This sign-in text names another account than yours."))
    if (chain := _CHAIN.search(text)) and int(chain[1]) != chain_id:
        findings.append(danger("sign_in_chain", f"This sign-in text is meant for another chain: {chain[1]}."))
    return findings
