"""Who signs: this party and as many others as the threshold takes."""

from __future__ import annotations

from counterfoil.errors import PartyUnavailable, Poisoned
from counterfoil.store import poison
from counterfoil.store.vaults import Vault
from counterfoil.types import Party, PartyKind
from counterfoil.wallet.context import Wallet


def me(vault: Vault) -> Party:
    """This agent's own party."""
    return next(party for party in vault.parties if party.index == vault.my_index)


def other_agents(vault: Vault) -> tuple[Party, ...]:
    """The parties that can be asked and that keep records: every agent but this one."""
    return tuple(p for p in vault.parties if p.index != vault.my_index and p.kind is not PartyKind.RECOVERY_FILE)


def choose_helpers(wallet: Wallet, vault: Vault) -> tuple[Party, ...]:
    """The other parties to sign with, those at hand first, never one in quarantine.

    Raises: Poisoned when quarantine leaves too few, PartyUnavailable when there never were enough
    """
    marked = poison.marked(wallet.db, vault.id, vault.epoch)
    able = [
        party
        for party in vault.parties
        if party.index in vault.ot_parties
        and party.index != vault.my_index
        and party.kind is not PartyKind.RECOVERY_FILE
    ]
    clean = [party for party in able if party.index not in marked]
    needed = vault.threshold - 1
    if len(clean) < needed:
        if len(able) >= needed:
            raise Poisoned(culprits=sorted(marked))
        raise PartyUnavailable("There are not enough devices that can sign.")
    clean.sort(key=lambda party: (not wallet.peers.is_near(party.identity), party.index))
    return tuple(clean[:needed])
