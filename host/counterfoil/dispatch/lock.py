"""``seal_*`` and ``lock_*``."""

from __future__ import annotations

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.secrets import others, own_ways, to_cosigner
from counterfoil.dispatch.table import method
from counterfoil.errors import PartyUnavailable
from counterfoil.protocol import lock as wire
from counterfoil.protocol.model import Empty
from counterfoil.store import key_slots, vaults
from counterfoil.store.slot_wrap import SlotKind
from counterfoil.wallet import home, unlock
from counterfoil.wallet.second_device import has_cosigner


@method("seal_open")
async def seal_open(params: wire.SealOpenParams, _client: Client, context: Context) -> wire.SealOpenResult:
    """Fresh keys, each of the recipient itself."""
    keys = []
    for recipient in params.recipients[:8]:
        if recipient == "agent":
            session_id, public_key = context.seals.new(context.wallet)
            keys.append(wire.SealKey(recipient="agent", session_id=session_id, public_key=encode_base64url(public_key)))
        else:
            answer = await to_cosigner(context, "seal_open", {"recipients": ["agent"]})
            keys.append(wire.SealKey.model_validate({**answer["keys"][0], "recipient": "cosigner"}))
    return wire.SealOpenResult(keys=keys)


@method("lock_options")
async def options(_params: Empty, _client: Client, context: Context) -> wire.LockOptions:
    """How this wallet is unlocked."""
    slots = key_slots.slots(context.wallet.db)
    return wire.LockOptions(
        request_options_json=home.unlock_options(context.wallet),
        passphrase=any(slot.kind is SlotKind.PASSPHRASE for slot in slots),
        cosigner=context.cosigner is not None and context.cosigner.is_set_up,
    )


@method("lock_unlock")
async def unlock_all(params: wire.UnlockParams, _client: Client, context: Context) -> wire.LockState:
    """Open this agent's share, and hand the co-signer what opens its own."""
    for way in own_ways(context, params.secrets):
        await unlock.unlock(context.wallet, way)
    for secret in others(params.secrets):
        await to_cosigner(context, "lock_unlock", {"secrets": [secret]})
    return await lock_state(Empty(), _client, context)


@method("lock_lock")
async def lock_all(_params: Empty, client: Client, context: Context) -> wire.LockState:
    """Forget every key on this computer."""
    unlock.lock(context.wallet)
    if context.cosigner is not None and context.cosigner.state == "running":
        await context.cosigner.call("lock_lock", {})
    return await lock_state(Empty(), client, context)


@method("lock_state")
async def lock_state(_params: Empty, _client: Client, context: Context) -> wire.LockState:
    """Who has its share at hand."""
    unlocked = context.wallet.unlocked
    return wire.LockState(
        agent_unlocked=unlocked.is_unlocked,
        cosigner_unlocked=await _cosigner_unlocked(context),
        idle_lock_at=unlocked.idle_lock_at,
    )


async def _cosigner_unlocked(context: Context) -> bool:
    """Where a device took its place, or never was one, there is nothing to unlock."""
    known = vaults.listed(context.wallet.db)
    if known and not any(has_cosigner(vault) for vault in known):
        return True
    if context.cosigner is None or context.cosigner.state != "running":
        return False
    try:
        return bool((await context.cosigner.call("lock_state", {}))["agent_unlocked"])
    except PartyUnavailable:
        return False
