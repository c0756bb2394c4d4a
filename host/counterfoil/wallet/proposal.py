"""What one party asks another to sign: bytes and their whole setting, as a value that crosses the link."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from counterfoil.chains.family import Kind
from counterfoil.codecs.canonical import Canonical
from counterfoil.codecs.strict_json import MAX_SAFE_INTEGER
from counterfoil.errors import InvalidMessage

_TEXTS = (
    "request_id",
    "vault",
    "chain",
    "account",
    "origin",
    "kind",
    "method",
    "unsigned",
    "fee_cap",
    "parent",
)
_NUMBERS = ("epoch", "expires_at")
_MAX_PATHS = 4
_MAX_TEXT = 400_000
_ID = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One request as its bytes stand. ``fee_cap`` in the chain's base units; ``expires_at`` unix seconds.

    ``paths``: those of the keys that sign, one a digest, in their order.
    ``parent``: the request whose slot this one takes over; empty for all but speed-ups and cancellations.
    """

    request_id: str
    vault: str
    epoch: int
    chain: str
    paths: tuple[str, ...]
    account: str
    origin: str
    kind: Kind
    method: str
    unsigned: bytes
    fee_cap: int
    expires_at: int
    parent: str = ""

    def with_bytes(self, unsigned: bytes) -> Proposal:
        """The same request with other bytes."""
        return replace(self, unsigned=unsigned)

    def terms(self) -> dict[str, Canonical]:
        """All but the bytes: what stays as it is from the first consent to the signature."""
        return {name: value for name, value in self.as_dict().items() if name != "unsigned"}

    def as_dict(self) -> dict[str, Canonical]:
        """Canonical data for the link."""
        return {
            "request_id": self.request_id,
            "vault": self.vault,
            "epoch": self.epoch,
            "chain": self.chain,
            "paths": list(self.paths),
            "account": self.account,
            "origin": self.origin,
            "kind": self.kind.value,
            "method": self.method,
            "unsigned": self.unsigned.hex(),
            "fee_cap": str(self.fee_cap),
            "expires_at": self.expires_at,
            "parent": self.parent,
        }


def parse_proposal(value: Any) -> Proposal:  # noqa: ANN401 - from another agent
    """Read a proposal of another party.

    Raises: InvalidMessage on any missing, extra or ill-formed field
    """
    if not isinstance(value, dict) or set(value) != {*_TEXTS, *_NUMBERS, "paths"}:
        raise InvalidMessage("This is not a proposal.")
    if not all(isinstance(value[name], str) and len(value[name]) <= _MAX_TEXT for name in _TEXTS):
        raise InvalidMessage("This is not a proposal.")
    paths = value["paths"]
    if not (isinstance(paths, list) and 1 <= len(paths) <= _MAX_PATHS and all(isinstance(p, str) for p in paths)):
        raise InvalidMessage("This is not a proposal.")
    if not all(type(value[name]) is int and 0 <= value[name] <= MAX_SAFE_INTEGER for name in _NUMBERS):
        raise InvalidMessage("This is not a proposal.")
    if not all(_ID.match(value[name]) for name in ("request_id", "vault")):
        raise InvalidMessage("Requests and vaults have ids of 16 bytes in hex.")
    if value["parent"] and not _ID.match(value["parent"]):
        raise InvalidMessage("A parent is a request.")
    cap: str = value["fee_cap"]
    if not (cap.isascii() and cap.isdigit() and len(cap) <= 78 and str(int(cap)) == cap):
        raise InvalidMessage("A fee cap is a whole number.")
    try:
        kind, unsigned = Kind(value["kind"]), bytes.fromhex(value["unsigned"])
    except ValueError:
        raise InvalidMessage("This is not a proposal.") from None
    if unsigned.hex() != value["unsigned"]:
        raise InvalidMessage("Bytes are written in lower-case hex.")
    texts = {name: value[name] for name in _TEXTS if name not in {"kind", "unsigned", "fee_cap"}}
    numbers = {name: value[name] for name in _NUMBERS}
    return Proposal(**texts, **numbers, paths=tuple(paths), kind=kind, unsigned=unsigned, fee_cap=int(cap))
