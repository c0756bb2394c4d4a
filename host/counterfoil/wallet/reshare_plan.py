"""What a change of a vault's parties is: who deals, who shares the key from then on, how many sign.   DESIGN §3, §6"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.codecs.canonical import Canonical
from counterfoil.errors import InvalidMessage, PartyUnavailable, StateConflict
from counterfoil.store import settings
from counterfoil.store.vaults import Vault
from counterfoil.threshold.dkls.reshare.roster import MAX_EPOCHS_AHEAD
from counterfoil.types import Party, PartyKind
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.parties import parse_party, party_as_dict
from counterfoil.wallet.signers import me

RESHARE = "reshare"
TRIED = "reshare_epoch_tried/"
NO_IDENTITY = bytes(32)
"""A recovery file's, until the ceremony makes one for it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``dealers`` have their old numbers, ``parties`` the new ones, 1 to n; who is in both has the same identity key."""

    vault: str
    epoch: int
    threshold: int
    dealers: tuple[Party, ...]
    parties: tuple[Party, ...]

    def as_dict(self) -> dict[str, Canonical]:
        """What the home passkey approves and what every party checks."""
        return {
            "vault": self.vault,
            "epoch": self.epoch,
            "threshold": self.threshold,
            "dealers": [party_as_dict(party) for party in self.dealers],
            "parties": [party_as_dict(party) for party in self.parties],
        }

    def agents(self) -> tuple[Party, ...]:
        """Everyone that takes part and can be asked, by seat."""
        return tuple(p for p in seats_of(self.dealers, self.parties) if p.kind is not PartyKind.RECOVERY_FILE)

    def seat_of(self, identity: bytes) -> Party:
        """Raises InvalidMessage for a stranger."""
        for party in self.agents():
            if party.identity == identity:
                return party
        raise InvalidMessage("This device takes no part in the change.", reason="party_set")

    def ot_parties(self) -> tuple[int, ...]:
        """New numbers of those that will sign."""
        return tuple(p.index for p in self.parties if p.kind is not PartyKind.RECOVERY_FILE)


def seats_of(dealers: Sequence[Party], parties: Sequence[Party]) -> tuple[Party, ...]:
    """Everyone by their number in the ceremony: new parties have their new ones, dealers that leave come behind them."""
    staying = {party.identity for party in parties}
    leaving = [party for party in dealers if party.identity not in staying]
    return (*parties, *(replace(party, index=len(parties) + k) for k, party in enumerate(leaving, start=1)))


def dealing_seats(dealers: Sequence[Party], parties: Sequence[Party]) -> dict[int, int]:
    """Seat → old number, of each dealer."""
    seats = {party.identity: party.index for party in seats_of(dealers, parties)}
    return {seats[dealer.identity]: dealer.index for dealer in dealers}


def reshare_job(dealers: Sequence[Party], parties: Sequence[Party], old: bytes, share: bytes | None) -> dict[str, Any]:
    """What the worker of one party gets; ``share`` is the old one of a dealer."""
    return {
        "kind": RESHARE,
        "old": encode_base64url(old),
        "dealers": {str(seat): index for seat, index in dealing_seats(dealers, parties).items()},
        "members": len(parties),
        "ot_parties": [party.index for party in parties if party.kind is not PartyKind.RECOVERY_FILE],
        "share": None if share is None else encode_base64url(share),
        "recovery": None,
    }


def plan_refresh(wallet: Wallet, vault: Vault) -> Plan:
    """The same parties with new shares. Raises PartyUnavailable."""
    return plan_change(wallet, vault, vault.parties, vault.threshold)


def plan_change(wallet: Wallet, vault: Vault, parties: Sequence[Party], threshold: int) -> Plan:
    """From the vault's parties to ``parties``, in this order; their numbers are given anew.

    In:     a recovery file is always a new one: a changed set leaves no old share good
    Raises: InvalidMessage for a set that can't be, PartyUnavailable where too few can deal, StateConflict
    """
    numbered = tuple(
        replace(party, index=index, identity=_fresh(party)) for index, party in enumerate(parties, start=1)
    )
    plan = Plan(vault.id, _next_epoch(wallet, vault), threshold, _dealers(wallet, vault), numbered)
    check_plan(plan, vault)
    if wallet.identity.public not in {party.identity for party in numbered}:
        raise StateConflict("The device that changes the parties stays one of them.", reason="party_set")
    return plan


def check_plan(plan: Plan, vault: Vault) -> None:
    """What can be told of a plan by a party of the vault. Raises InvalidMessage, StateConflict."""
    check_set(plan)
    if plan.vault != vault.id or not vault.epoch < plan.epoch <= vault.epoch + MAX_EPOCHS_AHEAD:
        raise StateConflict("The change is not for this vault as it stands.", reason="epoch")
    if len(plan.dealers) != vault.threshold or not set(plan.dealers) <= set(vault.parties):
        raise StateConflict("The change is not dealt by parties of this vault.", reason="dealers")


def check_set(plan: Plan) -> None:
    """The new set by itself. Raises InvalidMessage."""
    count, agents = len(plan.parties), [p for p in plan.parties if p.kind is not PartyKind.RECOVERY_FILE]
    identities = [party.identity for party in agents]
    if not 2 <= plan.threshold <= count <= 16 or 2 * plan.threshold <= count:
        raise InvalidMessage("So many parties can't share a key this way.", reason="threshold")
    if [party.index for party in plan.parties] != list(range(1, count + 1)) or len(set(identities)) != len(identities):
        raise InvalidMessage("Parties are listed once each, numbered from 1.", reason="party_set")
    if len(agents) < plan.threshold or count - len(agents) > 1:
        raise InvalidMessage("Fewer devices could sign than are needed.", reason="party_set")
    if any(party.identity != NO_IDENTITY for party in plan.parties if party.kind is PartyKind.RECOVERY_FILE):
        raise InvalidMessage("A recovery file is made anew.", reason="party_set")
    dealers = [party.index for party in plan.dealers]
    if dealers != sorted(set(dealers)) or len({p.identity for p in plan.dealers}) != len(dealers):
        raise InvalidMessage("Dealers are listed once each, by number.", reason="dealers")
    if any(party.kind is PartyKind.RECOVERY_FILE for party in plan.dealers):
        raise InvalidMessage("A recovery file does not deal.", reason="dealers")


def parse_plan(value: object) -> Plan:
    """From another agent. Raises InvalidMessage."""
    match value:
        case {"vault": str(vault), "epoch": int(epoch), "threshold": int(threshold), "dealers": list(dealers),
              "parties": list(parties), **rest} if not rest and type(epoch) is type(threshold) is int:  # fmt: skip
            plan = Plan(vault, epoch, threshold, tuple(map(parse_party, dealers)), tuple(map(parse_party, parties)))
            check_set(plan)
            return plan
    raise InvalidMessage("The change of parties can't be read.", reason="plan")


def _next_epoch(wallet: Wallet, vault: Vault) -> int:
    """One that no attempt has used: what an attempt marked as poisoned stays so."""
    tried = settings.get(wallet.db, TRIED + vault.id, 0)
    return 1 + max(vault.epoch, tried if type(tried) is int else 0)


def _dealers(wallet: Wallet, vault: Vault) -> tuple[Party, ...]:
    """This party and as many others as sign, those at hand first. Quarantine is no matter: nothing of the old
    oblivious transfer is used, and the new one is made afresh."""
    mine = me(vault)
    others = [p for p in vault.parties if p.index != mine.index and p.kind is not PartyKind.RECOVERY_FILE]
    others.sort(key=lambda party: (not wallet.peers.is_near(party.identity), party.index))
    if len(others) < vault.threshold - 1:
        raise PartyUnavailable("There are not enough devices that can deal.")
    return tuple(sorted((mine, *others[: vault.threshold - 1]), key=lambda party: party.index))


def _fresh(party: Party) -> bytes:
    return NO_IDENTITY if party.kind is PartyKind.RECOVERY_FILE else party.identity
