"""The doctor names what is wrong and the exact fix; each check has a test that breaks it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from counterfoil.cli.browsers import release
from counterfoil.cli.browsers.extension import copied_extension
from counterfoil.cli.browsers.host_manifest import FILE_NAME, wrapper_path
from counterfoil.errors import Locked, UnsupportedVersion
from counterfoil.home.autostart import try_lock
from counterfoil.store.db import Database
from tests.fakes.cli_agent import FakeAgent, Terminal
from tests.fakes.wire_values import a_lock_state, a_profile, a_vault


@pytest.fixture
def healthy(terminal: Terminal) -> Terminal:
    terminal.agent = FakeAgent(
        {
            "profile_list": {"profiles": [a_profile()]},
            "agent_diagnose": {"checks": [], "facts": {}},
            "vault_list": {"vaults": [a_vault(recovery_proven=True)]},
            "lock_state": a_lock_state(),
        }
    )
    assert terminal.run("setup", "--browser", "chromium").code == 0
    terminal.home.socket.touch(0o600)
    return terminal


def checks(terminal: Terminal, code: int) -> dict[str, dict[str, Any]]:
    outcome = terminal.run("doctor", "--json")
    assert outcome.code == code, outcome.out
    found = json.loads(outcome.out)
    assert found["ok"] is (code == 0)
    return {check["name"]: check for check in found["checks"]}


def wrong(terminal: Terminal) -> dict[str, dict[str, Any]]:
    found = {name: check for name, check in checks(terminal, 1).items() if check["level"] == "wrong"}
    assert all(check["fix"] for check in found.values())
    return found


def is_wrong(terminal: Terminal, code: str) -> dict[str, Any]:
    """The one thing that is wrong, by its code."""
    found = [check for check in wrong(terminal).values() if check["code"] == code]
    assert len(found) == 1, wrong(terminal)
    return found[0]


def heals(terminal: Terminal, code: str) -> None:
    """``--fix`` mends it, and afterwards nothing is wrong."""
    assert is_wrong(terminal, code)["can_fix"] is True
    outcome = terminal.run("doctor", "--fix", "--json")
    assert outcome.code == 0, outcome.out
    assert code in {mended["code"] for mended in json.loads(outcome.out)["mended"]}
    checks(terminal, 0)


def stays(terminal: Terminal, code: str) -> None:
    """Nothing is done about it by itself: a person has to."""
    assert is_wrong(terminal, code)["can_fix"] is False
    outcome = terminal.run("doctor", "--fix", "--json")
    assert outcome.code == 1
    assert code in {check["code"] for check in json.loads(outcome.out)["checks"]}


def a_diagnosis(name: str, level: str, **changes: Any) -> dict[str, Any]:
    return {"code": f"{name}.x", "name": name, "level": level, "found": "so", "fix": None, "command": None, **changes}


def manifest_of(terminal: Terminal) -> Path:
    return terminal.person / ".config/chromium/NativeMessagingHosts" / FILE_NAME


def test_finds_nothing_wrong_after_set_up(healthy: Terminal) -> None:
    found = checks(healthy, 0)
    assert found["vault My vault: co-signer"]["level"] == "note"
    assert "Everything fits together." in healthy.run("doctor").out


def test_on_a_fresh_computer_it_leads_to_set_up(terminal: Terminal) -> None:
    terminal.agent = None
    found = wrong(terminal)
    assert found["data folder"]["command"] == "counterfoil setup"
    assert found["running program"]["command"] == "counterfoil agent start"
    terminal.run("doctor", "--fix")
    assert not terminal.home.data.exists()


def test_sees_a_data_folder_open_to_others(healthy: Terminal) -> None:
    healthy.home.data.chmod(0o755)
    assert is_wrong(healthy, "home.open")["command"] == f"chmod 700 {healthy.home.data}"
    heals(healthy, "home.open")


@pytest.mark.parametrize("part", ["", "-wal", "-shm"])
def test_sees_a_database_open_to_others(healthy: Terminal, part: str) -> None:
    file = healthy.home.database.with_name(healthy.home.database.name + part)
    file.touch(0o644)
    file.chmod(0o644)
    assert is_wrong(healthy, "database.open")["command"] == f"chmod 600 {file}"
    heals(healthy, "database.open")


@pytest.mark.parametrize("change", ["altered", "added", "missing", "gone"])
def test_sees_an_altered_extension(healthy: Terminal, change: str) -> None:
    folder = copied_extension(healthy.home)
    if change == "altered":
        (folder / "extension/worker.js").write_text("fetch('https://evil.example')")
    elif change == "added":
        (folder / "extension/more.js").write_text("")
    elif change == "missing":
        (folder / "extension/worker.js").unlink()
    else:
        folder.rename(folder.with_name("elsewhere"))
    code = "extension.missing" if change == "gone" else "extension.altered"
    assert is_wrong(healthy, code)["command"] == "counterfoil setup"
    heals(healthy, code)


def test_sees_an_extension_of_another_version(healthy: Terminal) -> None:
    file = copied_extension(healthy.home) / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": "0.0.9"}))
    heals(healthy, "extension.old")


@pytest.mark.parametrize("change", ["altered", "added", "missing", None])
def test_compares_the_extension_with_the_releases_hashes(
    healthy: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str | None
) -> None:
    released = tmp_path / "_extension"
    healthy.extension.rename(released)
    healthy.extension = released
    files = [path for path in released.rglob("*") if path.is_file()]
    record = {path.relative_to(released).as_posix(): hashlib.sha256(path.read_bytes()).digest() for path in files}
    monkeypatch.setattr(release, "_recorded", lambda: record)
    if change is None:
        checks(healthy, 0)
        return
    if change == "altered":
        (released / "extension/worker.js").write_text("fetch('https://evil.example')")
    elif change == "added":
        (released / "extension/more.js").write_text("")
    else:
        (released / "extension/worker.js").unlink()
    assert is_wrong(healthy, "extension.release_altered")["command"] == "pipx reinstall counterfoil"
    stays(healthy, "extension.release_altered")


def test_sees_a_missing_manifest(healthy: Terminal) -> None:
    manifest_of(healthy).unlink()
    assert is_wrong(healthy, "manifest.missing")["command"] == "counterfoil install --browser chromium"
    heals(healthy, "manifest.missing")


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("manifest.moved", {"path": "/elsewhere/evil"}),
        ("manifest.wrong_id", {"allowed_origins": ["chrome-extension://" + "a" * 32 + "/"]}),
        ("manifest.wrong_id", {"allowed_origins": []}),
        ("manifest.altered", {"extra": 1}),
    ],
)
def test_sees_a_manifest_that_admits_or_starts_another(healthy: Terminal, code: str, change: dict[str, Any]) -> None:
    file = manifest_of(healthy)
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    heals(healthy, code)


def test_a_browser_that_was_left_out_is_no_mistake(healthy: Terminal) -> None:
    (healthy.person / ".mozilla").mkdir()
    found = checks(healthy, 0)["Firefox: host manifest"]
    assert found["level"] == "note"
    assert found["command"] == "counterfoil install --browser firefox"


def test_sees_an_unreadable_manifest(healthy: Terminal) -> None:
    manifest_of(healthy).write_text("{")
    heals(healthy, "manifest.unreadable")


@pytest.mark.parametrize("folder", [False, True])
def test_sees_a_manifest_that_others_may_change(healthy: Terminal, folder: bool) -> None:
    place = manifest_of(healthy).parent if folder else manifest_of(healthy)
    place.chmod(place.stat().st_mode | 0o022)
    assert is_wrong(healthy, "manifest.loose")["command"] == f"chmod go-w {place}"
    heals(healthy, "manifest.loose")


def test_sees_a_manifest_for_another_user_data_dir(healthy: Terminal, tmp_path: Path) -> None:
    healthy.run("install", "--user-data-dir", str(tmp_path / "udd"))
    checks(healthy, 0)
    (tmp_path / "udd/NativeMessagingHosts" / FILE_NAME).unlink()
    assert f"--user-data-dir {tmp_path / 'udd'}" in is_wrong(healthy, "manifest.missing")["command"]
    heals(healthy, "manifest.missing")


@pytest.mark.parametrize("code", ["stub.stale", "stub.not_executable", "stub.loose", "stub.missing"])
def test_sees_a_start_script_that_is_not_ours(healthy: Terminal, code: str) -> None:
    path = wrapper_path(healthy.home)
    if code == "stub.stale":
        path.write_text("#!/bin/sh\nexec /old/python -I /old/counterfoil/native.py\n")
    elif code == "stub.not_executable":
        path.chmod(0o644)
    elif code == "stub.loose":
        path.chmod(0o777)
    else:
        path.unlink()
    heals(healthy, code)


def test_sees_an_agent_of_another_version(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent = FakeAgent(healthy.agent.answers, version="0.0.9")
    assert is_wrong(healthy, "agent.version")["command"] == "counterfoil agent stop"
    stays(healthy, "agent.version")


def test_sees_a_socket_open_to_others(healthy: Terminal) -> None:
    healthy.home.socket.chmod(0o666)
    assert "chmod 600" in is_wrong(healthy, "socket.open")["command"]
    heals(healthy, "socket.open")


def test_sees_that_the_socket_is_gone(healthy: Terminal) -> None:
    healthy.home.socket.unlink()
    stays(healthy, "socket.missing")


def test_starts_what_does_not_run(healthy: Terminal) -> None:
    healthy.asleep, healthy.agent = healthy.agent, None
    healthy.home.socket.unlink()
    assert is_wrong(healthy, "agent.not_running")["command"] == "counterfoil agent start"
    healthy.run("doctor")
    assert healthy.agent is None, "without --fix nothing is started"
    outcome = healthy.run("doctor", "--fix", "--json")
    assert "agent.not_running" in {one["code"] for one in json.loads(outcome.out)["mended"]}
    assert healthy.agent is not None


def test_sees_a_socket_that_a_killed_agent_left(healthy: Terminal) -> None:
    healthy.agent = None
    healthy.home.socket.unlink()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(healthy.home.socket))
    found = {check["code"]: check for check in wrong(healthy).values()}
    assert found["socket.stale"]["command"] == f"rm {healthy.home.socket}"
    healthy.run("doctor", "--fix")
    assert not healthy.home.socket.exists()


def test_sees_an_agent_that_runs_and_does_not_listen(healthy: Terminal) -> None:
    healthy.agent = None
    held = try_lock(healthy.home.lock_file)
    assert held is not None
    found = {check["code"]: check for check in json.loads(healthy.run("doctor", "--json").out)["checks"]}
    os.close(held)
    assert "kill" in found["agent.hangs"]["command"]
    assert found["agent.hangs"]["can_fix"] is False


@pytest.mark.parametrize("where", ["device", "cosigner"])
@pytest.mark.parametrize("change", ["damaged", "foreign", "newer", None])
def test_reads_the_databases_while_nothing_runs(healthy: Terminal, where: str, change: str | None) -> None:
    healthy.agent = None
    healthy.home.socket.unlink()
    path = (healthy.home if where == "device" else healthy.home.cosigner).database
    Database.open(path).close()
    if change == "damaged":
        path.write_bytes(path.read_bytes()[:4096] + os.urandom(8192) + path.read_bytes()[12288:])
    elif change:
        with contextlib.closing(sqlite3.connect(path)) as database:
            pragma = "application_id = 7" if change == "foreign" else "user_version = 9999"
            database.execute(f"PRAGMA {pragma}")
    codes = [check["code"] for check in json.loads(healthy.run("doctor", "--json").out)["checks"]]
    expected = {"damaged": "database.damaged", "foreign": "database.damaged", "newer": "database.newer"}
    assert expected.get(change or "", "database.ok") in codes
    assert ("database.ok" in codes) is (change is None)


@pytest.mark.parametrize("place", ["", "Downloads", "Desktop", "Documents"])
@pytest.mark.parametrize("kind", ["recovery", "second-file"])
def test_sees_a_recovery_file_left_on_this_disk(healthy: Terminal, place: str, kind: str) -> None:
    file = healthy.person / place / f"counterfoil-savings-{kind}.age"
    file.parent.mkdir(exist_ok=True)
    file.write_text("sealed")
    code = "file.recovery_here" if kind == "recovery" else "file.second_here"
    assert str(file) in is_wrong(healthy, code)["command"]
    stays(healthy, code)
    assert file.exists()
    file.unlink()
    checks(healthy, 0)


def test_passes_on_what_the_agent_finds(healthy: Terminal) -> None:
    assert healthy.agent is not None
    finding = a_diagnosis("clock", "wrong", code="clock.off", fix="Set the clock.", command="timedatectl set-ntp true")
    healthy.agent.answers["agent_diagnose"] = {"checks": [finding], "facts": {}}
    assert is_wrong(healthy, "clock.off")["command"] == "timedatectl set-ntp true"
    assert "$ timedatectl set-ntp true" in healthy.run("doctor").out


def test_one_failing_check_does_not_hide_the_others(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers |= {"agent_diagnose": Locked(), "profile_list": {"profiles": []}}
    assert {"diagnosis", "paired browsers"} <= wrong(healthy).keys()


def test_sees_that_no_browser_is_paired(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers["profile_list"] = {"profiles": []}
    assert is_wrong(healthy, "profile.none")["command"] == "counterfoil pair"


def test_sees_an_unproven_recovery_file(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers["vault_list"] = {"vaults": [a_vault()]}
    assert "counterfoil backup save abababab" in is_wrong(healthy, "recovery.unproven")["command"]


def test_sees_a_party_in_quarantine(healthy: Terminal) -> None:
    assert healthy.agent is not None
    vault = a_vault(recovery_proven=True)
    vault["parties"][1]["poisoned"] = True
    healthy.agent.answers["vault_list"] = {"vaults": [vault]}
    assert "vault My vault: Co-signer" in wrong(healthy)


def test_locked_is_worth_saying_and_not_wrong(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers["lock_state"] = a_lock_state(agent_unlocked=False, cosigner_unlocked=False)
    assert checks(healthy, 0)["lock"]["level"] == "note"


def test_an_agent_that_speaks_another_protocol(healthy: Terminal) -> None:
    assert healthy.agent is not None
    healthy.agent.answers["agent_diagnose"] = UnsupportedVersion()
    assert "running program" in wrong(healthy)


def fake_program(folder: Path, name: str) -> None:
    folder.mkdir(parents=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)


def test_says_what_a_snap_cannot_do(healthy: Terminal, tmp_path: Path) -> None:
    fake_program(tmp_path / "snap/bin", "chromium")
    healthy.environ["PATH"] = str(tmp_path / "snap/bin")
    assert "Snap" in wrong(healthy)["Chromium: packaging"]["found"]


def test_a_firefox_snap_works_after_a_yes(healthy: Terminal, tmp_path: Path) -> None:
    fake_program(tmp_path / "snap/bin", "firefox")
    healthy.environ["PATH"] = str(tmp_path / "snap/bin")
    healthy.run("install", "--browser", "firefox")
    assert checks(healthy, 0)["Firefox: packaging"]["level"] == "note"


def test_says_what_a_flatpak_cannot_do(healthy: Terminal) -> None:
    (healthy.person / ".local/share/flatpak/app/org.chromium.Chromium").mkdir(parents=True)
    assert "Flatpak" in wrong(healthy)["Chromium: packaging"]["found"]


def test_windows_is_not_examined_further(terminal: Terminal) -> None:
    terminal.platform = "win32"
    terminal.agent = None
    assert "platform" in wrong(terminal)


def test_says_what_is_right_once_and_what_is_wrong_always(healthy: Terminal) -> None:
    assert healthy.agent is not None
    agents_own = [
        a_diagnosis("lock", "ok"),
        a_diagnosis("socket", "wrong", fix="Look at it."),
    ]
    healthy.agent.answers["agent_diagnose"] = {"checks": agents_own, "facts": {}}
    found = [check["name"] for check in json.loads(healthy.run("doctor", "--json").out)["checks"]]
    assert (found.count("lock"), found.count("socket")) == (1, 2)
