"""``counterfoil methods``: the wire between the agent and its clients."""

from __future__ import annotations

from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import yes_no


@command("methods")
def methods(run: Run) -> None:
    """Print every method of the agent.

    What Counterfoil on this computer answers, and to whom: its whole attack surface.
    """
    from counterfoil.protocol.wire import METHODS

    data = {
        name: {
            "params": method.params.__name__,
            "result": method.result.__name__,
            "roles": sorted(method.roles),
            "unlocked": method.unlocked,
            "long": method.long,
        }
        for name, method in METHODS.items()
    }
    rows = [
        (name, m.params.__name__, m.result.__name__, ", ".join(sorted(m.roles)), yes_no(m.unlocked))
        for name, m in METHODS.items()
    ]
    run.screen.show(
        {"methods": data}, lambda: run.screen.table(("Method", "Takes", "Answers", "Who may call", "Unlocked"), rows)
    )
