"""The register of commands, and how a plain function becomes one: with ``--json``, and with the run as first argument."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from counterfoil.cli.terminal.run import Run

_P = ParamSpec("_P")
Function = Callable[..., "int | None"]

PassphraseStdin = Annotated[
    bool, typer.Option("--passphrase-stdin", help="Read passphrases from standard input, one a line, in order.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for scripts.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of sentences.")]


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the register; ``path`` is ``("vault", "list")``, ``module`` the file."""

    path: tuple[str, ...]
    function: Function
    module: str


REGISTER: dict[tuple[str, ...], Command] = {}


def command(
    *path: str,
) -> Callable[[Callable[Concatenate[Run, _P], int | None]], Callable[Concatenate[Run, _P], int | None]]:
    """Register a function as ``counterfoil PATH…``. Its docstring is the help, its result the exit code."""

    def register(
        function: Callable[Concatenate[Run, _P], int | None],
    ) -> Callable[Concatenate[Run, _P], int | None]:
        REGISTER[path] = Command(path, _for_typer(function), function.__module__.rpartition(".")[2])
        return function

    return register


def _for_typer(function: Callable[..., int | None]) -> Function:
    """The same with typer's context in place of the run, and with ``--json``."""
    signature = inspect.signature(function, eval_str=True)
    own = list(signature.parameters.values())[1:]

    def call(ctx: typer.Context, *, as_json: bool = False, **given: Any) -> int | None:  # noqa: ANN401 - typer's values
        run = ctx.find_object(Run)
        assert run is not None
        run.screen.as_json = as_json
        return function(run, **given)

    extra = inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_Json)
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    parameters = [context, *own, extra]
    call.__doc__ = inspect.getdoc(function)
    call.__name__ = function.__name__
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    setattr(call, "__signature__", inspect.Signature(parameters))  # noqa: B010 - mypy knows no such attribute
    return call
