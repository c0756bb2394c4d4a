"""``profile_*``: pairing a browser profile."""

from __future__ import annotations

from counterfoil.codecs.base64url import encode_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.errors import NotPermitted
from counterfoil.protocol import profile as wire
from counterfoil.protocol.method import Role
from counterfoil.protocol.model import Empty
from counterfoil.store.profiles import Profile
from counterfoil.wallet.pair import Pending


@method("profile_begin")
async def begin(params: wire.BeginParams, client: Client, context: Context) -> wire.Pairing:
    """A browser asks for a code. The command line has nothing to pair."""
    if client.role is Role.CLI:
        raise NotPermitted("Only a browser can be paired.", remedy="Open the extension.")
    return _pairing(context.pairing.begin(name=params.name, browser=params.browser, caller=client.caller))


@method("profile_await")
async def await_grant(params: wire.PairingId, client: Client, context: Context) -> wire.Paired:
    """The browser waits for its code to be confirmed."""
    profile_id, token = await context.pairing.await_grant(params.pairing_id, caller=client.caller)
    return wire.Paired(profile_id=profile_id, token=encode_base64url(token))


@method("profile_pending")
async def pending(_params: Empty, _client: Client, context: Context) -> wire.PairingList:
    """What waits, so that the person can compare."""
    return wire.PairingList(pairings=[_pairing(item) for item in context.pairing.waiting()])


@method("profile_confirm")
async def confirm(params: wire.ConfirmParams, _client: Client, context: Context) -> wire.Profile:
    """The person typed the code that the browser shows."""
    return _profile(context.pairing.confirm(params.code))


@method("profile_list")
async def list_all(_params: Empty, _client: Client, context: Context) -> wire.ProfileList:
    """All paired profiles."""
    return wire.ProfileList(profiles=[_profile(item) for item in context.pairing.profiles()])


@method("profile_revoke")
async def revoke(params: wire.ProfileId, _client: Client, context: Context) -> Empty:
    """Forget a profile; its open connections end now."""
    context.pairing.revoke(params.profile_id)
    context.events.drop_profile(params.profile_id)
    return Empty()


def _pairing(pending: Pending) -> wire.Pairing:
    return wire.Pairing(
        pairing_id=pending.pairing_id,
        code=pending.code,
        name=pending.name,
        browser=pending.browser,
        extension=pending.caller,
        expires_at=pending.expires_at,
    )


def _profile(profile: Profile) -> wire.Profile:
    return wire.Profile(
        profile_id=profile.id,
        name=profile.name,
        browser=profile.browser,
        created_at=profile.created_at,
        last_seen_at=profile.last_seen_at,
    )
