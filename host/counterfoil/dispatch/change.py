"""``change_*``."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence

from counterfoil.codecs.base64url import parse_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.secrets import open_passphrase
from counterfoil.dispatch.table import method
from counterfoil.dispatch.views import vault_view
from counterfoil.protocol import change as wire
from counterfoil.protocol.vault import PartyView, Vault
from counterfoil.store import peers, vaults
from counterfoil.wallet import reshare
from counterfoil.wallet.decisions import Decision
from counterfoil.wallet.home import home_request_options
from counterfoil.wallet.ports import PartyState
from counterfoil.wallet.reshare_approval import Change
from counterfoil.wallet.reshare_plan import plan_refresh
from counterfoil.wallet.resync import resync
from counterfoil.wallet.second_device import plan_second_device

STEP = "change_parties"
LIFE_SECONDS = 10 * 60


@method("change_begin")
async def begin(params: wire.BeginParams, _client: Client, context: Context) -> wire.ChangeView:
    """Ask the old parties that take part; nothing changes yet."""
    wallet = context.wallet
    vault = vaults.get(wallet.db, params.vault_id)
    if params.device is None:
        await resync(wallet, vault)
        plan = plan_refresh(wallet, vault)
    else:
        peer = peers.get(wallet.db, parse_base64url(params.device))
        plan = plan_second_device(wallet, vault, peer, platform.node())
    change = await reshare.begin(wallet, plan, expires_at=wallet.now() + LIFE_SECONDS)
    change_id = wallet.rng(16).hex()
    challenge = change.content.challenge()
    wallet.decisions.put(change_id, Decision(STEP, challenge, {"change": change}))
    options = home_request_options(wallet, vault.id, challenge, LIFE_SECONDS * 1000) if change.needs_passkey else None
    before, after = ({party.identity: party.name for party in parties} for parties in (vault.parties, plan.parties))
    return wire.ChangeView(
        change_id=change_id,
        options_json=None if options is None else json.dumps(options),
        leaves=next((n for i, n in before.items() if i not in after and i in {p.identity for p in plan.dealers}), None),
        comes=next((name for identity, name in after.items() if identity not in before and any(identity)), None),
        parties=[
            PartyView(
                index=party.index,
                name=party.name,
                kind=party.kind.value,
                is_this=party.identity == wallet.identity.public,
                poisoned=False,
            )
            for party in plan.parties
        ],
    )


@method("change_carryOut")
async def carry_out(params: wire.CarryOutParams, _client: Client, context: Context) -> Vault:
    """Deal the key anew; a failure leaves everything as it was."""
    wallet = context.wallet
    passphrase = open_passphrase(context, params.recovery_passphrase)
    decision = wallet.decisions.take(params.change_id, STEP)
    change: Change = decision.data["change"]

    def progress(stage: str, step: int, of: int, parties: Sequence[PartyState]) -> None:
        wallet.events.progress("change_carryOut", stage, step, of, parties)

    vault = await reshare.carry_out(wallet, change, params.response, recovery_passphrase=passphrase, progress=progress)
    return vault_view(wallet, vault)
