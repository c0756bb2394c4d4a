"""Checks that take a running agent: its version and socket, its own diagnosis, browsers, recovery files, the lock."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from counterfoil import __version__
from counterfoil.cli.checks.finding import Finding, note, right, wrong
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.home.paths import Home


def check_version(agent: Agent) -> Finding:
    """The agent that runs is of this version."""
    running = agent.greeting.version
    if running == __version__:
        return right("running program", f"version {running}")
    return wrong(
        "running program",
        f"Version {running} runs, and this command is {__version__}.",
        "Run `counterfoil agent stop`; the next command starts the new one.",
    )


def check_socket(home: Home) -> Finding:
    """Nobody else may talk to the agent."""
    try:
        mode = stat.S_IMODE(home.socket.stat().st_mode)
    except OSError:
        return wrong("socket", f"{home.socket} is missing.", "Run `counterfoil agent stop`, then try again.")
    if mode & 0o077:
        return wrong("socket", f"Other users may talk to {home.socket}.", f"Run: chmod 600 {home.socket}")
    return right("socket", str(home.socket))


def check_diagnosis(agent: Agent) -> Iterator[Finding]:
    """What only the agent can see."""
    from counterfoil.protocol.agent import DiagnoseResult

    for found in ask(agent, DiagnoseResult, "agent_diagnose").checks:
        if found.ok:
            yield right(found.name, found.found)
        else:
            yield wrong(
                found.name, found.found, found.fix or "Report it with the output of `counterfoil doctor --json`."
            )


def check_browsers_paired(agent: Agent) -> Finding:
    """At least one browser profile may ask."""
    from counterfoil.protocol.profile import ProfileList

    profiles = ask(agent, ProfileList, "profile_list").profiles
    if profiles:
        return right("paired browsers", ", ".join(profile.name for profile in profiles))
    return wrong(
        "paired browsers", "No browser is paired.", "Open Counterfoil in the browser, then run `counterfoil pair`."
    )


def check_vaults(agent: Agent) -> Iterator[Finding]:
    """Each has a proven recovery file, and what its parties share."""
    from counterfoil.protocol.vault import VaultList

    vaults = ask(agent, VaultList, "vault_list").vaults
    if not vaults:
        yield note("vault", "There is no vault yet.", "Make one in the browser, or with `counterfoil vault create`.")
    for vault in vaults:
        name = f"vault {vault.name}"
        if vault.recovery_proven:
            yield right(f"{name}: recovery file", "saved and reopened")
        else:
            yield wrong(
                f"{name}: recovery file",
                "It has not been saved and reopened. Until then one loss can lock you out.",
                f"Run: counterfoil backup save {vault.vault_id[:8]} FILE",
            )
        if any(party.kind == "cosigner" for party in vault.parties):
            yield note(
                f"{name}: co-signer",
                "Two of its shares are on this disk, each sealed apart. That protects from loss and from phishing sites,"
                " not from a program that has taken over this computer.",
                "Keep no more here than you would carry in a purse, or add a second device: in the browser, under Vault.",
            )
        yield from (
            wrong(
                f"{name}: {party.name}",
                "It failed a check and signs nothing until it is set up afresh.",
                "Move everything to a new vault, with the parties that are left.",
            )
            for party in vault.parties
            if party.poisoned
        )


def check_lock(agent: Agent) -> Finding:
    """Locked is a state, not a mistake."""
    from counterfoil.protocol.lock import LockState

    state = ask(agent, LockState, "lock_state")
    if state.agent_unlocked and state.cosigner_unlocked:
        return right("lock", "unlocked")
    if state.agent_unlocked:
        return note("lock", "The co-signer on this computer is locked.", "To sign: run `counterfoil unlock`.")
    return note("lock", "locked", "To sign: unlock it in the browser, or run `counterfoil unlock`.")
