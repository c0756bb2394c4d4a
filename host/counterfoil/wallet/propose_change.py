"""A change of administration, from the device that asks: tell every party, wait for a person or a day, put it on record."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from counterfoil.errors import NotFound, StateConflict, WalletError
from counterfoil.store import changes, vaults
from counterfoil.store.changes import Change, ChangeState
from counterfoil.types import Party
from counterfoil.wallet.ask import ask
from counterfoil.wallet.changes import (
    GIVEN_UP_SECONDS,
    call_off,
    check_still_fits,
    consent_to,
    hold,
    keep,
    may_keep,
    note_consents,
)
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.enrol import Act, approved_record
from counterfoil.wallet.hear_change import read_look
from counterfoil.wallet.ports import Body
from counterfoil.wallet.record_wire import record_as_dict
from counterfoil.wallet.signers import other_agents

LOOK_SECONDS = 30
ANSWER_SECONDS = 20
_LOG = logging.getLogger(__name__)


async def propose(wallet: Wallet, act: Act, response: Mapping[str, Any]) -> Change:
    """The home passkey approved: every party hears of it. Where nobody else is to be asked it is kept at once.

    Raises: AssertionRefused, PartyUnavailable and what a party refuses with: then nothing waits anywhere
    """
    record, approver = approved_record(wallet, act, response)
    vault = vaults.get(wallet.db, act.content.vault)
    change = hold(wallet, record, initiator=vault.my_index, approver=approver)
    try:
        for party in act.others:
            body = {"record": record_as_dict(record)}
            await ask(wallet, party, "change_hear", body, expires_at=act.content.expires_at)
    except BaseException:
        cancel(wallet, change.id)
        raise
    return await complete(wallet, change.id)


async def complete(wallet: Wallet, change_id: str) -> Change:
    """Ask every party how it stands, and put it on record everywhere if its time has come.

    Raises: PartyUnavailable, InvalidMessage; the change waits on
    """
    async with wallet.decisions.lock(change_id):
        change = changes.get(wallet.db, change_id)
        if change.state is ChangeState.WAITING:
            await _complete(wallet, change)
    return changes.get(wallet.db, change_id)


async def _complete(wallet: Wallet, change: Change) -> None:
    left: list[Party] = []
    for party in other_agents(vaults.get(wallet.db, change.vault)):
        try:
            state, consent = read_look(await _ask(wallet, party, "change_look", {"change": change.id}))
        except NotFound:  # it never heard of it: this device stopped while it was telling
            state, consent = ChangeState.CANCELLED, None
        if state is ChangeState.CANCELLED:
            cancel(wallet, change.id)
            return
        if consent is not None:
            change = note_consents(wallet, change, {party.index: consent})
        if state is ChangeState.WAITING:
            left.append(party)
    if not may_keep(wallet, change):
        return
    consents = {str(index): signature.hex() for index, signature in change.consents.items()}
    body = {"change": change.id, "consents": consents}
    try:
        check_still_fits(wallet, change)
        for party in left:  # all of them first: nobody keeps what another one would not
            await _ask(wallet, party, "change_ready", body)
    except StateConflict as error:
        if error.word != "waits":
            cancel(wallet, change.id)
        return
    for party in left:
        await _ask(wallet, party, "change_keep", body)
    keep(wallet, change)


def agree(wallet: Wallet, change_id: str) -> Change:
    """The person at this device agrees to what another device asked for. Raises Locked, StateConflict, NotFound."""
    change = changes.get(wallet.db, change_id)
    vault = vaults.get(wallet.db, change.vault)
    if change.initiator == vault.my_index:
        raise StateConflict("This was asked for on this device: agree to it on another one.", reason="own_change")
    wallet.unlocked.key()
    signature = consent_to(wallet, change)
    change = changes.agree(wallet.db, change.id, vault.my_index, signature)
    asking = next(party for party in vault.parties if party.index == change.initiator)
    wallet.peers.tell(asking.identity, "change_agreed", {"change": change.id, "consent": signature.hex()})
    wallet.events.state_changed()
    return change


def cancel(wallet: Wallet, change_id: str) -> Change:
    """Call it off, here and everywhere: any party may. Raises NotFound, StateConflict where it was put on record."""
    change = changes.get(wallet.db, change_id)
    if change.state is ChangeState.KEPT:
        raise StateConflict("This was done already.", reason="change_over")
    call_off(wallet, change)
    for party in other_agents(vaults.get(wallet.db, change.vault)):
        wallet.peers.tell(party.identity, "change_off", {"change": change.id})
    return changes.get(wallet.db, change_id)


class Rounds:
    """Looks after waiting changes: at once when somebody agreed, else every half minute; gives up after a week."""

    def __init__(self) -> None:
        self._looked: dict[tuple[str, int], int] = {}

    async def look_once(self, wallet: Wallet) -> None:
        """One round."""
        for change in changes.waiting(wallet.db):
            if wallet.now() >= change.heard_at + GIVEN_UP_SECONDS:
                call_off(wallet, change)
            elif change.initiator == vaults.get(wallet.db, change.vault).my_index and self._is_due(wallet, change):
                try:
                    await complete(wallet, change.id)
                except WalletError as error:
                    _LOG.info("change %s: %s", change.id, error.word)

    def _is_due(self, wallet: Wallet, change: Change) -> bool:
        key, now = (change.id, len(change.consents)), wallet.now()
        if now - self._looked.get(key, 0) < LOOK_SECONDS:
            return False
        self._looked[key] = now
        return True


async def _ask(wallet: Wallet, party: Party, kind: str, body: Body) -> Body:
    return await ask(wallet, party, kind, body, expires_at=wallet.now() + ANSWER_SECONDS)
