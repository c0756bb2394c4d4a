"""The second phase: with all acknowledgements, from the old parties to the new ones, and the old share goes.   DESIGN §8

Whoever has committed answers so to everyone who asks, so that all converge after a crash at any point.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Any

from counterfoil.errors import InvalidMessage, NotFound, NotPermitted, StateConflict, WalletError
from counterfoil.store import log, reshares, settings, vaults
from counterfoil.store.reshares import COMMITTED, PREPARED, Reshare
from counterfoil.store.vaults import Vault
from counterfoil.types import Party, PartyKind
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.create import RECOVERY_PREFIX
from counterfoil.wallet.reshare_acks import acks_as_dict, read_acks, sign_ack, verify_acks
from counterfoil.wallet.reshare_facts import keep_facts
from counterfoil.wallet.witness import start_afresh

UNKNOWN = "unknown"
"""Said only by an agent that still is at the epoch before: what it did not commit, nobody did."""


async def commit(wallet: Wallet, vault_id: str) -> Vault:
    """This agent holds every acknowledgement: it switches, and tells the others; those that do not hear it now are told
    later. Raises StateConflict(reason=unacknowledged)."""
    change = reshares.find(wallet.db, vault_id)
    if change is None or change.missing:
        raise StateConflict("Not every new party has its share yet.", reason="unacknowledged")
    _switch(wallet, change)
    settings.remove(wallet.db, RECOVERY_PREFIX + vault_id)
    await tell(wallet, vault_id)
    return vaults.get(wallet.db, vault_id)


async def tell(wallet: Wallet, vault_id: str) -> None:
    """Tell every other agent of a committed change that has not answered yet and can be reached."""
    change = reshares.find(wallet.db, vault_id)
    if change is None or change.state != COMMITTED or change.hub != wallet.identity.public:
        return
    body = {"vault": change.vault, "epoch": change.epoch, "acks": acks_as_dict(change.acks)}
    for identity in agents_to_tell(change):
        if wallet.peers.is_near(identity):
            with contextlib.suppress(WalletError):
                await wallet.peers.call(identity, "reshare_commit", body)
                reshares.note_told(wallet.db, change.vault, change.epoch, identity)


def agents_to_tell(change: Reshare) -> list[bytes]:
    """Those that have not answered yet."""
    agents = change.facts.get("agents", []) if isinstance(change.facts, dict) else []
    return [bytes.fromhex(agent) for agent in agents if agent not in change.told]


async def forget(wallet: Wallet, vault_id: str, epoch: int, parties: Iterable[Party]) -> None:
    """It did not come about: here, and where it was prepared. Nothing is forgotten that was committed."""
    with contextlib.suppress(StateConflict):
        reshares.forget(wallet.db, vault_id, epoch)
    change = reshares.find(wallet.db, vault_id)
    if change is not None and change.epoch == epoch:
        return
    for party in parties:
        if party.kind is not PartyKind.RECOVERY_FILE and party.identity != wallet.identity.public:
            wallet.peers.tell(party.identity, "reshare_forget", {"vault": vault_id, "epoch": epoch})


# ── what the other parties are asked ──────────────────────────────────────────────────────────────


def acknowledge(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """This party's new share is on its disk. Raises NotFound, NotPermitted."""
    change = _of_hub(wallet, sender, body)
    if change.my_index is None:
        raise NotPermitted("This device gets no share.")
    return {"ack": sign_ack(wallet.identity, change.vault, change.epoch, change.context_hash).hex()}


def accept_commit(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """All new parties acknowledged, by their own signatures: switch. Raises NotFound, NotPermitted, InvalidMessage."""
    change = _of_hub(wallet, sender, body)
    _take_acks(wallet, change, read_acks(body.get("acks")))


def accept_forget(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> None:
    """The hub gave it up. Raises NotFound, NotPermitted, StateConflict once it is committed here."""
    change = _of_hub(wallet, sender, body)
    if change.state == PREPARED:
        reshares.forget(wallet.db, change.vault, change.epoch)


def status(wallet: Wallet, _sender: bytes, body: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a change, for a party that prepared it. Raises InvalidMessage."""
    vault, epoch = _which(body)
    change = reshares.find(wallet.db, vault)
    if change is not None and change.epoch == epoch:
        return {"state": change.state, "acks": acks_as_dict(change.acks) if change.state == COMMITTED else {}}
    known = next((known for known in vaults.listed(wallet.db) if known.id == vault), None)
    is_open = vault in wallet.resharing or known is None or known.epoch >= epoch
    return {"state": PREPARED if is_open else UNKNOWN, "acks": {}}


# ── after a crash, and whenever a link stands again ───────────────────────────────────────────────


def resume(wallet: Wallet) -> None:
    """At a start. What this agent had not gathered all acknowledgements for can't go on; all else converges."""
    for change in reshares.listed(wallet.db):
        if change.state == COMMITTED:
            reshares.delete_old_shares(wallet.db, change.vault)
        elif change.hub == wallet.identity.public and _agents_missing(change):
            reshares.forget(wallet.db, change.vault, change.epoch)
            log.append(wallet.db, "reshare_failed", {"vault": change.vault, "reason": "restarted"}, wallet.now())


async def converge(wallet: Wallet) -> None:
    """Finish what was cut off: the hub commits and tells, the others ask the hub. Does nothing where all is done."""
    for change in reshares.listed(wallet.db):
        if change.vault in wallet.resharing:
            continue
        if change.hub != wallet.identity.public:
            if change.state == PREPARED and wallet.peers.is_near(change.hub):
                with contextlib.suppress(WalletError):
                    await _ask_hub(wallet, change)
        elif change.state == PREPARED and not change.missing:
            await commit(wallet, change.vault)
        elif change.state == COMMITTED:
            await tell(wallet, change.vault)


async def _ask_hub(wallet: Wallet, change: Reshare) -> None:
    body = {"vault": change.vault, "epoch": change.epoch}
    answer = await wallet.peers.call(change.hub, "reshare_status", body)
    if answer.get("state") == COMMITTED:
        _take_acks(wallet, change, read_acks(answer.get("acks")))
    elif answer.get("state") == UNKNOWN:
        with contextlib.suppress(StateConflict):
            reshares.forget(wallet.db, change.vault, change.epoch)


def _take_acks(wallet: Wallet, change: Reshare, acks: Mapping[int, bytes]) -> None:
    if change.state == COMMITTED:
        reshares.delete_old_shares(wallet.db, change.vault)
        return
    verify_acks(change, acks)
    if set(acks) != {party.index for party in change.parties}:
        raise InvalidMessage("Not every new party has acknowledged.", reason="ack")
    reshares.keep_acks(wallet.db, change.vault, change.epoch, acks)
    _switch(wallet, change)


def _switch(wallet: Wallet, change: Reshare) -> None:
    """One transaction: vault, parties, share and log. Only behind it the old share goes."""
    if change.state == PREPARED:
        with wallet.db.durable():
            reshares.switch(wallet.db, change.vault, change.epoch, wallet.now())
            if change.my_index is not None and change.hub != wallet.identity.public and change.facts is not None:
                keep_facts(wallet, vaults.get(wallet.db, change.vault), change.facts)
            start_afresh(wallet, tuple(party.identity for party in change.parties))
            kind = "vault_left" if change.my_index is None else "vault_reshared"
            log.append(wallet.db, kind, {"vault": change.vault, "epoch": change.epoch}, wallet.now())
    reshares.delete_old_shares(wallet.db, change.vault)
    wallet.events.state_changed()


def _agents_missing(change: Reshare) -> bool:
    agents = {party.index for party in change.parties if party.kind is not PartyKind.RECOVERY_FILE}
    return bool(agents & change.missing)


def _of_hub(wallet: Wallet, sender: bytes, body: Mapping[str, Any]) -> Reshare:
    vault, epoch = _which(body)
    change = reshares.find(wallet.db, vault)
    if change is None or change.epoch != epoch:
        raise NotFound("There is no such change here.")
    if change.hub != sender:
        raise NotPermitted("Another device asked for this change.")
    return change


def _which(body: Mapping[str, Any]) -> tuple[str, int]:
    match body.get("vault"), body.get("epoch"):
        case str(vault), int(epoch) if type(epoch) is int:
            return vault, epoch
    raise InvalidMessage("It is not said which change is meant.", reason="reshare")
