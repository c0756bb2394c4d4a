"""A network that a site proposes, and one that it wants to be on.   EIP-3085, EIP-3326"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from counterfoil.chains.evm.text import has_hidden
from counterfoil.chains.family import Chain, Finding, Level, Native
from counterfoil.chains.lookalikes import imitated
from counterfoil.errors import InputError
from counterfoil.types import Caip2

MAX_NODES: Final = 3
"""So many of the nodes that a site names are tried."""
_CHAIN_ID: Final = re.compile(r"0x[1-9a-f][0-9a-f]{0,14}\Z")
_LARGEST_ID: Final = 4_503_599_627_370_476  # above, the id does not fit into a signature's v as programs write it
_COIN_DECIMALS: Final = 18
_MAX_URL: Final = 500


@dataclass(frozen=True, slots=True)
class ProposedChain:
    """What a site says of a network. ``nodes`` are only those that a site may name; nobody was asked yet."""

    id: Caip2
    name: str
    native: Native
    nodes: tuple[str, ...]
    explorer: str | None


def read_chain_id(params: object) -> Caip2:
    """The chain of ``[{"chainId": "0x1"}]``. Standard: EIP-3326. Raises InputError."""
    return parse_chain_id(_only_object(params).get("chainId"))


def parse_chain_id(value: object) -> Caip2:
    """The chain of a hexadecimal id. Standard: EIP-695. Raises InputError(reason=chain_id)."""
    if not isinstance(value, str) or not _CHAIN_ID.match(value.lower()) or int(value, 16) > _LARGEST_ID:
        raise InputError("A chain id is a hexadecimal number such as 0x1.", reason="chain_id")
    return Caip2(f"eip155:{int(value, 16)}")


def read_chain(params: object) -> ProposedChain:
    """The network that a site proposes, strictly.

    The coin has 18 decimals: amounts on an EVM chain are wei, and other decimals would show another amount.

    Standard: EIP-3085; pictures are left out
    Raises:   InputError(reason=params|chain_id|name|coin|node)
    """
    given = _only_object(params)
    coin = given.get("nativeCurrency")
    if not isinstance(coin, dict) or coin.get("decimals") != _COIN_DECIMALS or isinstance(coin["decimals"], bool):
        raise InputError("The network needs a coin with 18 decimals.", reason="coin")
    nodes = given.get("rpcUrls")
    if not isinstance(nodes, list) or not nodes:
        raise InputError("The network needs a node.", reason="node")
    usable = tuple(url for url in nodes if is_node_for_sites(url))[:MAX_NODES]
    if not usable:
        raise InputError("A site may only name nodes with https, or on this computer.", reason="node")
    return ProposedChain(
        id=parse_chain_id(given.get("chainId")),
        name=_name(given.get("chainName"), "name", 60),
        native=Native(_name(coin.get("symbol"), "coin", 11), _name(coin.get("name"), "coin", 60), _COIN_DECIMALS),
        nodes=usable,
        explorer=_explorer(given.get("blockExplorerUrls")),
    )


def is_node_for_sites(url: object) -> bool:
    """Whether a site may name this node: https without a password, or http on this computer."""
    if not isinstance(url, str) or len(url) > _MAX_URL or not url.isascii() or any(c <= " " for c in url):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_computer(url))


def is_this_computer(url: str) -> bool:
    """Whether a node's URL leads to this computer, whatever the network."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def chain_findings(proposed: ProposedChain, node: str, known: Iterable[Chain]) -> tuple[Finding, ...]:
    """What to weigh before a network or its node is taken from a site. ``known``: the networks there are."""
    others = [chain for chain in known if chain.id != proposed.id]
    findings = []
    if (other := imitated(proposed.name, (chain.name for chain in others))) is not None:
        findings.append(
            Finding(
                "name_imitates",
                Level.DANGER,
                f"This network calls itself “{proposed.name}”, but it is not {other}.",
                "What you have on one is not on the other. Its chain id is what tells them apart.",
                "Refuse, unless you know this network by its chain id.",
            )
        )
    if (coin := imitated(proposed.native.symbol, (chain.native.symbol for chain in others))) is not None:
        findings.append(
            Finding("coin_alike", Level.INFO, f"Its coin calls itself like {coin}.", "It need not be worth the same.")
        )
    host = urlsplit(node).netloc
    findings.append(
        Finding(
            "node_of_site",
            Level.CAUTION,
            f"The site chose the node {host}.",
            "Whoever runs it sees your address there and can lie about balances. It can't sign or move anything.",
        )
    )
    return tuple(findings)


def _only_object(params: object) -> dict[str, Any]:
    if isinstance(params, list) and len(params) == 1 and isinstance(params[0], dict):
        return params[0]
    raise InputError("The request needs exactly one network.", reason="params")


def _name(value: object, reason: str, longest: int) -> str:
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest or has_hidden(value) or "\n" in value:
        raise InputError("A network and its coin need plain names.", reason=reason)
    return value.strip()


def _explorer(urls: object) -> str | None:
    """The first that may be a link of ours; without one there is none."""
    for url in urls if isinstance(urls, list) else []:
        if isinstance(url, str) and url.startswith("https://") and is_node_for_sites(url):
            return url.rstrip("/")
    return None
