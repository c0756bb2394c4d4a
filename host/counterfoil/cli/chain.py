"""``counterfoil chain list``, ``chain set-endpoint`` and ``chain use``."""

from __future__ import annotations

from typing import Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import yes_no
from counterfoil.errors import InputError, UnknownChain

ChainIdArgument = Annotated[str, typer.Argument(metavar="CHAIN", help="Its id, as `chain list` shows it: eip155:1")]


@command("chain", "list")
def list_chains(run: Run) -> None:
    """List the networks, and the node that each is asked through."""
    from counterfoil.protocol.site import ChainList

    with run.agent() as agent:
        found = ask(agent, ChainList, "chain_list")

    def human() -> None:
        rows = [
            (c.chain, c.name, c.symbol, yes_no(c.testnet), c.rpc_url or "none", "*" if c.chain == found.current else "")
            for c in found.chains
        ]
        run.screen.table(("Id", "Name", "Coin", "Test", "Node", "New sites"), rows)

    run.screen.show(found.model_dump(), human)


@command("chain", "set-endpoint")
def set_endpoint(
    run: Run, chain: ChainIdArgument, url: Annotated[str, typer.Argument(help="http://… or https://… of the node")]
) -> None:
    """Use another node for a network. It is asked first whether it really is of that network."""
    from counterfoil.protocol.site import ChainView, EndpointParams

    check_chain(chain)
    if not url.startswith(("http://", "https://")):
        raise InputError("A node's address begins with http:// or https://.", reason="url")
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
