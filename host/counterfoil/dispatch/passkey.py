"""``passkey_*``."""

from __future__ import annotations

import json

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.secrets import others, own_ways, to_cosigner
from counterfoil.dispatch.table import method
from counterfoil.protocol import passkey as wire
from counterfoil.protocol.model import Empty
from counterfoil.store import passkey_counters, records, vaults
from counterfoil.store.records import RecordKind
from counterfoil.wallet import home, unlock
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.passkey_records import PasskeyRecord, read_passkey


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
    for vault in vaults.listed(wallet.db):
        for kind in (RecordKind.HOME_PASSKEY, RecordKind.SITE_PASSKEY):
            found += [
                passkey_view(wallet, read_passkey(record), record.version)
                for record in records.all_current(wallet.db, vault.id, kind)
            ]
    return wire.PasskeyList(passkeys=found)


def passkey_view(wallet: Wallet, passkey: PasskeyRecord, version: int) -> wire.Passkey:
    """A passkey as people see it."""
    return wire.Passkey(
        credential_id=encode_base64url(passkey.credential_id),
        role="home" if passkey.role == "home" else "site",
        origin=passkey.origin,
        name=passkey.name,
        synced=passkey.backed_up,
        can_unlock=passkey.can_unlock,
        created_at=passkey.created_at,
        last_used_at=passkey_counters.last_used(wallet.db, passkey.credential_id),
        record_version=version,
    )
