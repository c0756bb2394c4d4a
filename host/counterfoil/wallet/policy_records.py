"""What each party lends its share to unasked, as signed, versioned records that every party keeps.   DESIGN §7.3

Filed under the party's identity key, not its number: who takes another's place begins with no limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from counterfoil.chains.registry import family_of
from counterfoil.codecs.canonical import Canonical
from counterfoil.errors import InvalidMessage, WalletError
from counterfoil.policy import Limit, Policy
from counterfoil.store import records
from counterfoil.store.db import Database
from counterfoil.store.records import Record, RecordKind
from counterfoil.types import Caip2
from counterfoil.wallet.networks import Networks

MAX_LIMITS = 64
_NATIVE = "native"
_LIMIT_FIELDS = {"site", "chain", "asset", "per_day", "account", "contact", "act"}


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """What one party does without its person. ``limits`` count only where ``is_interactive`` is false."""

    party: bytes
    is_interactive: bool
    limits: tuple[Limit, ...]

    @property
    def subject(self) -> str:
        """What the record is filed under."""
        return self.party.hex()

    @property
    def kind(self) -> RecordKind:
        """The record's kind in the store."""
        return RecordKind.POLICY

    def as_dict(self) -> dict[str, Canonical]:
        """Canonical body of the record."""
        return {
            "party": self.party.hex(),
            "interactive": self.is_interactive,
            "limits": [limit_as_dict(limit) for limit in self.limits],
        }


def limit_as_dict(limit: Limit) -> dict[str, Canonical]:
    """One limit as canonical data."""
    return {
        "site": limit.site,
        "chain": limit.chain,
        "asset": limit.asset,
        "per_day": str(limit.per_day),
        "account": limit.account,
        "contact": limit.contact,
        "act": limit.act,
    }


def policy_record(db: Database, vault: str, party: bytes) -> PolicyRecord:
    """The policy of one party; without a record its person is always asked."""
    record = records.current(db, vault, RecordKind.POLICY, party.hex())
    return PolicyRecord(party, is_interactive=True, limits=()) if record is None else read_policy(record)


def policy_of(db: Database, vault: str, party: bytes, *, shares_screen: bool) -> Policy:
    """The same, as ``policy.decide`` takes it."""
    record = policy_record(db, vault, party)
    return Policy(shares_screen=shares_screen, is_interactive=record.is_interactive, limits=record.limits)


def read_policy(record: Record) -> PolicyRecord:
    """The policy of a kept record."""
    return parse_policy(record.body)


def parse_policy(body: Any) -> PolicyRecord:  # noqa: ANN401 - from another agent
    """Read a record's body. Raises InvalidMessage."""
    match body:
        case {"party": str(party), "interactive": bool(interactive), "limits": list(limits), **rest} if (
            not rest and len(limits) <= MAX_LIMITS
        ):
            return PolicyRecord(_read_identity(party), interactive, tuple(map(_read_limit, limits)))
    raise InvalidMessage("This is not a policy's record.")


def _read_limit(value: Any) -> Limit:  # noqa: ANN401 - from another agent
    if not isinstance(value, dict) or set(value) != _LIMIT_FIELDS:
        raise InvalidMessage("This is not a limit.")
    needed = (value["site"], value["chain"], value["asset"], value["per_day"])
    narrow = (value["account"], value["contact"], value["act"])
    if not all(isinstance(item, str) and 0 < len(item) <= 512 for item in needed):
        raise InvalidMessage("This is not a limit.")
    if not all(item is None or (isinstance(item, str) and 0 < len(item) <= 128) for item in narrow):
        raise InvalidMessage("This is not a limit.")
    amount = value["per_day"]
    if not (amount.isascii() and amount.isdigit() and len(amount) <= 78 and str(int(amount)) == amount):
        raise InvalidMessage("A limit is a whole number of base units.")
    return Limit(**{**value, "per_day": int(amount)})


def _read_identity(text: str) -> bytes:
    try:
        identity = bytes.fromhex(text)
    except ValueError:
        identity = b""
    if len(identity) != 32 or identity.hex() != text:
        raise InvalidMessage("A party is named by its identity key.")
    return identity


def check_limit(networks: Networks, limit: Limit) -> Limit:
    """A limit whose words mean something here: chain and asset of our own registry, addresses in canonical spelling.

    Raises: UnknownChain, InvalidAddress, InvalidMessage(reason=asset)
    """
    chain = networks.chain(Caip2(limit.chain))
    family = family_of(chain)
    asset = limit.asset if limit.asset == _NATIVE else family.parse_address(chain, limit.asset)
    if asset != _NATIVE and asset not in chain.tokens:
        raise InvalidMessage(f"This computer's registry has no such token on {chain.name}.", reason="asset")
    return Limit(
        site=limit.site,
        chain=limit.chain,
        asset=asset,
        per_day=limit.per_day,
        account=None if limit.account is None else family.parse_address(chain, limit.account),
        contact=None if limit.contact is None else family.parse_address(chain, limit.contact),
        act=limit.act,
    )


def limit_in_words(networks: Networks, limit: Limit) -> str:
    """One line for people."""
    try:
        chain = networks.chain(Caip2(limit.chain))
    except WalletError:
        return f"{limit.site}: {limit.per_day} base units of {limit.asset} a day on {limit.chain}"
    coin = chain.native if limit.asset == _NATIVE else chain.tokens.get(limit.asset)
    amount = (
        f"{limit.per_day} base units of {limit.asset}" if coin is None else coin_amount(limit.per_day, coin.decimals)
    )
    symbol = "" if coin is None else f" {coin.symbol}"
    narrowed = [
        *([f"from {limit.account}"] if limit.account else []),
        *([f"to {limit.contact}"] if limit.contact else []),
        *([f"only {limit.act}"] if limit.act else []),
    ]
    return f"{limit.site}: up to {amount}{symbol} a day on {chain.name}" + "".join(f", {part}" for part in narrowed)


def coin_amount(amount: int, decimals: int) -> str:
    """Base units as a decimal number, exactly."""
    digits = str(amount).rjust(decimals + 1, "0")
    whole, rest = (digits[:-decimals], digits[-decimals:].rstrip("0")) if decimals else (digits, "")
    return f"{whole}.{rest}" if rest else whole
