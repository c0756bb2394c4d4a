"""``site_*`` and ``chain_*``: what each site may see, and the networks."""

from __future__ import annotations

from counterfoil.protocol.method import CLI_ONLY, MEMBERS, Method
from counterfoil.protocol.model import ChainId, Count, Empty, Message, Name, OriginText, Seconds, Text


class Site(Message):
    """A connected site."""

    origin: OriginText
    accounts: list[Text]
    chain: ChainId
    has_passkey: bool
    connected_at: Seconds


class SiteList(Message):
    """All connected sites."""

    sites: list[Site]


class SiteOrigin(Message):
    """Which site."""

    origin: OriginText


class ChainView(Message):
    """A network. ``rpc_url`` null: no endpoint set yet; ``own``: the person added it."""

    chain: ChainId
    name: Text
    symbol: Text
    decimals: Count
    testnet: bool
    rpc_url: Text | None
    explorer: Text | None
    own: bool


class ChainList(Message):
    """All networks; ``current`` is where new sites start."""

    chains: list[ChainView]
    current: ChainId


class EndpointParams(Message):
    """Use this node for this chain; its chain id is asked and must match."""

    chain: ChainId
    rpc_url: Text


class AddChainParams(Message):
    """A network of the person's own; its node's chain id is asked and must match."""

    chain: ChainId
    name: Name
    symbol: Name
    coin: Name
    rpc_url: Text
    explorer: Text | None
    testnet: bool


class ChainParams(Message):
    """Which chain: where new sites start, or to be removed."""

    chain: ChainId


METHODS = (
    Method("site_list", Empty, SiteList, MEMBERS),
    Method("site_revoke", SiteOrigin, Empty, MEMBERS),
    Method("chain_list", Empty, ChainList, MEMBERS),
    Method("chain_setEndpoint", EndpointParams, ChainView, CLI_ONLY, long=True),
    Method("chain_add", AddChainParams, ChainView, CLI_ONLY, long=True),
    Method("chain_remove", ChainParams, ChainList, CLI_ONLY),
    Method("chain_setDefault", ChainParams, ChainList, MEMBERS),
)
