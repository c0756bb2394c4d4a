"""What a site may do: EIP-2255 permissions as a pure decision.

A site holds at most one capability, ``eth_accounts``, with the list of addresses it may see. Nothing
here asks anyone or changes anything: the answer is a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CAPABILITY = "eth_accounts"


class Need(StrEnum):
    """What a method of a page needs before it runs."""

    NOTHING = "nothing"
    """Says nothing about the person: the chain, its public data."""
    ACCOUNT = "account"
    """The site is connected and may see the account it names."""
    SITE = "site"
    """The site is connected; what it asks concerns the site alone, or no one."""
    PERSON = "person"
    """The site is connected, and a person decides in the window."""
    CONNECT = "connect"
    """Connecting is what it asks for."""
    NEVER = "never"
    """Refused for everyone, with an explanation."""


class Verdict(StrEnum):
    """What happens next."""

    ALLOW = "allow"
    ASK = "ask"
    REFUSE = "refuse"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a site holds: the addresses it may see, in the order it sees them."""

    origin: str
    addresses: tuple[str, ...]
    granted_at: int


METHODS: dict[str, Need] = {
    "eth_chainId": Need.NOTHING,
    "net_version": Need.NOTHING,
    "eth_accounts": Need.NOTHING,
    "eth_coinbase": Need.NOTHING,
    "wallet_getPermissions": Need.NOTHING,
    "wallet_revokePermissions": Need.NOTHING,
    "eth_requestAccounts": Need.CONNECT,
    "wallet_requestPermissions": Need.CONNECT,
    "eth_sendTransaction": Need.ACCOUNT,
    "personal_sign": Need.ACCOUNT,
    "eth_signTypedData_v4": Need.ACCOUNT,
    "wallet_switchEthereumChain": Need.SITE,
    "wallet_addEthereumChain": Need.PERSON,
    "wallet_watchAsset": Need.PERSON,
    "wallet_getCapabilities": Need.ACCOUNT,
    "wallet_sendCalls": Need.ACCOUNT,
    "wallet_getCallsStatus": Need.SITE,
    "wallet_showCallsStatus": Need.SITE,
    "eth_subscribe": Need.SITE,
    "eth_unsubscribe": Need.SITE,
    "eth_sign": Need.NEVER,
}
"""Methods that we answer ourselves. Read-only calls of the chain are the family's allow-list."""


def decide(method: str, *, is_read_only: bool, grant: Grant | None, account: str | None) -> Verdict:
    """Whether a page's call may go on.

    Standard: EIP-1193, EIP-2255
    In:       ``account`` the address the call names, if it names one; ``is_read_only`` whether the family
              passes the method on to a node
    Out:      ALLOW run it; ASK open the window; REFUSE 4100; UNSUPPORTED 4200
    """
    need = METHODS.get(method)
    shown = {address.lower() for address in (grant.addresses if grant is not None else ())}
    match need:
        case None if not is_read_only:
            verdict = Verdict.UNSUPPORTED
        case Need.NOTHING:
            verdict = Verdict.ALLOW
        case Need.CONNECT:
            verdict = Verdict.ALLOW if grant is not None and method == "eth_requestAccounts" else Verdict.ASK
        case None | Need.SITE if grant is not None:
            verdict = Verdict.ALLOW
        case Need.PERSON if grant is not None:
            verdict = Verdict.ASK
        case Need.ACCOUNT if account is not None and account.lower() in shown:
            verdict = Verdict.ASK
        case _:
            verdict = Verdict.REFUSE
    return verdict
