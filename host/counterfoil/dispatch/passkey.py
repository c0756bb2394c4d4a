"""``passkey_*``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.secrets import others, own_ways, to_cosigner
from counterfoil.dispatch.table import method
from counterfoil.protocol import passkey as wire
from counterfoil.protocol.change import AdminStep
from counterfoil.protocol.model import Empty
from counterfoil.store import passkey_counters, records
from counterfoil.wallet import administer, home, unlock
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import PasskeyRecord, safes_owned
from counterfoil.wallet.passkey_words import portrait


@method("passkey_beginHome")
async def begin_home(_params: Empty, client: Client, context: Context) -> wire.CreationOptions:
    """Options for the page; the co-signer starts meanwhile, it will be needed next."""
    creation = home.begin(context.wallet, client.caller.removesuffix("/"))
    if context.cosigner is not None and not context.cosigner.is_retired:
        await context.cosigner.call("agent_state", {})
    return wire.CreationOptions(ceremony_id=creation.ceremony_id, options_json=json.dumps(creation.options))


@method("passkey_finishHome")
async def finish_home(params: wire.FinishHomeParams, _client: Client, context: Context) -> wire.Passkey:
    """The passkey is verified first, then its key slots are made."""
    can_unlock = any(slot.kind == "prf" for slot in params.slots)
    record = await home.finish(context.wallet, params.ceremony_id, params.response, params.name, can_unlock=can_unlock)
    if params.slots:
        await add_slots(wire.AddSlotsParams(slots=params.slots), _client, context)
    return passkey_view(context.wallet, record, 0)


@method("passkey_addSlots")
async def add_slots(params: wire.AddSlotsParams, _client: Client, context: Context) -> Empty:
    """Key slots for this agent, and for the co-signer."""
    ways = own_ways(context, params.slots)
    if ways:
        await unlock.add_slots(context.wallet, ways)
    rest = others(params.slots)
    if rest:
        await to_cosigner(context, "passkey_addSlots", {"slots": rest})
    return Empty()


@method("passkey_list")
async def list_all(_params: Empty, _client: Client, context: Context) -> wire.PasskeyList:
    """Home passkeys first."""
    wallet = context.wallet
    found = [passkey_view(wallet, record, 0) for record in home.waiting(wallet)]
    for vault, passkey in administer.on_record(wallet):
        record = records.current(wallet.db, vault.id, passkey.kind, passkey.subject)
        safes = safes_owned(wallet.db, vault.id, passkey.credential_id)
        found.append(passkey_view(wallet, passkey, 0 if record is None else record.version, safes))
    return wire.PasskeyList(passkeys=found)


@method("passkey_addHome")
async def add_home(params: wire.AddHomeParams, _client: Client, context: Context) -> AdminStep:
    """Another home passkey was made in the wallet's page."""
    step = await administer.add_home(
        context.wallet, params.ceremony_id, params.response, params.name, can_unlock=params.can_unlock
    )
    return admin_step(step)


@method("passkey_remove")
async def remove(params: wire.PasskeyId, _client: Client, context: Context) -> AdminStep:
    """A passkey is to be taken off the record."""
    return admin_step(await administer.remove(context.wallet, parse_base64url(params.credential_id)))


@method("passkey_rename")
async def rename(params: wire.RenameParams, _client: Client, context: Context) -> Empty:
    """A name for this computer."""
    administer.rename(context.wallet, parse_base64url(params.credential_id), params.name)
    return Empty()


@method("passkey_slotOptions")
async def slot_options(params: wire.PasskeyId, _client: Client, context: Context) -> wire.SlotOptions:
    """How a passkey on record comes to unlock this computer too."""
    _, passkey = administer.find(context.wallet, parse_base64url(params.credential_id))
    return wire.SlotOptions(request_options_json=json.dumps(home.slot_options(context.wallet, passkey)))


def admin_step(step: administer.AdminStep) -> AdminStep:
    """A step on the wire."""
    return AdminStep(
        step_id=step.step_id, options_json=json.dumps(step.options), why=step.why, needs_person=step.needs_person
    )


def passkey_view(wallet: Wallet, passkey: PasskeyRecord, version: int, safes: Sequence[str] = ()) -> wire.Passkey:
    """A passkey as people see it."""
    seen = portrait(wallet, passkey)
    is_home = passkey.role == "home"
    return wire.Passkey(
        credential_id=encode_base64url(passkey.credential_id),
        role="home" if is_home else "site",
        origin=passkey.origin,
        name=administer.shown_name(wallet, passkey),
        place=seen.where.place.value,
        maker=seen.where.maker,
        uses=[
            wire.PasskeyUse(kind="home" if is_home else "site", name="Counterfoil" if is_home else passkey.origin),
            *(wire.PasskeyUse(kind="safe", name=address) for address in safes),
        ],
        may=list(seen.may),
        advice=seen.advice,
        can_unlock=passkey.can_unlock,
        unlocks_here=seen.unlocks_here,
        created_at=passkey.created_at,
        last_used_at=passkey_counters.last_used(wallet.db, passkey.credential_id),
        record_version=version,
    )
