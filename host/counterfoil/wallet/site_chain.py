"""A site wants to be on another network, or brings one.   EIP-3085, EIP-3326

Being on a network is the site's own matter: each request says in the window which network it is for. So
switching asks nobody. A network that is not known, or a node where there is none, is shown and granted in the
window; a node that is set is never replaced by a site's.
"""

from __future__ import annotations

from counterfoil.chains.add_chain import ProposedChain, chain_findings, read_chain, read_chain_id
from counterfoil.chains.family import Chain
from counterfoil.errors import UnknownChain
from counterfoil.store.requests import Request
from counterfoil.wallet import site_acts
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.page_call import PageCall
from counterfoil.wallet.propose import refuse_flood
from counterfoil.wallet.put_on_chain import put_on_chain


async def switch(wallet: Wallet, call: PageCall) -> None:
    """``wallet_switchEthereumChain``.

    Standard: EIP-3326
    Raises:   UnknownChain (4902) also for a network that no node is set for: the site may then bring one
    """
    chain_id = read_chain_id(call.params)
    chain = wallet.networks.chain(chain_id)
    if chain.rpc_url is None:
        raise UnknownChain(
            f"No node is set for {chain.name} yet.",
            remedy="Add one: the site can propose it, or use `counterfoil chain set-endpoint`.",
            reason="no_node",
        )
    put_on_chain(wallet, call.caller.origin, chain_id)


async def add(wallet: Wallet, call: PageCall) -> Request | None:
    """``wallet_addEthereumChain``: the request that waits in the window; None where nothing is left to ask.

    Standard: EIP-3085
    Raises:   InputError where the site's network does not hold, or no node of it says the same
    """
    proposed = read_chain(call.params)
    known = wallet.networks.find(proposed.id)
    if known is not None and known.rpc_url is not None:
        put_on_chain(wallet, call.caller.origin, proposed.id)
        return None
    refuse_flood(wallet, call.caller.origin)
    node = await wallet.networks.first_of(proposed.id, proposed.nodes, call.caller.origin)
    if known is not None:
        return _propose_node(wallet, call, known, proposed, node)
    findings = chain_findings(proposed, node, wallet.networks.listed())
    number = int(proposed.id.split(":")[1])
    details = [
        ("Chain id", f"{number} ({hex(number)}), confirmed by the node"),
        ("Coin", f"{proposed.native.symbol} ({proposed.native.name})"),
        ("Node", node),
    ]
    if proposed.explorer:
        details.append(("Explorer", proposed.explorer))
    data = {
        "chain": proposed.id,
        "name": proposed.name,
        "symbol": proposed.native.symbol,
        "coin": proposed.native.name,
        "decimals": proposed.native.decimals,
        "rpc_url": node,
        "explorer": proposed.explorer,
    }
    summary = site_acts.shown(
        site_acts.ADD_CHAIN, f"Add the network {proposed.name}, and put this site on it", tuple(details), findings
    )
    return site_acts.propose_act(wallet, call, summary, data, None)


def _propose_node(wallet: Wallet, call: PageCall, known: Chain, proposed: ProposedChain, node: str) -> Request:
    """A network of ours without a node: name, coin and explorer stay ours, whatever the site says."""
    number = int(known.id.split(":")[1])
    details = (("Chain id", f"{number} ({hex(number)}), confirmed by the node"), ("Node", node))
    findings = tuple(f for f in chain_findings(proposed, node, ()) if f.code == "node_of_site")
    summary = site_acts.shown(
        site_acts.SET_NODE, f"Use a node of the site's for {known.name}, and put this site on it", details, findings
    )
    return site_acts.propose_act(wallet, call, summary, {"chain": known.id, "rpc_url": node}, known.id)
