"""A site wants a token to be known by its name.   EIP-747"""

from __future__ import annotations

from counterfoil.chains.watch_asset import asset_findings, check_claim, read_asset
from counterfoil.store.requests import Request
from counterfoil.wallet import site_acts
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.page_call import PageCall
from counterfoil.wallet.propose import refuse_flood


async def watch(wallet: Wallet, call: PageCall) -> Request | bool:
    """``wallet_watchAsset``: the request that waits in the window; true where the token is known already.

    Symbol and decimals are read from the contract, and the site must not say others.

    Standard: EIP-747
    Raises:   InputError, NodeUnreachable, NodeRejected
    """
    proposed = read_asset(call.params)
    if proposed.address in call.chain.tokens:
        return True
    refuse_flood(wallet, call.caller.origin)
    client = wallet.networks.client(call.chain)
    token = check_claim(proposed, await client.token(call.chain, proposed.address))
    details = (
        ("Symbol", token.symbol),
        ("Name", token.name),
        ("Decimals", str(token.decimals)),
        ("Network", call.chain.name),
    )
    summary = site_acts.shown(
        site_acts.WATCH_ASSET,
        f"Show the token {token.symbol} by its name",
        details,
        asset_findings(call.chain, proposed.address, token),
        to=proposed.address,
    )
    data = {
        "chain": call.chain.id,
        "address": proposed.address,
        "symbol": token.symbol,
        "coin": token.name,
        "decimals": token.decimals,
    }
    return site_acts.propose_act(wallet, call, summary, data, call.chain.id)
