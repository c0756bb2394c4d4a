"""``policy_*``."""

from __future__ import annotations

from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.dispatch.views import request_view
from counterfoil.errors import NotFound
from counterfoil.policy import Limit
from counterfoil.protocol import policy as wire
from counterfoil.protocol.request import RequestView
from counterfoil.store import records, vaults
from counterfoil.store.vaults import Vault
from counterfoil.types import Origin, Party, PartyKind
from counterfoil.wallet import set_policy as setting
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.policy_records import limit_as_dict, limit_in_words, policy_record
from counterfoil.wallet.propose import Caller
from counterfoil.wallet.signers import other_agents


@method("policy_show")
async def show(params: wire.PolicyOf, _client: Client, context: Context) -> wire.PolicyList:
    """Every agent of a vault, this one first."""
    wallet = context.wallet
    vault = vaults.get(wallet.db, params.vault_id)
    mine = next(party for party in vault.parties if party.index == vault.my_index)
    return wire.PolicyList(policies=[_view(wallet, vault, party) for party in (mine, *other_agents(vault))])


@method("policy_set")
async def set_policy(params: wire.SetParams, client: Client, context: Context) -> RequestView:
    """A request to set one; nothing changes before everyone agreed and the home passkey was touched."""
    wallet = context.wallet
    vault = vaults.get(wallet.db, params.vault_id)
    party = next((party for party in vault.parties if party.index == params.party), None)
    if party is None or party.kind is PartyKind.RECOVERY_FILE:
        raise NotFound("There is no such device in that vault.")
    request = setting.propose_policy(
        wallet,
        Caller(Origin(client.caller.removesuffix("/")), None, None, None),
        vault.id,
        party.identity,
        is_interactive=params.interactive,
        limits=[_limit(limit) for limit in params.limits],
    )
    return request_view(wallet, request)


def _limit(limit: wire.LimitView) -> Limit:
    return Limit(
        site=limit.site,
        chain=limit.chain,
        asset=limit.asset,
        per_day=int(limit.per_day),
        account=limit.account,
        contact=limit.contact,
        act=limit.act,
    )


def _view(wallet: Wallet, vault: Vault, party: Party) -> wire.PartyPolicy:
    found = policy_record(wallet.db, vault.id, party.identity)
    known = records.current(wallet.db, vault.id, found.kind, found.subject)
    return wire.PartyPolicy(
        index=party.index,
        name=party.name,
        is_this=party.index == vault.my_index,
        shares_screen=party.kind is PartyKind.COSIGNER,
        interactive=found.is_interactive,
        limits=[wire.LimitView.model_validate(limit_as_dict(limit)) for limit in found.limits],
        in_words=[limit_in_words(wallet.networks, limit) for limit in found.limits],
        version=0 if known is None else known.version,
    )
