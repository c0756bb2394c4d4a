"""The command line and a real agent with its co-signer: a vault's whole life in the terminal, and the way back without both."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counterfoil.agent.client import AgentClient
from counterfoil.home.paths import Home
from counterfoil.protocol.agent import ProfileProof

ROOT = Path(__file__).parents[2]
EXTENSION = "chrome-extension://" + "a" * 32 + "/"
THREE = "one two three\nfour five six\nseven eight\n"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A data folder of its own, whose agent is stopped at the end."""
    found = Home.at(tmp_path / "w")
    yield found
    counterfoil(found, "agent", "stop")


def counterfoil(home: Home, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """The program as a shell runs it."""
    environ = os.environ | {"COUNTERFOIL_HOME": str(home.data), "PYTHONPATH": str(ROOT / "host")}
    command = [sys.executable, "-m", "counterfoil", *arguments]
    return subprocess.run(command, input=typed, env=environ, capture_output=True, text=True, check=False, timeout=120)


def told(home: Home, *arguments: str, typed: str = "", code: int = 0) -> Any:
    """The JSON of a command that ends with this exit code."""
    done = counterfoil(home, *arguments, "--json", typed=typed)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_a_vault_lives_in_the_terminal_and_comes_back_from_its_files(home: Home, tmp_path: Path) -> None:
    assert told(home, "agent", "status", code=4)["reason"] == "not_running"
    recovery, own = tmp_path / "recovery.age", tmp_path / "own.age"
    made = told(home, "vault", "create", "--recovery-file", str(recovery), "--passphrase-stdin", typed=THREE)
    assert made["vault"]["recovery_proven"] is True
    [account] = told(home, "account", "list")["accounts"]
    assert account["receive_ready"] is True
    assert told(home, "backup", "verify", str(recovery), "--passphrase-stdin", typed="seven eight\n")["current"] is True

    renewed = tmp_path / "renewed.age"
    refresh = ("vault", "refresh", "My vault", "--recovery-file", str(renewed), "--passphrase-stdin")
    assert told(home, *refresh, typed="new seven eight\n")["vault"]["epoch"] == 1
    assert told(home, "account", "list")["accounts"] == [account]
    assert told(home, "backup", "verify", str(recovery), "--passphrase-stdin", typed="seven eight\n", code=1)["known"]
    recovery = renewed

    told(home, "lock")
    told(home, *refresh[:3], "--recovery-file", str(tmp_path / "no.age"), "--passphrase-stdin", typed="x y z\n", code=3)
    told(home, "backup", "export", "My vault", str(own), "--passphrase-stdin", typed="nine ten eleven\n", code=3)
    assert not own.exists()
    told(home, "unlock", "--passphrase-stdin", typed="seven eight\nfour five six\n", code=1)
    told(home, "unlock", "--passphrase-stdin", typed=THREE)
    told(home, "backup", "export", "My vault", str(own), "--passphrase-stdin", typed="nine ten eleven\n")
    kinds = {entry["kind"] for entry in told(home, "log", "show")["entries"]}
    assert {"vault_created", "recovery_file_proven", "vault_reshared", "share_exported"} <= kinds
    assert told(home, "log", "verify")["seq"] >= 3
    assert told(home, "agent", "stop")["was_running"] is True

    files = [str(recovery), str(own)]
    typed = "new seven eight\nnine ten eleven\n"
    combined = told(
        home, "backup", "combine", *files, "--print-private-key", "--i-understand", "--passphrase-stdin", typed=typed
    )
    assert combined["accounts"][0]["address"] == account["address"]
    script = subprocess.run(
        [sys.executable, "-I", ROOT / "scripts" / "recover_offline", *files],
        input=typed + "I understand\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert script.returncode == 0, script.stderr
    assert account["address"] in script.stdout
    assert combined["private_key"] in script.stdout


async def test_pairs_a_browser_that_waits(home: Home) -> None:
    assert (await asyncio.to_thread(told, home, "agent", "start"))["started"] is True
    async with AgentClient.connect(home, client="browser", caller=EXTENSION) as browser:
        begun = await browser.call("profile_begin", {"name": "Chromium", "browser": "Chromium"})
        granted = asyncio.create_task(browser.call("profile_await", {"pairing_id": begun["pairing_id"]}))
        profile = await asyncio.to_thread(told, home, "profile", "confirm", begun["code"])
        paired = await granted
    assert profile["profile_id"] == paired["profile_id"]
    proof = ProfileProof(profile_id=paired["profile_id"], token=paired["token"])
    async with AgentClient.connect(home, client="browser", caller=EXTENSION, profile=proof) as browser:
        assert (await browser.call("agent_state"))["paired"] is True
    assert len((await asyncio.to_thread(told, home, "profile", "list"))["profiles"]) == 1
    await asyncio.to_thread(told, home, "profile", "revoke", paired["profile_id"], "--yes")
    assert (await asyncio.to_thread(told, home, "profile", "list"))["profiles"] == []


def test_explains_a_transaction_and_lists_what_there_is(home: Home) -> None:
    raw = "0x02f001808459682f0085174876e80082520894000000000000000000000000000000000000dead8814d1120d7b16000080c0"
    assert "1.5 ETH" in told(home, "tx", "explain", raw)["sentence"]
    assert told(home, "tx", "explain", "0x02ff", code=2)["code"] == 1004
    assert told(home, "request", "list") == {"requests": [], "more": False}
    assert told(home, "request", "show", "00" * 16, code=5)["reason"] == "not_found"
    assert told(home, "site", "list") == {"sites": []}
    assert told(home, "passkey", "list") == {"passkeys": []}
    assert "eip155:1" in {chain["chain"] for chain in told(home, "chain", "list")["chains"]}
    assert told(home, "chain", "set-endpoint", "eip155:1", "http://127.0.0.1:1", code=7)["code"] == 4001
    names = {check["name"] for check in told(home, "doctor", code=1)["checks"]}
    assert {"python", "data folder", "running program", "socket", "lock"} <= names


@pytest.mark.parametrize("stop", ["SIGTERM", "SIGINT"])
def test_a_relay_runs_until_it_is_stopped(home: Home, stop: str) -> None:
    import signal

    environ = os.environ | {"PYTHONPATH": str(ROOT / "host")}
    relay = subprocess.Popen(
        [sys.executable, "-m", "counterfoil", "relay", "run", "--port", "0", "--json"],
        env=environ,
        stdout=subprocess.PIPE,
    )
    with relay:
        assert relay.stdout is not None
        assert json.loads(relay.stdout.readline())["url"].startswith("ws://127.0.0.1:")
        relay.send_signal(signal.Signals[stop])
        assert relay.wait(timeout=10) == 0
