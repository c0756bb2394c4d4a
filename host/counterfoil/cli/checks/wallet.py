"""Checks that take a running agent: its version and socket, its own diagnosis, browsers, recovery files, the lock."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterator

from counterfoil import __version__
from counterfoil.cli.checks.finding import Finding, note, right, wrong
from counterfoil.cli.checks.permissions import not_private
from counterfoil.cli.terminal.connection import Agent, ask
from counterfoil.home.paths import Home


def check_version(agent: Agent) -> Finding:
    """The agent that runs is of this version."""
    running, name = agent.greeting.version, "running program"
    if running == __version__:
        return right("agent.ok", name, f"version {running}")
    return wrong(
        "agent.version",
        name,
        f"Version {running} runs, and this command is {__version__}.",
        "Stop it when nothing is being signed; the next command starts the new one.",
        command="counterfoil agent stop",
    )


def check_socket(home: Home) -> Finding:
    """Nobody else may talk to the agent."""
    name = "socket"
    try:
        mode = stat.S_IMODE(home.socket.stat().st_mode)
    except OSError:
        fix = "Start Counterfoil anew."
        command = "counterfoil agent stop && counterfoil agent start"
        return wrong("socket.missing", name, f"{home.socket} is missing.", fix, command=command)
    if mode & 0o077:
        return not_private("socket.open", name, home.socket, f"Other users may talk to {home.socket}.")
    return right("socket.ok", name, str(home.socket))


def check_stale_socket(home: Home) -> Iterator[Finding]:
    """Where no agent answers: what a killed one left behind, which nobody listens at."""
    from counterfoil.home.autostart import connect, try_lock

    if not home.socket.exists() or not home.data.is_dir():
        return
    if (client := connect(home)) is not None:
        client.close()
        return
    lock = try_lock(home.lock_file) if home.lock_file.exists() else -1
    if lock is None:
        yield wrong(
            "agent.hangs",
            "running program",
            "Counterfoil on this computer runs, and does not listen.",
            "End its process and start it anew.",
            command=f"kill $(head -n 1 {shlex.quote(str(home.lock_file))}); counterfoil agent start",
        )
        return
    if lock >= 0:
        os.close(lock)
    yield wrong(
        "socket.stale",
        "socket",
        f"Nobody listens at {home.socket}: an agent that was killed left it behind.",
        "Remove it.",
        command=f"rm {shlex.quote(str(home.socket))}",
        mend=home.socket.unlink,
    )


def check_diagnosis(agent: Agent) -> Iterator[Finding]:
    """What only the agent can see."""
    from counterfoil.protocol.agent import DiagnoseResult

    for found in ask(agent, DiagnoseResult, "agent_diagnose").checks:
        yield Finding(found.code, found.name, found.level, found.found, found.fix, found.command)


def check_browsers_paired(agent: Agent) -> Finding:
    """At least one browser profile may ask."""
    from counterfoil.protocol.profile import ProfileList

    name, profiles = "paired browsers", ask(agent, ProfileList, "profile_list").profiles
    if profiles:
        return right("profile.ok", name, ", ".join(profile.name for profile in profiles))
    fix = "Open Counterfoil in the browser, then compare the code."
    return wrong("profile.none", name, "No browser is paired.", fix, command="counterfoil pair")


def check_vaults(agent: Agent) -> Iterator[Finding]:
    """Each has a proven recovery file, and what its parties share."""
    from counterfoil.protocol.vault import VaultList

    vaults = ask(agent, VaultList, "vault_list").vaults
    if not vaults:
        fix = "Make one in the browser, or here."
        yield note("vault.none", "vault", "There is no vault yet.", fix, command="counterfoil vault create")
    for vault in vaults:
        name = f"vault {vault.name}"
        if vault.recovery_proven:
            yield right("recovery.ok", f"{name}: recovery file", "saved and reopened")
        else:
            yield wrong(
                "recovery.unproven",
                f"{name}: recovery file",
                "It has not been saved and reopened. Until then one loss can lock you out.",
                "Save it away from this computer, and open it again.",
                command=f"counterfoil backup save {vault.vault_id[:8]} /PATH/OF/A/STICK/recovery.age",
            )
        if any(party.kind == "cosigner" for party in vault.parties):
            yield note(
                "cosigner.same_disk",
                f"{name}: co-signer",
                "Two of its shares are on this disk, each sealed apart. That protects from loss and from phishing sites,"
                " not from a program that has taken over this computer.",
                "Keep no more here than you would carry in a purse, or add a second device: in the browser, under Vault.",
            )
        yield from (
            wrong(
                "vault.quarantine",
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
        return right("lock.open", "lock", "unlocked")
    fix = "To sign, unlock it: in the browser, or here."
    if state.agent_unlocked:
        found = "The co-signer on this computer is locked."
        return note("lock.cosigner_locked", "lock", found, fix, command="counterfoil unlock")
    return note("lock.locked", "lock", "locked", fix, command="counterfoil unlock")
