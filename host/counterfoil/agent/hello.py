"""Hello: one protocol that both sides speak, and the role of the connection."""

from __future__ import annotations

from counterfoil import PROTOCOL_VERSION, __version__
from counterfoil.codecs.base64url import parse_base64url
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.errors import NotPermitted, UnsupportedVersion
from counterfoil.protocol.agent import HelloParams, HelloResult
from counterfoil.protocol.method import Role
from counterfoil.protocol.schema import schema_sha256

CLI_CALLER = "cli"
_UPDATE_EXTENSION = "Run `counterfoil setup`, then reload the extension."
_UPDATE_COMPANION = "Update Counterfoil on this computer (`pipx upgrade counterfoil`), then reload the extension."


def admit(params: HelloParams, *, connection: int, stub_caller: str | None, context: Context) -> Client:
    """Who this connection is from now on. ``stub_caller`` is None where no stub spoke first.

    Raises: UnsupportedVersion, NotPermitted, NotPaired
    """
    check_versions(params)
    if (params.client == "browser") != (stub_caller is not None):
        raise NotPermitted(
            "A browser comes through the stub, and the command line does not.",
            reason="wrong_door",
            remedy=_UPDATE_EXTENSION,
        )
    if stub_caller is None:
        if params.profile is not None:
            raise NotPermitted("The command line has no profile.", reason="wrong_door", remedy=_UPDATE_COMPANION)
        return Client(connection, Role.CLI, CLI_CALLER)
    if params.profile is None:
        return Client(connection, Role.BROWSER, stub_caller)
    token = parse_base64url(params.profile.token)
    profile = context.pairing.prove(params.profile.profile_id, token, caller=stub_caller)
    return Client(connection, Role.PROFILE, stub_caller, profile.id)


def check_versions(params: HelloParams) -> None:
    """Refuse a client that means something else by the same words. Raises: UnsupportedVersion"""
    if PROTOCOL_VERSION not in params.protocols:
        newer = bool(params.protocols) and min(params.protocols) > PROTOCOL_VERSION
        raise UnsupportedVersion(
            remedy=_UPDATE_COMPANION if newer else _UPDATE_EXTENSION,
            ours=[PROTOCOL_VERSION],
            theirs=params.protocols[:16],
        )
    if params.schema_sha256 is not None and params.schema_sha256 != schema_sha256():
        raise UnsupportedVersion(differs="schema", remedy=_UPDATE_EXTENSION, version=__version__)


async def greet(client: Client, context: Context) -> HelloResult:
    """What hello answers."""
    return HelloResult(
        protocol=PROTOCOL_VERSION,
        version=__version__,
        schema_sha256=schema_sha256(),
        role=client.role.value,
        state=await context.state(client),
    )
