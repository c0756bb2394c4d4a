"""``counterfoil agent run|start|stop|status``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterfoil import __version__
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.run import Run
from counterfoil.cli.terminal.words import yes_no
from counterfoil.errors import AgentUnreachable, StateConflict

if TYPE_CHECKING:
    from counterfoil.protocol.agent import HelloResult

_POLL_SECONDS = 0.05
_STOP_SECONDS = 15.0


@command("agent", "run")
def run_agent(run: Run) -> int:
    """Run it here, in the foreground, until Ctrl-C. What it says goes to standard error."""
    from counterfoil.agent.lifecycle import run as live
    from counterfoil.home.autostart import ALREADY_RUNS

    status = live(run.home)
    if status == ALREADY_RUNS:
        raise StateConflict(
            "Counterfoil on this computer runs already.",
            reason="already_runs",
            remedy="Stop it first: `counterfoil agent stop`.",
        )
    run.screen.show({"stopped": True}, lambda: None)
    return status


@command("agent", "start")
def start(run: Run) -> None:
    """Start it in the background if it does not run. The browser does so by itself."""
    from counterfoil.home.autostart import ensure_agent

    started = ensure_agent(run.home)
    words = "Counterfoil on this computer " + ("was started." if started else "runs already.")
    run.screen.show({"running": True, "started": started}, lambda: run.screen.say(words))


@command("agent", "stop")
def stop(run: Run) -> None:
    """Stop it. Everything is locked then; the browser starts it again when it needs it."""
    was_running = stop_agent(run)
    words = "Counterfoil on this computer " + ("has stopped." if was_running else "was not running.")
    run.screen.show({"running": False, "was_running": was_running}, lambda: run.screen.say(words))


@command("agent", "status")
def status(run: Run) -> None:
    """Say whether it runs and how it stands. Does not start it; exit code 4 if it does not run."""
    try:
        with run.agent(start=False) as agent:
            greeting = agent.greeting
    except AgentUnreachable:
        raise AgentUnreachable(
            "Counterfoil on this computer does not run.",
            reason="not_running",
            remedy="The browser starts it; or run `counterfoil agent start`.",
        ) from None
    data = {"running": True, "home": str(run.home.data), **greeting.model_dump()}
    run.screen.show(data, lambda: _say(run, greeting))


def stop_agent(run: Run) -> bool:
    """Ask it to end and wait until its socket is gone; whether it ran. Raises: AgentUnreachable"""
    from counterfoil.home.autostart import connect
    from counterfoil.protocol.model import Empty

    try:
        with run.agent(start=False) as agent:
            agent.call("agent_shutdown", Empty())
    except AgentUnreachable:
        if (client := connect(run.home)) is None:
            return False
        client.close()
    deadline = run.now() + _STOP_SECONDS
    while (client := connect(run.home)) is not None:
        client.close()
        if run.now() > deadline:
            raise AgentUnreachable(
                "Counterfoil on this computer does not stop.",
                reason="does_not_stop",
                remedy=f"Its process is named in {run.home.lock_file}; end that process.",
            )
        run.sleep(_POLL_SECONDS)
    return True


def _say(run: Run, greeting: HelloResult) -> None:
    state = greeting.state
    run.screen.say(
        f"Counterfoil {greeting.version} runs on this computer, in {run.home.data}",
        f"  locked: {yes_no(state.locked)}",
        f"  requests that wait for you: {state.pending_requests}",
        f"  co-signer: {state.cosigner}",
        f"  set-up: {'done' if state.onboarding == 'done' else 'not finished: open Counterfoil in the browser'}",
    )
    if state.relay_url is not None:
        run.screen.say(f"  relay: {state.relay_url}")
    if greeting.version != __version__:
        run.screen.say(f"  This command is {__version__}. What to do: `counterfoil agent stop`, then try again.")
