"""``counterfoil tx explain``: what bytes do, decoded from the bytes alone."""

from __future__ import annotations

from typing import Annotated

import typer

from counterfoil.cli.chain import check_chain
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import bytes_in_words
from counterfoil.errors import InvalidTransaction

_LONGEST = 262144


@command("tx", "explain")
def explain(
    run: Run,
    raw: Annotated[str, typer.Argument(help="The bytes in hex, signed or not; - reads them from standard input.")],
    *,
    chain: Annotated[str, typer.Option(metavar="CHAIN", help="The network's id.")] = "eip155:1",
    account: Annotated[str | None, typer.Option(metavar="ADDRESS", help="The address from whose side to look.")] = None,
) -> None:
    """Say what a raw transaction does. Nothing is signed or sent."""
    from counterfoil.protocol.request import ExplainParams, Explanation

    check_chain(chain)
    params = ExplainParams(chain=chain, raw=as_hex(run.keyboard.source.read() if raw == "-" else raw), account=account)
    with run.agent() as agent:
        found = ask(agent, Explanation, "tx_explain", params)

    def human() -> None:
        run.screen.say(*bytes_in_words(found))
        for detail in found.details:
            run.screen.say(f"  {detail.label}: {detail.value}")

    run.screen.show(found.model_dump(), human)


def as_hex(text: str) -> str:
    """``0x…`` in lower case, from hex with or without it. Raises: InvalidTransaction"""
    digits = "".join(text.split()).lower().removeprefix("0x")
    if not digits or len(digits) % 2 or len(digits) > 2 * _LONGEST or not set(digits) <= set("0123456789abcdef"):
        raise InvalidTransaction("These are not the bytes of a transaction in hex. Nothing was signed.", reason="hex")
    return "0x" + digits
