"""``agent_*``: the state every screen begins with, and stopping."""

from __future__ import annotations

from counterfoil import __version__
from counterfoil.dispatch.client import Client
from counterfoil.dispatch.context import Context
from counterfoil.dispatch.table import method
from counterfoil.protocol.agent import AgentState, DiagnoseResult, Diagnosis, TryItResult
from counterfoil.protocol.model import Empty


@method("agent_state")
async def state(_params: Empty, client: Client, context: Context) -> AgentState:
    """The state as this client may see it."""
    return await context.state(client)


@method("agent_shutdown")
async def shutdown(_params: Empty, _client: Client, context: Context) -> Empty:
    """Stop after the answer has left."""
    context.stop()
    return Empty()


@method("agent_tryIt")
async def try_it(_params: Empty, _client: Client, context: Context) -> TryItResult:
    """Serve the bundled test page."""
    return TryItResult(url=await context.try_it())


@method("agent_diagnose")
async def diagnose(_params: Empty, _client: Client, context: Context) -> DiagnoseResult:
    """The agent's own checks."""
    checks = [
        Diagnosis(
            code=check.code,
            name=check.name,
            level=check.level,
            found=check.found,
            fix=check.fix,
            command=check.command,
        )
        for check in await context.diagnose()
    ]
    return DiagnoseResult(checks=checks, facts={"version": __version__, "role": context.wallet.role})
