"""``counterfoil policy show`` and ``policy set``: what each device does without its person."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.cli.terminal.names import choose
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.vault import VaultName, find_vault
from counterfoil.errors import InputError, WindowNeeded

if TYPE_CHECKING:
    from counterfoil.protocol.policy import LimitView, PartyPolicy, PolicyList
    from counterfoil.protocol.vault import Vault

NATIVE = "native"


@command("policy", "show")
def show(run: Run, vault: VaultName) -> None:
    """Show what each device of a vault lends its share to unasked."""
    with run.agent() as agent:
        found = _policies(agent, find_vault(agent, vault))
    run.screen.show(found.model_dump(), lambda: _say(run, found))


@command("policy", "set")
def set_policy(
    run: Run,
    vault: VaultName,
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="Its name, or its number in the vault.")],
    *,
    ask_always: Annotated[bool, typer.Option("--ask-always", help="Ask its person every time; no limits.")] = False,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIMIT",
            help="SITE CHAIN ASSET UNITS, for example `https://app.example eip155:1 native 10000000000000000`:"
            " what may leave in a day unasked, in base units. May be repeated.",
        ),
    ] = None,
    account: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Only from this account.")] = None,
    contact: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Only to this address.")] = None,
    act: Annotated[
        str | None, typer.Option(metavar="WORD", help="Only for this act: native_transfer or token_transfer.")
    ] = None,
) -> None:
    """Change what a device does unasked. It replaces what was set before.

    This is an act of administration: it waits in the wallet's window for your passkey, and on every other device for
    its person.
    """
    from counterfoil.protocol.policy import SetParams
    from counterfoil.protocol.request import RequestView

    if ask_always == bool(limit):
        raise InputError("Say either --ask-always or at least one --limit.", reason="usage")
    limits = [_limit(text, account, contact, act) for text in limit or []]
    with run.agent() as agent:
        found = find_vault(agent, vault)
        party = _party(_policies(agent, found), device)
        params = SetParams(vault_id=found.vault_id, party=party.index, interactive=ask_always, limits=limits)
        view = ask(agent, RequestView, "policy_set", params)
    raise WindowNeeded(
        f"{view.sentence}: this waits in the wallet's window now, with the words {' '.join(view.words)}."
        " Nothing was changed yet.",
        remedy="Open Counterfoil in the browser, read it there and touch your passkey.",
        request_id=view.request_id,
    )


def _limit(text: str, account: str | None, contact: str | None, act: str | None) -> LimitView:
    from counterfoil.protocol.policy import LimitView

    words = text.split()
    if len(words) != 4:
        raise InputError("A limit has four words: SITE CHAIN ASSET UNITS.", reason="usage")
    site, chain, asset, units = words
    try:
        amount = Decimal(units)
    except InvalidOperation:
        amount = Decimal(-1)
    if amount < 0 or amount != int(amount):
        raise InputError("A limit is a whole number of base units.", reason="amount")
    fields = {"site": site.rstrip("/"), "chain": chain, "asset": asset, "per_day": str(int(amount))}
    return LimitView.model_validate({**fields, "account": account, "contact": contact, "act": act})


def _policies(agent: Agent, vault: Vault) -> PolicyList:
    from counterfoil.protocol.policy import PolicyList, PolicyOf

    return ask(agent, PolicyList, "policy_show", PolicyOf(vault_id=vault.vault_id))


def _party(found: PolicyList, wanted: str) -> PartyPolicy:
    return choose(
        wanted,
        found.policies,
        kind="device",
        listed_by="counterfoil policy show",
        id_of=lambda p: str(p.index),
        name_of=lambda p: p.name,
    )


def _say(run: Run, found: PolicyList) -> None:
    for party in found.policies:
        run.screen.say(f"{party.index}. {party.name}" + (" (this device)" if party.is_this else ""))
        if party.shares_screen:
            run.screen.say("   its person is the one at this computer's window")
        elif party.interactive:
            run.screen.say("   asks its person every time")
        else:
            run.screen.say("   goes ahead by itself within these limits:", *(f"     {text}" for text in party.in_words))
