"""``counterfoil chain list``, ``add``, ``remove``, ``set-endpoint`` and ``use``."""

from __future__ import annotations

from typing import Annotated

import typer

from counterfoil.cli.terminal.command import Yes, command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import yes_no
from counterfoil.errors import Cancelled, InputError, UnknownChain

ChainIdArgument = Annotated[str, typer.Argument(metavar="CHAIN", help="Its id, as `chain list` shows it: eip155:1")]


@command("chain", "list")
def list_chains(run: Run) -> None:
    """List the networks, and the node that each is asked through."""
    from counterfoil.protocol.site import ChainList

    with run.agent() as agent:
        found = ask(agent, ChainList, "chain_list")

    def human() -> None:
        rows = [
            (
                c.chain,
                c.name,
                c.symbol,
                yes_no(c.testnet),
                yes_no(c.own),
                c.rpc_url or "none",
                "*" if c.chain == found.current else "",
            )
            for c in found.chains
        ]
        run.screen.table(("Id", "Name", "Coin", "Test", "Added", "Node", "New sites"), rows)

    run.screen.show(found.model_dump(), human)


@command("chain", "add")
def add(
    run: Run,
    chain: ChainIdArgument,
    url: Annotated[str, typer.Argument(help="http://… or https://… of a node of it")],
    *,
    name: Annotated[str, typer.Option("--name", help="What it is called.")],
    symbol: Annotated[str, typer.Option("--symbol", help="The short name of its coin: ETH")],
    coin: Annotated[str, typer.Option("--coin", help="The whole name of its coin; else its symbol.")] = "",
    explorer: Annotated[str, typer.Option("--explorer", help="https://… of its explorer.")] = "",
    testnet: Annotated[bool, typer.Option("--testnet", help="It is a test network.")] = False,
) -> None:
    """Add an EVM network. Its node is asked first whether it really is of that network."""
    from counterfoil.protocol.site import AddChainParams, ChainView

    check_chain(chain)
    check_url(url)
    params = AddChainParams(
        chain=chain,
        name=name,
        symbol=symbol,
        coin=coin or symbol,
        rpc_url=url,
        explorer=explorer or None,
        testnet=testnet,
    )
    with run.agent() as agent:
        found = ask(agent, ChainView, "chain_add", params)
    run.screen.show(
        found.model_dump(), lambda: run.screen.say(f"{found.name} is added, asked through {found.rpc_url}.")
    )


@command("chain", "remove")
def remove(run: Run, chain: ChainIdArgument, *, yes: Yes = False) -> None:
    """Forget a network that was added, by you or for a site."""
    from counterfoil.protocol.site import ChainList, ChainParams

    check_chain(chain)
    with run.agent() as agent:
        if not yes and not run.keyboard.confirm(f"Forget the network {chain}?", instead="--yes"):
            raise Cancelled("The network stays. Nothing was changed.")
        found = ask(agent, ChainList, "chain_remove", ChainParams(chain=chain))
    run.screen.show(
        found.model_dump(),
        lambda: run.screen.say(f"{chain} is forgotten.", "What you have there stays yours: add it again to use it."),
    )


@command("chain", "set-endpoint")
def set_endpoint(
    run: Run, chain: ChainIdArgument, url: Annotated[str, typer.Argument(help="http://… or https://… of the node")]
) -> None:
    """Use another node for a network. It is asked first whether it really is of that network."""
    from counterfoil.protocol.site import ChainView, EndpointParams

    check_chain(chain)
    check_url(url)
    with run.agent() as agent:
        found = ask(agent, ChainView, "chain_setEndpoint", EndpointParams(chain=chain, rpc_url=url))
    run.screen.show(found.model_dump(), lambda: run.screen.say(f"{found.name} is now asked through {found.rpc_url}."))


@command("chain", "use")
def use(run: Run, chain: ChainIdArgument) -> None:
    """Choose the network on which new sites start."""
    from counterfoil.protocol.site import ChainList, ChainParams

    check_chain(chain)
    with run.agent() as agent:
        found = ask(agent, ChainList, "chain_setDefault", ChainParams(chain=chain))
    names = {c.chain: c.name for c in found.chains}
    run.screen.show(
        found.model_dump(), lambda: run.screen.say(f"New sites start on {names.get(found.current, found.current)}.")
    )


def check_chain(text: str) -> None:
    """Raises: UnknownChain for what can't be a chain's id"""
    import re

    if not re.fullmatch(r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}", text):
        raise UnknownChain(f"“{text}” is not a network's id.", remedy="See `counterfoil chain list`.")


def check_url(text: str) -> None:
    """Raises: InputError for what can't be a node's address"""
    if not text.startswith(("http://", "https://")):
        raise InputError("A node's address begins with http:// or https://.", reason="url")
