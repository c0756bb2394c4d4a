"""``device_*``."""

from __future__ import annotations

from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.protocol import device as wire
from counterfoil.protocol.model import Empty
from counterfoil.store import peers
from counterfoil.store.peers import Peer


@method("device_list")
async def list_all(_params: Empty, _client: Client, context: Context) -> wire.DeviceList:
    """All paired agents."""
    return wire.DeviceList(devices=[_device(context, peer) for peer in peers.paired(context.wallet.db)])


@method("device_join")
async def join(params: wire.JoinParams, _client: Client, context: Context) -> wire.Device:
    """Pair with the agent that shows this code."""
    return _device(context, await context.devices.join(params.code))


@method("device_reach")
async def reach(params: wire.ReachParams, _client: Client, context: Context) -> Empty:
    """A paired agent is found elsewhere now."""
    await context.devices.reach(parse_base64url(params.identity), params.relay_url)
    return Empty()


def _device(context: Context, peer: Peer) -> wire.Device:
    return wire.Device(
        identity=encode_base64url(peer.identity),
        name=peer.name,
        kind=peer.kind.value,
        relay_url=peer.relay_url,
        connected=context.devices.is_near(peer.identity),
        paired_at=peer.paired_at,
    )
