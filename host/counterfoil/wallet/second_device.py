"""A real second device takes the co-signer's place: who shares the key from then on.   DESIGN §3"""

from __future__ import annotations

from dataclasses import replace

from counterfoil.errors import StateConflict
from counterfoil.store.peers import Peer
from counterfoil.store.vaults import Vault
from counterfoil.types import Party, PartyKind
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.device_name import device_name
from counterfoil.wallet.reshare_plan import Plan, plan_change
from counterfoil.wallet.signers import me


def plan_second_device(wallet: Wallet, vault: Vault, peer: Peer, own_name: str) -> Plan:
    """The same parties, with ``peer`` where the co-signer was; "this computer" gets a name that means something elsewhere.

    Raises: StateConflict(reason=no_cosigner|party_set), PartyUnavailable, InvalidMessage
    """
    if not any(party.kind is PartyKind.COSIGNER for party in vault.parties):
        raise StateConflict("This vault has no co-signer whose place a device could take.", reason="no_cosigner")
    if any(party.identity == peer.identity for party in vault.parties):
        raise StateConflict("This device shares the vault already.", reason="party_set")
    mine = me(vault).index
    parties = []
    for party in vault.parties:
        if party.kind is PartyKind.COSIGNER:
            parties.append(Party(party.index, peer.name, PartyKind.DEVICE, peer.identity))
        elif party.index == mine:
            parties.append(replace(party, name=device_name(wallet.db, own_name)))
        else:
            parties.append(party)
    return plan_change(wallet, vault, parties, vault.threshold)


def has_cosigner(vault: Vault) -> bool:
    """Whether two of its parties are one computer."""
    return any(party.kind is PartyKind.COSIGNER for party in vault.parties)
