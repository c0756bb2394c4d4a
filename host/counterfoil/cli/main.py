"""``counterfoil``: builds the commands, runs one, and turns whatever happens into words and an exit code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from counterfoil import __version__
from counterfoil.cli.terminal.command import REGISTER
from counterfoil.cli.terminal.exit_codes import Status, exit_code
from counterfoil.cli.terminal.run import Run
from counterfoil.errors import Bug, Cancelled, InputError, WalletError

MODULES = (
    "setup",
    "install",
    "uninstall",
    "doctor",
    "agent",
    "lock",
    "unlock",
    "pair",
    "profile",
    "device",
    "vault",
    "vault_create",
    "vault_refresh",
    "vault_join",
    "backup",
    "backup_save",
    "backup_combine",
    "account",
    "account_safe",
    "passkey",
    "change",
    "site",
    "chain",
    "request",
    "request_approve",
    "request_replace",
    "policy",
    "tx_explain",
    "log",
    "relay",
    "methods",
)
"""In the order of the help."""

GROUPS = {
    "agent": "Counterfoil on this computer: the program behind the extension.",
    "profile": "Browser profiles that are paired with this computer.",
    "device": "Other devices of yours.",
    "vault": "Vaults: keys shared among your devices and a recovery file.",
    "backup": "Recovery files.",
    "account": "Your addresses.",
    "account safe": "Accounts that a passkey and a key of your vault own together, on chain.",
    "passkey": "Passkeys on record.",
    "change": "Changes that wait for a person or a day.",
    "site": "Connected sites.",
    "chain": "Networks and their nodes.",
    "request": "What waits for a decision, and what was decided.",
    "policy": "What each device does without asking its person.",
    "relay": "The relay between your devices.",
    "tx": "Transactions.",
    "log": "The log of decisions.",
}


def main() -> None:
    """The program. Ends the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal of few characters is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str], this: Run | None = None) -> int:
    """Run one command; the exit code. Nothing raised inside ever reaches the person as a traceback."""
    this = this or Run()
    this.screen.as_json = "--json" in arguments  # even where the arguments can't be parsed
    try:
        result = typer.main.get_command(build()).main(
            args=list(arguments), prog_name="counterfoil", standalone_mode=False, obj=this
        )
    except WalletError as error:
        return _fail(this, error)
    except TyperException as error:
        return _fail_usage(this, error)
    except Abort:
        return _fail(this, Cancelled("Stopped before the end of what was asked. Nothing was signed."))
    except Exception as error:  # noqa: BLE001 - the last seam: a person never sees a traceback
        from counterfoil.agent.outline import outline

        return _fail(this, Bug(where=outline(error)))
    if result == Status.INTERRUPTED:
        this.screen.note("Stopped.")
    return result if isinstance(result, int) else Status.OK


def build() -> typer.Typer:
    """The whole tree of commands."""
    for name in MODULES:
        importlib.import_module(f"counterfoil.cli.{name}")
    # No rich in help texts: importing it takes longer than all the rest.
    app = typer.Typer(
        help="Counterfoil: a wallet whose every signature takes a passkey and the key shares of your own devices.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    )
    app.callback()(_root)
    groups: dict[str, typer.Typer] = {}
    for path, command in sorted(REGISTER.items(), key=lambda row: MODULES.index(row[1].module)):
        if len(path) == 1:
            app.command(path[0])(command.function)
            continue
        group, *inner, name = path
        if group not in groups:
            groups[group] = typer.Typer(help=GROUPS[group], no_args_is_help=True, rich_markup_mode=None)
            app.add_typer(groups[group], name=group)
        place = groups[group]
        for part in inner:
            whole = f"{group} {part}"
            if whole not in groups:
                groups[whole] = typer.Typer(help=GROUPS[whole], no_args_is_help=True, rich_markup_mode=None)
                place.add_typer(groups[whole], name=part)
            place = groups[whole]
        place.command(name)(command.function)
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"counterfoil {__version__}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What comes before every command."""


def _fail(this: Run, error: WalletError) -> int:
    this.screen.error(error)
    return exit_code(error)


def _fail_usage(this: Run, error: TyperException) -> int:
    """What typer could not parse. Help asked for by giving nothing is no error to talk about."""
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        this.screen.err.write(error.format_message() + "\n")
        return Status.USAGE
    where = context.command_path if context is not None else "counterfoil"
    return _fail(this, InputError(error.format_message(), reason="usage", remedy=f"See `{where} --help`."))
