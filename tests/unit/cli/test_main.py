"""The seam between commands and the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from counterfoil import __version__
from counterfoil.cli.main import GROUPS, MODULES, build
from counterfoil.errors import Locked
from tests.fakes.cli_agent import FakeAgent, Terminal

ROOT = Path(__file__).parents[3]


def every_command() -> list[tuple[str, Any]]:
    def walk(command: Any, path: tuple[str, ...]) -> list[tuple[str, Any]]:
        children = getattr(command, "commands", None)
        if children is None:
            return [(" ".join(path), command)]
        return [found for name, child in children.items() for found in walk(child, (*path, name))]

    return walk(typer.main.get_command(build()), ())


COMMANDS = dict(every_command())


def test_says_its_version(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    assert terminal.run("--version").code == 0
    assert capsys.readouterr().out == f"counterfoil {__version__}\n"


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from counterfoil.cli.main import run; run(['--help']);"
        "sys.exit(' '.join({'pydantic', 'rich', 'aiohttp', 'asyncio', 'cryptography', 'numpy', 'coincurve'}"
        " & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT / "host", capture_output=True, text=True, check=False
    )
    assert "vault" in done.stdout
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_json(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert len(command.help.splitlines()[0]) <= 100
    assert any("--json" in parameter.opts for parameter in command.params)


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_a_passphrase_as_an_argument(name: str) -> None:
    for parameter in COMMANDS[name].params:
        words = " ".join((parameter.name, *parameter.opts))
        if any(secret in words for secret in ("pass", "secret", "pin", "key")):
            assert parameter.is_flag, f"{name}: {words}"


def test_every_file_with_a_command_is_loaded() -> None:
    folder = ROOT / "host" / "counterfoil" / "cli"
    files = {path.stem for path in folder.glob("*.py") if "@command(" in path.read_text(encoding="utf-8")}
    assert files == set(MODULES)
    parents = (name.split()[:count] for name in COMMANDS for count in range(1, len(name.split())))
    assert {" ".join(words) for words in parents} == set(GROUPS)


def test_the_reference_documents_every_command() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "generate_cli_docs", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_never_shows_a_traceback(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"vault_list": RuntimeError("a secret in a message")})
    outcome = terminal.run("vault", "list")
    assert outcome.code == 9
    assert "Traceback" not in outcome.err + outcome.out
    assert "a secret in a message" not in outcome.err + outcome.out
    assert "RuntimeError at cli_agent.py" in outcome.err
    assert "Nothing was signed" in outcome.err


def test_an_answer_of_another_form_is_a_bug_and_no_traceback(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"vault_list": {"vaults": "no list"}})
    assert terminal.run("vault", "list").code == 9


def test_an_error_is_one_json_document(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"vault_list": Locked()})
    outcome = terminal.run("vault", "list", "--json")
    assert outcome.code == 3
    assert outcome.err == ""
    found = json.loads(outcome.out)
    assert list(found) == ["code", "reason", "message", "remedy", "details"]
    assert found["reason"] == "locked"


def test_people_read_what_happened_and_what_to_do(terminal: Terminal) -> None:
    terminal.agent = FakeAgent({"vault_list": Locked()})
    outcome = terminal.run("vault", "list")
    assert outcome.out == ""
    assert outcome.err.startswith("Counterfoil is locked.\nWhat to do: ")


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["vault", "shwo"], ["vault", "show"], ["log", "show", "--limit", "x"]]
)
def test_a_wrong_command_line_is_an_error_in_both_forms(terminal: Terminal, arguments: list[str]) -> None:
    outcome = terminal.run(*arguments)
    assert outcome.code == 2
    assert "--help`" in outcome.err
    found = terminal.run(*arguments, "--json")
    assert found.code == 2
    assert json.loads(found.out)["reason"] == "usage"


def test_no_command_shows_the_help(terminal: Terminal) -> None:
    outcome = terminal.run()
    assert outcome.code == 2
    assert "setup" in outcome.err


def test_ctrl_c_has_its_own_exit_code(terminal: Terminal) -> None:
    def stopped(_params: object) -> None:
        raise KeyboardInterrupt

    terminal.agent = FakeAgent({"vault_list": stopped})
    assert terminal.run("vault", "list").code == 130


def test_says_so_when_the_agent_does_not_answer(terminal: Terminal) -> None:
    terminal.agent = None
    outcome = terminal.run("vault", "list")
    assert outcome.code == 4
    assert "counterfoil doctor" in outcome.err


def test_prints_the_whole_wire(terminal: Terminal) -> None:
    from counterfoil.protocol.wire import METHODS

    terminal.agent = None  # needs none
    found = json.loads(terminal.run("methods", "--json").out)["methods"]
    assert set(found) == set(METHODS)
    assert found["agent_shutdown"]["roles"] == ["cli"]
    assert len(terminal.run("methods").out.splitlines()) == len(METHODS) + 1


def test_completes_words_in_the_shell() -> None:
    environ = os.environ | {
        "PYTHONPATH": str(ROOT / "host"),
        "_COUNTERFOIL_COMPLETE": "complete_bash",
        "COMP_WORDS": "counterfoil vault ",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [sys.executable, "-m", "counterfoil"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["list", "show", "create", "refresh", "join", "agree"]


def test_a_terminal_of_few_characters_is_no_reason_to_fail() -> None:
    environ = os.environ | {"PYTHONPATH": str(ROOT / "host"), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "counterfoil", "site", "show", "“"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_another_platform_is_refused_in_words(terminal: Terminal) -> None:
    terminal.platform = "win32"
    outcome = terminal.run("vault", "list")
    assert outcome.code == 1
    assert "Linux or macOS" in outcome.err
