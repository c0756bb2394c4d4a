"""``vault_beginRefresh``, ``vault_beginSecondDevice`` and ``vault_reshare``, with which every change of parties ends."""

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
from counterfoil.protocol import vault as wire
from counterfoil.store import peers, vaults
from counterfoil.wallet import reshare_request
from counterfoil.wallet.ports import PartyState
from counterfoil.wallet.reshare_plan import plan_refresh
from counterfoil.wallet.reshare_request import Waiting
from counterfoil.wallet.resync import resync
from counterfoil.wallet.second_device import plan_second_device


@method("vault_beginRefresh")
async def begin_refresh(params: wire.VaultId, _client: Client, context: Context) -> wire.ReshareStep:
    """The old parties look at the plan first; the co-signer is started where it does not run."""
    wallet = context.wallet
    await _wake_cosigner(context)
    vault = vaults.get(wallet.db, params.vault_id)
    await resync(wallet, vault)
    return reshare_step(await reshare_request.begin(wallet, plan_refresh(wallet, vault)))


@method("vault_beginSecondDevice")
async def begin_second_device(params: wire.SecondDeviceParams, _client: Client, context: Context) -> wire.ReshareStep:
    """A paired device takes the co-signer's place; the co-signer deals it its share, and goes."""
    wallet = context.wallet
    await _wake_cosigner(context)
    vault = vaults.get(wallet.db, params.vault_id)
    peer = peers.get(wallet.db, parse_base64url(params.device))
    return reshare_step(await reshare_request.begin(wallet, plan_second_device(wallet, vault, peer, platform.node())))


async def _wake_cosigner(context: Context) -> None:
    if context.cosigner is not None and not context.cosigner.is_retired:
        await context.cosigner.call("agent_state", {})


@method("vault_reshare")
async def carry_out(params: wire.ReshareParams, _client: Client, context: Context) -> wire.Vault:
    """The approved change, up to the new recovery file."""
    wallet = context.wallet
    passphrase = open_passphrase(context, params.recovery_passphrase)

    def progress(stage: str, step: int, of: int, parties: Sequence[PartyState]) -> None:
        wallet.events.progress("vault_reshare", stage, step, of, parties)

    vault = await reshare_request.carry_out(wallet, params.change_id, params.response, passphrase, progress)
    return vault_view(wallet, vault)


def reshare_step(waiting: Waiting) -> wire.ReshareStep:
    """For the page, or the terminal."""
    options = None if waiting.options is None else json.dumps(waiting.options)
    return wire.ReshareStep(change_id=waiting.change_id, request_options_json=options)
