"""``change_*``."""

from __future__ import annotations

from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.dispatch.views import clean
from counterfoil.protocol import change as wire
from counterfoil.protocol.model import Empty
from counterfoil.store import changes, vaults
from counterfoil.store.changes import Change, ChangeState
from counterfoil.wallet import administer, propose_change
from counterfoil.wallet.acts import ActName, act_of
from counterfoil.wallet.changes import agreeing_devices, passkey_of
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_words import place_in_words, portrait


@method("change_approve")
async def approve(params: wire.ApproveChangeParams, _client: Client, context: Context) -> wire.Outcome:
    """The home passkey was touched for an act of administration."""
    change = await administer.approve(context.wallet, params.step_id, params.response)
    done = change is None or change.state is ChangeState.KEPT
    return wire.Outcome(done=done, change=None if change is None else change_view(context.wallet, change))


@method("change_list")
async def list_all(_params: Empty, _client: Client, context: Context) -> wire.ChangeList:
    """What waits."""
    wallet = context.wallet
    return wire.ChangeList(changes=[change_view(wallet, change) for change in changes.waiting(wallet.db)])


@method("change_agree")
async def agree(params: wire.ChangeId, _client: Client, context: Context) -> wire.Change:
    """This device's person agrees to what another device asked for."""
    return change_view(context.wallet, propose_change.agree(context.wallet, params.change_id))


@method("change_cancel")
async def cancel(params: wire.ChangeId, _client: Client, context: Context) -> wire.Change:
    """Call it off, on every device."""
    return change_view(context.wallet, propose_change.cancel(context.wallet, params.change_id))


def change_view(wallet: Wallet, change: Change) -> wire.Change:
    """A change as people see it."""
    vault = vaults.get(wallet.db, change.vault)
    passkey = passkey_of(change)
    act = act_of(passkey)
    devices = agreeing_devices(vault, change)
    names = {party.index: party.name for party in vault.parties}
    waits = change.state is ChangeState.WAITING
    name = administer.shown_name(wallet, passkey)
    where = place_in_words(portrait(wallet, passkey).where)
    if act is ActName.ENROL_HOME:
        sentence = f"Let “{name}” ({where}) unlock {vault.name} and approve changes to it, as a home passkey."
    else:
        sentence = f"Remove the home passkey “{name}” ({where}) from {vault.name}."
    return wire.Change(
        change_id=change.id,
        act="enrol_home_passkey" if act is ActName.ENROL_HOME else "revoke_home_passkey",
        sentence=clean(sentence),
        asked_by=clean(names[change.initiator]),
        asked_here=change.initiator == vault.my_index,
        can_agree=waits and vault.my_index in devices and vault.my_index not in change.consents,
        agreed_by=[clean(names[index]) for index in sorted(change.consents)],
        waits_for=[clean(names[index]) for index in sorted(devices - change.consents.keys())] if waits else [],
        heard_at=change.heard_at,
        ready_at=change.ready_at,
        state=change.state.value,
    )
