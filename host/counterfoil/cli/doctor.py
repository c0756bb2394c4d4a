"""``counterfoil doctor``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from counterfoil import __version__
from counterfoil.cli.browsers.kinds import Computer
from counterfoil.cli.checks.browsers import check_extension, check_manifests, check_wrapper
from counterfoil.cli.checks.computer import check_computer, check_home
from counterfoil.cli.checks.finding import Finding, wrong
from counterfoil.cli.checks.wallet import (
    check_browsers_paired,
    check_diagnosis,
    check_lock,
    check_socket,
    check_vaults,
    check_version,
)
from counterfoil.cli.terminal.command import command
from counterfoil.cli.terminal.connection import Agent
from counterfoil.cli.terminal.run import PLATFORMS, Run
from counterfoil.errors import AgentUnreachable, StorageError, UnsupportedVersion, WalletError

_MARKS = {"ok": "ok    ", "note": "note  ", "wrong": "WRONG "}


@command("doctor")
def doctor(run: Run) -> int:
    """Find what is wrong, and say how to mend it.

    Looks at everything that has to fit together. Changes nothing and starts nothing. Exit code 1 if something is wrong.
    """
    findings = list(without_repeats(examine(run)))
    bad = [finding for finding in findings if finding.level == "wrong"]
    data = {"version": __version__, "ok": not bad, "checks": [finding.as_dict() for finding in findings]}
    run.screen.show(data, lambda: _say(run, findings, len(bad)))
    return 1 if bad else 0


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
        yield wrong("extension", error.message, error.remedy or "Install Counterfoil again.")
        return
    yield from check_extension(run.home, source)
    yield from check_manifests(run.home, computer, source)
    yield from check_wrapper(run.home, computer)
    yield from _examine_agent(run)


def _examine_agent(run: Run) -> Iterator[Finding]:
    try:
        with run.agent(start=False) as agent:
            yield check_version(agent)
            yield check_socket(run.home)
            yield from _examine_wallet(agent)
    except AgentUnreachable:
        yield wrong(
            "running program",
            "Counterfoil on this computer does not run, or does not answer.",
            f"Run `counterfoil agent start`. If it does not stay, its log says why: {run.home.log_file}",
        )
    except UnsupportedVersion:
        yield wrong(
            "running program",
            "Another version runs than this command's.",
            "Run `counterfoil agent stop`; the next command starts the new one.",
        )


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
            found = [wrong(name, error.message, error.remedy or "Report it with `counterfoil doctor --json`.")]
        yield from found


def _say(run: Run, findings: list[Finding], bad: int) -> None:
    for finding in findings:
        run.screen.say(f"{_MARKS[finding.level]}{finding.name}: {finding.found}")
        if finding.fix is not None:
            run.screen.say(f"        {'What to do: ' if finding.level == 'wrong' else ''}{finding.fix}")
    run.screen.say("")
    if bad:
        run.screen.say(f"{bad} {'thing is' if bad == 1 else 'things are'} wrong. Nothing was changed.")
    else:
        run.screen.say("Everything fits together.")
