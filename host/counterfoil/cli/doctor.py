"""``counterfoil doctor``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated

import typer

from counterfoil import __version__
from counterfoil.cli.browsers.kinds import Computer
from counterfoil.cli.checks.browsers import check_extension, check_manifests, check_wrapper
from counterfoil.cli.checks.computer import check_computer, check_database, check_home
from counterfoil.cli.checks.files import check_files
from counterfoil.cli.checks.finding import Finding, wrong
from counterfoil.cli.checks.wallet import (
    check_browsers_paired,
    check_diagnosis,
    check_lock,
    check_socket,
    check_stale_socket,
    check_vaults,
    check_version,
)
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent
from counterfoil.cli.terminal.run import PLATFORMS, Run
from counterfoil.errors import AgentUnreachable, StorageError, UnsupportedVersion, WalletError

MOST_ROUNDS = 3
_MARKS = {"ok": "ok    ", "note": "note  ", "wrong": "WRONG "}
Fix = Annotated[bool, typer.Option("--fix", help="Mend what can be mended without losing anything.")]


@command("doctor")
def doctor(run: Run, *, fix: Fix = False) -> int:
    """Find what is wrong, and say how to mend it.

    Looks at everything that has to fit together. Without --fix it changes nothing and starts nothing. Exit code 1
    if something is wrong, after mending. Each finding of --json has a stable code.
    """
    mended: list[Finding] = []
    findings = list(without_repeats(examine(run)))
    # Mending one thing brings others to light: an agent that did not run can be asked once it does.
    for _ in range(MOST_ROUNDS if fix and run.home.data.is_dir() else 0):
        done = [finding for finding in findings if finding.level == "wrong" and _mend(run, finding)]
        if not done:
            break
        mended += done
        findings = list(without_repeats(examine(run)))
    bad = [finding for finding in findings if finding.level == "wrong"]
    data = {
        "version": __version__,
        "ok": not bad,
        "mended": [finding.as_dict() for finding in mended],
        "checks": [finding.as_dict() for finding in findings],
    }
    run.screen.show(data, lambda: _say(run, findings, mended, len(bad)))
    return 1 if bad else 0


def _mend(run: Run, finding: Finding) -> bool:
    """Whether it was mended. What can't be mended stays wrong and is said so."""
    if finding.mend is None:
        return False
    try:
        finding.mend()
    except (WalletError, OSError) as error:
        run.screen.note(f"{finding.name} could not be mended: {error}")
        return False
    return True


def without_repeats(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what is said to be right a second time; never anything that is wrong."""
    seen: set[str] = set()
    for finding in findings:
        if finding.level != "ok" or finding.name not in seen:
            yield finding
        seen.add(finding.name)


def examine(run: Run) -> Iterator[Finding]:
    """All checks. None of them ends the others."""
    computer = Computer(run.platform, run.environ)
    yield from check_computer(run.platform)
    if run.platform not in PLATFORMS:
        return
    yield from check_home(run.home)
    try:
        source = run.extension_source()
    except StorageError as error:
        fix = error.remedy or "Install Counterfoil again."
        yield wrong("extension.no_source", "extension", error.message, fix, command="pipx reinstall counterfoil")
        return
    yield from check_extension(run.home, source)
    yield from check_manifests(run.home, computer, source)
    yield from check_wrapper(run.home, computer, source)
    yield from check_files(computer.person)
    yield from _examine_agent(run)


def _examine_agent(run: Run) -> Iterator[Finding]:
    try:
        with run.agent(start=False) as agent:
            yield check_version(agent)
            yield check_socket(run.home)
            yield from _examine_wallet(agent)
    except AgentUnreachable:
        yield from check_stale_socket(run.home)
        yield from check_database(run.home)
        yield wrong(
            "agent.not_running",
            "running program",
            "Counterfoil on this computer does not run, or does not answer.",
            f"Start it. If it does not stay, its log says why: {run.home.log_file}",
            command="counterfoil agent start",
            mend=None if not run.home.data.is_dir() else lambda: _start(run),
        )
    except UnsupportedVersion:
        yield wrong(
            "agent.protocol",
            "running program",
            "Another version runs than this command's.",
            "Stop it when nothing is being signed; the next command starts the new one.",
            command="counterfoil agent stop",
        )


def _start(run: Run) -> None:
    with run.agent():
        pass


def _examine_wallet(agent: Agent) -> Iterator[Finding]:
    checks = (
        ("paired browsers", lambda: [check_browsers_paired(agent)]),
        ("vaults", lambda: check_vaults(agent)),
        ("lock", lambda: [check_lock(agent)]),
        ("diagnosis", lambda: check_diagnosis(agent)),
    )
    for name, check in checks:
        try:
            found: Iterable[Finding] = list(check())
        except (AgentUnreachable, UnsupportedVersion):
            raise
        except WalletError as error:
            fix = error.remedy or "Report it with what this prints:"
            found = [wrong("check.failed", name, error.message, fix, command="counterfoil doctor --json")]
        yield from found


def _say(run: Run, findings: list[Finding], mended: list[Finding], bad: int) -> None:
    for finding in mended:
        run.screen.say(f"MENDED {finding.name}: {finding.found}")
    for finding in findings:
        run.screen.say(f"{_MARKS[finding.level]}{finding.name}: {finding.found}")
        if finding.fix is not None:
            run.screen.say(f"        {'What to do: ' if finding.level == 'wrong' else ''}{finding.fix}")
        if finding.command is not None:
            run.screen.say(f"        $ {finding.command}")
    run.screen.say("")
    if not bad:
        run.screen.say("Everything fits together.")
        return
    run.screen.say(
        f"{bad} {'thing is' if bad == 1 else 'things are'} wrong.{'' if mended else ' Nothing was changed.'}"
    )
    if not mended and any(finding.mend is not None and finding.level == "wrong" for finding in findings):
        run.screen.say("What can be mended without losing anything: counterfoil doctor --fix")
