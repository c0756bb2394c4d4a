"""``counterfoil lock``."""

from __future__ import annotations

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import ask
from counterfoil.cli.terminal.run import Run


@command("lock")
def lock(run: Run) -> None:
    """Lock Counterfoil on this computer.

    Nothing can be signed until it is unlocked.
    """
    from counterfoil.protocol.lock import LockState

    with run.agent() as agent:
        state = ask(agent, LockState, "lock_lock")
    run.screen.show(state.model_dump(), lambda: run.screen.say("Counterfoil is locked."))
