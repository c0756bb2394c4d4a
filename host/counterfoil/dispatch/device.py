"""``device_*`` and ``relay_*``."""

from __future__ import annotations

from counterfoil.codecs.base64url import encode_base64url, parse_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context, Pairing
from counterfoil.dispatch.table import method
from counterfoil.protocol import device as wire
from counterfoil.protocol.model import Empty, Fault
from counterfoil.store import peers, vaults
from counterfoil.store.peers import Peer
from counterfoil.wallet.resync import resync

WAIT_SECONDS = 25.0
"""A client asks again: nothing has to hold for minutes."""


@method("device_list")
async def list_all(_params: Empty, _client: Client, context: Context) -> wire.DeviceList:
    """All paired agents."""
    return wire.DeviceList(devices=[_device(context, peer) for peer in peers.paired(context.wallet.db)])


@method("device_offer")
async def offer(params: wire.OfferParams, _client: Client, context: Context) -> wire.PairingView:
    """A code to be read at the other device."""
    return _pairing(await context.devices.offer(params.relay_url, params.name))


@method("device_join")
async def join(params: wire.JoinParams, _client: Client, context: Context) -> wire.PairingView:
    """The other device's code was read here."""
    return _pairing(context.devices.join(params.code, params.name))


@method("device_pairing")
async def pairing(params: wire.PairingParams, _client: Client, context: Context) -> wire.PairingView:
    """How far it has come."""
    return _pairing(await context.devices.pairings.wait(params.pairing_id, params.seen, WAIT_SECONDS))


@method("device_confirm")
async def confirm(params: wire.WordsParams, _client: Client, context: Context) -> wire.PairingView:
    """The words are the same, or not."""
    found = context.devices.pairings.confirm(params.pairing_id, same=params.same)
    found.accepts_share = params.same and params.accepts_share
    return _pairing(found)


@method("device_cancel")
async def cancel(params: wire.PairingRef, _client: Client, context: Context) -> Empty:
    """Give it up."""
    context.devices.pairings.cancel(params.pairing_id)
    return Empty()


@method("device_agree")
async def agree(params: wire.AgreeParams, _client: Client, context: Context) -> Empty:
    """The person at this device agrees to a change of parties."""
    identity = parse_base64url(params.identity)
    peers.get(context.wallet.db, identity)
    if params.vault_id is not None:
        await resync(context.wallet, vaults.get(context.wallet.db, params.vault_id))
    context.devices.agree(identity, params.vault_id)
    return Empty()


@method("device_forget")
async def forget(params: wire.DeviceIdentity, _client: Client, context: Context) -> Empty:
    """No link with it any more; what it shares of a vault stays its own."""
    await context.devices.forget(parse_base64url(params.identity))
    return Empty()


@method("device_joinAsCosigner")
async def join_as_cosigner(params: wire.CosignerJoinParams, _client: Client, context: Context) -> wire.Device:
    """Pair with the own computer's agent."""
    return _device(context, await context.devices.join_as_cosigner(params.code))


@method("device_reach")
async def reach(params: wire.ReachParams, _client: Client, context: Context) -> Empty:
    """A paired agent is found elsewhere now."""
    await context.devices.reach(parse_base64url(params.identity), params.relay_url)
    return Empty()


@method("relay_state")
async def relay_state(_params: Empty, client: Client, context: Context) -> wire.RelayView:
    """Where the relay of this computer listens."""
    own = (await context.state(client)).relay_url
    return wire.RelayView(own_url=own, shared_url=context.devices.shared_relay)


@method("relay_listen")
async def listen(params: wire.ListenParams, client: Client, context: Context) -> wire.RelayView:
    """Other computers may reach it: the person asked for this."""
    await context.devices.listen(params.host, params.port)
    return await relay_state(Empty(), client, context)


@method("relay_unlisten")
async def unlisten(_params: Empty, client: Client, context: Context) -> wire.RelayView:
    """Only this computer may."""
    await context.devices.unlisten()
    return await relay_state(Empty(), client, context)


def _pairing(found: Pairing) -> wire.PairingView:
    return wire.PairingView(
        pairing_id=found.id,
        stage=found.stage,  # type: ignore[arg-type]
        code=found.code.text if found.is_host else None,
        uri=found.code.uri if found.is_host else None,
        relay_url=found.code.relay_url,
        expires_at=found.code.expires_at,
        words=list(found.words),
        peer_name=found.peer_name,
        identity=encode_base64url(found.paired.identity) if found.paired and found.stage == "paired" else None,
        error=Fault.model_validate(found.error.as_dict()) if found.error else None,
    )


def _device(context: Context, peer: Peer) -> wire.Device:
    return wire.Device(
        identity=encode_base64url(peer.identity),
        name=peer.name,
        kind=peer.kind.value,
        relay_url=peer.relay_url,
        connected=context.devices.is_near(peer.identity),
        paired_at=peer.paired_at,
        restored=peer.restored_at is not None,
    )
