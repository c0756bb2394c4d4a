"""Acts of administration as requests: what is to be changed, in words, for every party's person.   DESIGN §6

An act takes the home passkey and, on every other device of the vault, its person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from counterfoil.chains.family import Finding, Level, Summary
from counterfoil.codecs.canonical import Canonical, encode_canonical
from counterfoil.codecs.strict_json import MAX_SAFE_INTEGER
from counterfoil.errors import InvalidMessage, NotFound, StateConflict
from counterfoil.store import records, vaults
from counterfoil.store.vaults import Vault
from counterfoil.types import Party
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.policy_records import PolicyRecord, limit_in_words, parse_policy

ADMINISTRATION = "administration"
SET_POLICY = "set_policy"
MAX_ACT_BYTES = 100_000
_ID = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True)
class Act:
    """One act of one vault, asked for on one device."""

    request_id: str
    vault: str
    epoch: int
    name: str
    parameters: Canonical
    origin: str
    expires_at: int

    def as_dict(self) -> dict[str, Canonical]:
        """Canonical data for the link."""
        return {
            "request_id": self.request_id,
            "vault": self.vault,
            "epoch": self.epoch,
            "act": self.name,
            "parameters": self.parameters,
            "origin": self.origin,
            "expires_at": self.expires_at,
        }


def parse_act(value: Any) -> Act:  # noqa: ANN401 - from another agent
    """Raises InvalidMessage."""
    match value:
        case {
            "request_id": str(request_id),
            "vault": str(vault),
            "epoch": int(epoch),
            "act": str(name),
            "parameters": dict(parameters),
            "origin": str(origin),
            "expires_at": int(expires_at),
            **rest,
        } if not rest and type(epoch) is type(expires_at) is int:
            fits = 0 < len(origin) <= 512 and len(encode_canonical(parameters)) <= MAX_ACT_BYTES
            numbers_fit = 0 <= epoch <= MAX_SAFE_INTEGER and 0 <= expires_at <= MAX_SAFE_INTEGER
            if fits and numbers_fit and _ID.match(request_id) and _ID.match(vault):
                return Act(request_id, vault, epoch, name, parameters, origin, expires_at)
    raise InvalidMessage("This is not an act of administration.")


def policy_act(vault: Vault, record: PolicyRecord, version: int, *, request_id: str, origin: str, until: int) -> Act:
    """Set what one party lends its share to unasked."""
    parameters: Canonical = {"policy": record.as_dict(), "version": version}
    return Act(request_id, vault.id, vault.epoch, SET_POLICY, parameters, origin, until)


def read_policy_act(wallet: Wallet, act: Act) -> tuple[PolicyRecord, int]:
    """The policy that an act sets and its version, the next one as this party knows it.

    Raises: InvalidMessage, NotFound, StateConflict(reason=epoch|version)
    """
    vault = vaults.get(wallet.db, act.vault)
    if vault.epoch != act.epoch:
        raise StateConflict("The vault's keys were renewed meanwhile.", reason="epoch")
    match act.name, act.parameters:
        case "set_policy", {"policy": dict(body), "version": int(version), **rest} if not rest:
            record = parse_policy(body)
        case _:
            raise InvalidMessage("This act is not known.", reason="act")
    party_with(vault, record.party)
    known = records.current(wallet.db, vault.id, record.kind, record.subject)
    if version != 1 + (0 if known is None else known.version):
        raise StateConflict("The policy was changed meanwhile.", reason="version")
    return record, version


def describe(wallet: Wallet, act: Act) -> Summary:
    """What an act does, for this party's person. Raises as ``read_policy_act``."""
    record, _ = read_policy_act(wallet, act)
    party = party_with(vaults.get(wallet.db, act.vault), record.party)
    findings: tuple[Finding, ...] = ()
    sentence = f"Have {party.name} ask its person every time"
    if not record.is_interactive:
        sentence = f"Let {party.name} help to sign unasked, within limits"
        findings = (
            Finding(
                "unattended",
                Level.CAUTION,
                f"Within these limits nobody is asked on {party.name}.",
                "Whoever takes over the other device and a touch of your passkey can move that much a day.",
                "Keep the limits as low as you can live with.",
            ),
        )
    lines = [("Limit", limit_in_words(wallet.networks, limit)) for limit in record.limits]
    return Summary(
        act=act.name,
        sentence=sentence,
        changes=(),
        to=None,
        fee_cap=0,
        priced=False,
        details=(("Party", f"{party.name} (number {party.index})"), *lines),
        findings=findings,
    )


def party_with(vault: Vault, identity: bytes) -> Party:
    """The party with this identity key. Raises NotFound."""
    for party in vault.parties:
        if party.identity == identity:
            return party
    raise NotFound("There is no such party in that vault.")
