"""The chain that each site is on: its own, and told to that site alone.   EIP-1193, EIP-3326"""

from __future__ import annotations

from counterfoil.store import settings, sites
from counterfoil.types import Caip2, Origin
from counterfoil.wallet.context import Wallet
from counterfoil.wallet.spelling import hex_chain_id

DEFAULT_CHAIN = Caip2("eip155:1")
CHAIN_SETTING = "default_chain"


def default_chain(wallet: Wallet) -> Caip2:
    """Where new sites start."""
    return Caip2(settings.get(wallet.db, CHAIN_SETTING, DEFAULT_CHAIN))


def chain_id_of(wallet: Wallet, origin: Origin | str) -> Caip2:
    """The chain that a site is on: its own choice, else where new sites start."""
    return sites.chain(wallet.db, origin) or default_chain(wallet)


def put_on_chain(wallet: Wallet, origin: Origin | str, chain: Caip2) -> None:
    """A site is on this chain from now on; its pages hear of it, and what they had subscribed to elsewhere ends.

    Raises: UnknownChain
    """
    wallet.networks.chain(chain)
    before = chain_id_of(wallet, origin)
    sites.set_chain(wallet.db, origin, chain)
    if before != chain:
        wallet.subscriptions.end_origin(origin)
        wallet.events.provider(origin, "chainChanged", hex_chain_id(chain))


def set_default_chain(wallet: Wallet, chain: Caip2) -> None:
    """Where sites start that never chose: connected ones are told, others learn it with the new state. Raises UnknownChain."""
    wallet.networks.chain(chain)
    settings.put(wallet.db, CHAIN_SETTING, chain)
    for permission in sites.connected(wallet.db):
        if sites.chain(wallet.db, permission.origin) is None:
            wallet.subscriptions.end_origin(permission.origin)
            wallet.events.provider(permission.origin, "chainChanged", hex_chain_id(chain))
    wallet.events.state_changed()
